"""``until`` stops at the shortest prefix in which ``re.search`` finds a match, however the text was cut."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st

import streamkit as sk
from streamkit import operators as ops

PATTERNS = [
    r"ab",
    r"ab+?",
    r"a{2,3}b",
    r"a.*?b",
    r"(?s)a.*b",
    r"(a|ab)(c|bcd)",
    r"a..b|c",
    r"(a)\1",
    r"[^a]b",
    r"[\b$]|a$b|ab$",
    r"(?>a+)b",
    r"(?i)AB",
    # What looks at what has come before.
    r"^ab",
    r"(?m)^b",
    r"(?<=ab)c",
    r"(?<!a)b",
    r"a(?<!ba)c",
    r"(?<=\b)b",
    r"(?<!\b)a",
    # What looks at what comes next, and must wait for it.
    r"ab\b",
    r"\bab\b",
    r"\s\bab",
    r".\b,",
    r"a\Bb",
    r"b\B",
    r"(?<=a\b) ",
    r"a\b.\bb",
    r"(?=ab)a",
    r"a(?=b)",
    r"a(?!b)",
    r"(?!ab)a.",
    r"a$",
    r"a\Z",
    r"(?m)a$\nb",
    r"(?m:a$)\n",
    r"a(?!$)b",
    r"a(?!\Z)b",
    r"a(?!\n$)\n",
    r"(?m)a$(?!\n)",
    r"""(?x) a  # the first $
        \b ,""",
]
COMPILED = [re.compile(pattern) for pattern in PATTERNS]
texts = st.sampled_from(["ab", "abc", "aab ", "ab,\n", "aB", "abc ,\n$"]).flatmap(lambda few: st.text(few, max_size=12))


@pytest.mark.parametrize("inclusive", [True, False])
@given(texts, st.sets(st.integers(1, 11)), st.booleans())
def test_it_stops_where_the_shortest_matching_prefix_ends(
    inclusive: bool, text: str, cuts: set[int], chunks: bool
) -> None:
    edges = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    fragments: list[Any] = [text[start:end] for start, end in pairwise(edges)]
    source = rx.from_iterable([sk.Chunk(content=fragment) for fragment in fragments] if chunks else fragments)
    for pattern in COMPILED:
        found: list[Any] = []
        source.pipe(ops.until(pattern, inclusive=inclusive)).subscribe(found.append)
        assert "".join(map(str, found)) == expected(pattern, text, inclusive), pattern


def expected(pattern: re.Pattern[str], text: str, inclusive: bool) -> str:
    for end in range(len(text) + 1):
        match = pattern.search(text[:end])
        if match is not None:
            return text[: end if inclusive else match.start()]
    return text
