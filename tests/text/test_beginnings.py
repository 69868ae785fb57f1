"""Text in which no match may begin is passed over, and no beginning is: whatever the pattern, the text and the cut."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import streamkit as sk
from streamkit.operators import patterns
from streamkit.text import hold_back
from streamkit.text.compiled import SLICE
from streamkit.text.held_pattern import held_patterns
from streamkit.text.hold_back import HoldBack
from streamkit.text.matcher import matcher
from streamkit.text.pattern_program import UnsupportedPattern, make_program
from tests.text.patterns import PATTERNS, TEXTS

READY = [r"[\w.]{1,3}@b", r"(?<!a)[ab]{2}c|ab,c", r"(?<=a)b{2,4}c", r"a(?:b|c){3}", r"(?:ab|ba)*c"]


@given(st.sampled_from([*PATTERNS, *READY]), TEXTS, st.integers(0, 12), st.integers(0, 12))
def test_no_beginning_of_a_match_is_passed_over(pattern: str, text: str, at: int, stop: int) -> None:
    try:
        begins = make_program(pattern).begins
    except UnsupportedPattern:
        return
    stop = min(stop, len(text))
    if begins is None or at > stop:
        return
    found = begins.find(text, at, stop)
    assert at <= found <= stop
    assert not any(re.compile(pattern).match(text, start) for start in range(at, found))


def test_prose_has_no_beginning_of_a_ready_pattern() -> None:
    prose = "In January Galileo saw four moons of Jupiter from Padua (Italy): Io, Europa, Ganymede and Callisto. " * 9
    for name, ready in patterns.ALL.items():
        source = ready.pattern if isinstance(ready, patterns.CheckedPattern) else ready
        begins = make_program(str(source.pattern), re.compile(source.pattern).flags).begins
        assert begins is not None
        assert begins.find(prose, 0, len(prose)) >= len(prose) - 64, name


@given(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3, unique=True), TEXTS)
def test_a_long_fragment_is_read_in_slices_and_gives_the_same(few: list[str], text: str) -> None:
    def parts() -> str:
        machine = HoldBack(held_patterns({each: re.compile(each) for each in few}))
        return "".join(
            each if isinstance(each, str) else f"[{each.name}]" for each in machine.feed(text) + machine.flush()
        )

    whole = parts()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hold_back, "SLICE", 2)
        assert parts() == whole


@pytest.mark.parametrize("stops", [False, True])
def test_a_fragment_that_takes_too_long_ends_in_an_error_with_the_pattern(
    monkeypatch: pytest.MonkeyPatch, stops: bool
) -> None:
    clock = iter(range(1_000_000))
    monkeypatch.setattr(time, "thread_time", lambda: next(clock) / 100)  # 10 ms a look
    pattern = re.compile(r"\d\d!")
    machine = matcher(pattern, hold=False)() if stops else HoldBack(held_patterns({"moons": "Io", r"\d\d!": pattern}))
    machine.feed("12" * SLICE)
    with pytest.raises(sk.LimitExceeded, match=r"'\\\\d\\\\d!'.*0\.1 s.*characters" if stops else "0.1 s"):
        machine.feed("12" * 20 * SLICE)
