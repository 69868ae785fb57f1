"""The table of an automaton is bounded in memory and in time, whatever the pattern and the text."""

from __future__ import annotations

import itertools
import random
import re
import time
import tracemalloc

import pytest

import streamkit as sk
from streamkit.text import automaton
from streamkit.text.held_pattern import held_patterns
from streamkit.text.hold_back import HoldBack
from streamkit.text.matcher import matcher
from streamkit.text.pattern_program import UnsupportedPattern, make_program

EXPLODING = re.compile(r"(?:a|b)*a.{200}x")  # as many states as there are texts of 200 characters


def adversarial(size: int) -> list[str]:
    draw = random.Random(7)
    return ["".join(draw.choice("ab ") for _ in range(4)) for _ in range(size // 4)]


def test_the_states_of_an_adversarial_text_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automaton, "_MOST_THREADS", 5_000)
    machine = HoldBack(held_patterns({"key": EXPLODING}))
    fragments = adversarial(2_000)
    tracemalloc.start()
    try:
        passed = ["".join(map(str, machine.feed(each))) for each in fragments]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "".join(fragments).startswith("".join(passed))
    assert peak < 3_000_000  # 12 MB without the bound


@pytest.mark.parametrize("stops", [False, True])
def test_a_fragment_that_needs_too_many_states_ends_in_an_error(monkeypatch: pytest.MonkeyPatch, stops: bool) -> None:
    clock = itertools.count()
    machine = matcher(EXPLODING, hold=False)() if stops else HoldBack(held_patterns({"key": EXPLODING}))
    machine.feed("aab")
    monkeypatch.setattr(time, "thread_time", lambda: float(next(clock)))
    machine.feed("b")  # one pause, of the garbage collector, is no slow search
    with pytest.raises(sk.LimitExceeded, match=r"0\.1 s"):
        machine.feed("ab aab abb a bbb aaab abab")


def test_a_row_of_parts_that_may_be_absent_is_left_to_regex() -> None:
    with pytest.raises(UnsupportedPattern, match="ways"):
        make_program("(?:x?){1000}y")
    assert make_program("(?:x?){100}y").longest == 101
