"""Model text before it meets a terminal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit.text.sanitize import Sanitizer, sanitize

ACTED_ON = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# What sequences are made of, so that many come about, and some of everything else.
CONTROLS = ["\x1b", "\x1b[", "\x1b]", "\x1b\\", "\x1bP", "\x9b", "\x9d", "\x9c", "\x07", "\r", "\n", "\t", "\u202e"]
NASTY = st.lists(st.sampled_from([*CONTROLS, "31m", "0;title", "m", "K", "?25l", " ", "Io"]) | st.text(max_size=3))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Europa\n\tand “Encéladus” 🌊", "Europa\n\tand “Encéladus” 🌊"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b[?25lcursor", "cursor"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
        ("a\x9b31mb\x9d0;t\x9cc", "abc"),
        ("a\x1bPsixel\x1b\\b", "ab"),
        ("a\x1b(Bb\x1bcc", "abc"),
        ("over\rwrite\r\nnext\b\x7f\x00", "overwrite\nnext"),
        ("file\u202etxt.exe\u2066", "file<U+202E>txt.exe<U+2066>"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("a\x1b\x1b[31mb", "ab"),
        ("a\x1béb", "aéb"),
    ],
)
def test_what_a_terminal_would_act_on_is_gone_or_named(text: str, shown: str) -> None:
    assert sanitize(text) == shown


def test_an_unfinished_control_string_ends_with_its_line() -> None:
    assert sanitize("a\x1b]0;swallowed\nthe rest") == "a\nthe rest"


@given(NASTY)
def test_nothing_that_a_terminal_acts_on_comes_out_and_no_split_changes_that(fragments: list[str]) -> None:
    clean = Sanitizer()
    shown = "".join(map(clean.feed, fragments))
    assert not ACTED_ON.search(shown)
    assert shown == sanitize("".join(fragments))
    assert b"\x1b" not in shown.encode()


@given(st.text().filter(lambda text: not ACTED_ON.search(text)))
def test_other_text_passes_as_it_is(text: str) -> None:
    assert sanitize(text) == text
