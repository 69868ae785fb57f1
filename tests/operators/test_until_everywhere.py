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
from tests.text.patterns import PATTERNS, TEXTS

COMPILED = [re.compile(pattern) for pattern in PATTERNS]


@pytest.mark.parametrize("inclusive", [True, False])
@given(TEXTS, st.sets(st.integers(1, 11)), st.booleans())
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
