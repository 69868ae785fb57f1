"""Text that repeats itself is told from text that repeats much: every loop is found soon, and nothing else is one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events
from streamkit.text.repetition import RepetitionMatcher
from tests.text.loops import loops, sound_texts


def end_of(text: str, *, chars: int = 350, cut: int = 7) -> int | None:
    """Return the number of characters up to the end of the match; None if there is no match."""
    match, released = RepetitionMatcher(chars), 0
    for begin in range(0, len(text), cut):
        passed, matched = match.feed(text[begin : begin + cut])
        released += len(passed)
        if matched:
            return released
    return None


def test_at_least_95_of_100_loops_are_found_within_400_characters_of_the_second_period() -> None:
    found = [end is not None and begin < end <= begin + 2 * period + 400 for text, begin, period in loops(100)
             for end in [end_of(text)]]  # fmt: skip
    assert sum(found) >= 95


def test_no_text_of_ours_is_a_loop() -> None:
    texts = list(sound_texts())
    assert len(texts) >= 300
    assert [name for name, text in texts if end_of(text, cut=64)] == []


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in cast("dict[str, Any]", value).values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _strings(each)


@pytest.mark.parametrize("variable", ["STREAMKIT_WIRE", "STREAMKIT_WIRE_MORE"])
def test_no_recorded_answer_is_a_loop(variable: str) -> None:
    if variable not in os.environ:
        pytest.skip(f"{variable} names no folder of recordings")
    lines = (Path(os.environ[variable]) / "manifest.jsonl").read_text().splitlines()
    answers = [text for line in lines for text in _strings(msgspec.json.decode(line).get("expect"))]
    assert len(answers) > 200
    assert [text for text in answers if end_of(text, cut=64)] == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.text(min_size=1, max_size=60), st.integers(1, 400))
def test_the_match_ends_at_one_character_however_the_text_is_cut(before: str, period: str, cut: int) -> None:
    text = before + period * (600 // len(period) + 4)
    assert end_of(text, cut=cut) == end_of(text, cut=1) is not None


def test_a_loop_ends_after_two_periods_and_the_chars_of_its_option() -> None:
    period = "Europa may hold an ocean under its ice. "
    assert end_of("Look:" + period * 30, chars=100) == 5 + 2 * len(period) + 100
    assert end_of(period * 4, chars=100) is None


def test_a_passage_that_returns_after_other_text_is_no_loop() -> None:
    passage = "".join(f"line {number} of the moon\n" for number in range(40))
    assert (
        end_of("".join(f"{passage}\nNow change number {turn}, as the {turn * 7}th asked:\n" for turn in range(9)))
        is None
    )


def test_memory_is_bounded_on_a_text_without_end() -> None:
    match = RepetitionMatcher(350)
    for number in range(40_000):
        assert match.feed(f"{number} {number * number} ")[1] is False
    kept = [match._text, match._last, match._older, match._novel]  # pyright: ignore[reportPrivateUsage] - the bound itself
    assert max(map(len, kept)) < 20_000


async def test_the_call_is_stopped_and_the_response_says_by_what() -> None:
    script = Script(chat_events(*["I am sure. "] * 400))
    stream = script.stream()
    answer = await stream.pipe(ops.text(), ops.until_repeating(), ops.join())
    assert len(answer) == 2 * 11 + 350
    assert (stream.state, stream.response.stopped_by) == ("stopped", "until_repeating()")


@pytest.mark.parametrize("chars", [0, -1, 1.5, True, "many"])
def test_a_wrong_number_of_characters_is_refused_at_the_call(chars: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="give a number of characters above 0"):
        ops.until_repeating(chars=chars)
