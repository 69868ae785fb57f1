"""``batch``: lists of so many elements, so many characters, or of what came in a time."""

from __future__ import annotations

import itertools
import time
from typing import Any, assert_type

import pytest
import reactivex as rx
import regex
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Observable
from reactivex import operators as rxops
from reactivex.scheduler import NewThreadScheduler
from reactivex.testing import ReactiveTest, TestScheduler

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events, run_in_virtual_time
from tests.operators.clocks import CountingClock, play

on_next, on_error, on_completed = ReactiveTest.on_next, ReactiveTest.on_error, ReactiveTest.on_completed
FAMILY = "👩\u200d👩\u200d👧"


def batches(*elements: Any, **bounds: Any) -> list[list[Any]]:
    found: list[list[Any]] = []
    rx.of(*elements).pipe(ops.batch(**bounds)).subscribe(found.append)
    return found


def test_the_first_bound_that_is_reached_ends_a_list() -> None:
    operator = ops.batch(3, chars=6, seconds=30)
    signals = [on_next(210 + 10 * at, each) for at, each in enumerate(["a", "b", "c", "defghij", "k", "l"])]
    assert play(operator, *signals, on_completed(300)) == [
        on_next(230, ["a", "b", "c"]),
        on_next(240, ["defghi"]),
        on_next(260, ["j", "k", "l"]),
        on_completed(300),
    ]


def test_time_runs_from_the_first_element_of_a_list() -> None:
    signals = [on_next(time, time) for time in (210, 220, 235, 300)]
    emitted = play(ops.batch(seconds=20), *signals, on_completed(310))
    assert emitted == [on_next(230, [210, 220]), on_next(255, [235]), on_next(310, [300]), on_completed(310)]


def test_a_full_list_starts_the_time_anew() -> None:
    signals = [on_next(time, time) for time in (210, 225, 226)]
    assert play(ops.batch(2, seconds=20), *signals) == [on_next(225, [210, 225]), on_next(246, [226])]


def test_what_is_held_is_emitted_before_an_error_and_its_timer_is_gone() -> None:
    wrong, clock = ValueError("wrong"), CountingClock()
    emitted = play(ops.batch(9, seconds=50), on_next(210, "a"), on_error(220, wrong), clock=clock)
    assert emitted == [on_next(220, ["a"]), on_error(220, wrong)]
    assert (clock.timers, clock.waiting) == (1, 0)


@pytest.mark.parametrize("end", [on_completed(220), on_next(220, "b")])
def test_no_timer_is_left_after_the_end_or_a_full_list(end: Any) -> None:
    clock, waiting = CountingClock(), list[int]()

    def look(_scheduler: object, _state: object = None) -> None:
        waiting.append(clock.waiting)

    for moment in (215, 225):
        clock.schedule_absolute(moment, look)
    play(ops.batch(2, seconds=50), on_next(210, "a"), end, clock=clock)
    assert (clock.timers, waiting) == (1, [1, 0])


def test_no_timer_is_left_when_the_subscriber_leaves() -> None:
    clock = CountingClock()
    assert play(ops.batch(seconds=50), on_next(210, "a"), clock=clock, disposed=220) == []
    assert (clock.timers, clock.waiting) == (1, 0)


def test_a_subscriber_who_leaves_with_a_list_sets_no_timer() -> None:
    clock = CountingClock()
    operator = rx.compose(ops.batch(chars=2, seconds=50), rxops.take(1))
    emitted = play(operator, on_next(210, "abc"), on_next(220, "d"), clock=clock)
    assert emitted == [on_next(210, ["ab"]), on_completed(210)]
    assert clock.waiting == 0


def test_a_subscriber_that_raises_when_time_is_up_gets_its_own_error() -> None:
    scheduler, errors = TestScheduler(), list[Exception]()
    source: Observable[str] = scheduler.create_hot_observable(on_next(210, "a"), on_next(290, "b"))

    def fail(found: list[str]) -> None:
        raise ZeroDivisionError(found)

    source.pipe(ops.batch(seconds=20)).subscribe(fail, errors.append, scheduler=scheduler)
    scheduler.start()
    assert [type(error) for error in errors] == [ZeroDivisionError]


def test_characters_are_those_of_text_and_of_chunks() -> None:
    assert batches("Eur", "opa is", " icy", chars=5) == [["Eur", "op"], ["a is", " "], ["icy"]]
    chunks = [
        sk.Chunk(content="Euro", id="1"),
        sk.Chunk(thinking="so"),
        sk.Chunk(content="pa", finish_reasons=["stop"]),
    ]
    first, second = batches(*chunks, chars=5)
    assert [(each.content, each.thinking, each.finish_reasons) for each in [*first, *second]] == [
        ("Euro", "", None),
        ("", "so", None),
        ("p", "", None),
        ("a", "", ["stop"]),
    ]


def test_a_chunk_that_is_cut_says_everything_once() -> None:
    call = sk.ToolCallDelta(id="call_1", name="look_up", complete=True)
    chunk = sk.Chunk(content="Europa", thinking="hm", tool_calls=(call,), id="7", model="m", finish_reasons=["stop"])
    parts = [part for each in batches(chunk, chars=2) for part in each]
    assert [(each.content, each.thinking, len(each.tool_calls), each.finish_reasons) for each in parts] == [
        ("Eu", "hm", 0, None),
        ("ro", "", 0, None),
        ("pa", "", 1, ["stop"]),
    ]
    assert {(each.id, each.model, each.plain, each.payload) for each in parts} == {("7", "m", False, None)}


def test_whole_keeps_an_element_in_one_batch() -> None:
    sentences = ["Io is hot. ", "Europa is not. ", "Why? ", "x" * 99, "So."]
    assert batches(*sentences, chars=20, whole=True) == [sentences[:1], sentences[1:3], sentences[3:4], sentences[4:]]


def test_a_full_list_waits_for_the_next_character_which_may_belong_to_its_last() -> None:
    signals = [on_next(210, "ab"), on_next(220, "e"), on_next(230, "\u0301"), on_next(240, "c")]
    assert play(ops.batch(chars=3), *signals) == [on_next(230, ["ab"])]
    signals = [on_next(210, "ab"), on_next(220, "c"), on_next(230, "d")]
    assert play(ops.batch(chars=3), *signals) == [on_next(230, ["ab", "c"])]


def test_a_character_longer_than_a_list_is_a_list() -> None:
    assert batches("a", FAMILY, "b", chars=2) == [["a"], [FAMILY], ["b"]]
    assert batches(*FAMILY, "b", chars=1) == [[*FAMILY], ["b"]]
    assert ["".join(each) for each in batches("e" + "\u0301" * 99, chars=50)] == ["e" + "\u0301" * 49, "\u0301" * 50]


PARTS = ["a", "bc", " ", "\r\n", "e\u0301", FAMILY, "🇮🇹", "\u1112\u1161\u11ab", "木", "\u0301"]


@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join), st.integers(1, 12), st.integers(1, 9))
def test_lists_of_characters_do_not_depend_on_the_cut_and_cut_no_character(text: str, chars: int, size: int) -> None:
    fragments = [text[at : at + size] for at in range(0, len(text), size)]
    lists = ["".join(each) for each in batches(*fragments, chars=chars)]
    assert lists == ["".join(each) for each in batches(text, chars=chars) if text]
    assert "".join(lists) == text
    assert set(itertools.accumulate(map(len, lists))) <= {match.end() for match in regex.finditer(r"\X", text)}
    assert all(len(each) <= chars or regex.fullmatch(r"\X", each) for each in lists)


def test_elements_without_characters_are_refused_where_characters_count() -> None:
    seen: list[Any] = []
    rx.of(b"Io").pipe(ops.batch(chars=2)).subscribe(seen.append, seen.append)
    assert [type(each) for each in seen] == [sk.ConfigurationError]


@pytest.mark.parametrize(
    "bounds",
    [
        {},
        {"count": 0},
        {"count": True},
        {"count": 1.5},
        {"chars": -1},
        {"chars": "9"},
        {"seconds": 0},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
        {"seconds": "1"},
        {"count": 2, "whole": True},
    ],
)
def test_a_bad_bound_is_refused_at_the_call(bounds: dict[str, Any]) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"batch\("):
        ops.batch(**bounds)


def test_a_source_without_an_end_is_left_by_who_has_enough() -> None:
    counter = itertools.count()
    endless = rx.from_iterable(next(counter) for _ in itertools.repeat(None))
    assert endless.pipe(ops.batch(3, seconds=900), rxops.take(2), rxops.last()).run() == [3, 4, 5]
    assert next(counter) < 8


def test_a_long_element_costs_its_length() -> None:
    start = time.process_time()
    assert len(batches("x" * 200_000, chars=10)) == 20_000
    assert time.process_time() - start < 5


async def _lists() -> list[list[str]]:
    script = Script([chat_event({"content": "Io"}), 0.3, chat_event({"content": "!"}), 0.9, *chat_events("Titan")])
    return [each async for each in script.stream().pipe(ops.text(), ops.batch(seconds=0.5))]


def test_on_a_stream_time_is_that_of_its_loop() -> None:
    assert run_in_virtual_time(_lists()) == [["Io", "!"], ["Titan"]]


def test_a_source_on_another_thread_and_the_clock_take_turns() -> None:
    thread = NewThreadScheduler()
    numbers = rx.from_iterable(range(3000), scheduler=thread)
    found = numbers.pipe(ops.batch(7, seconds=1e-4), rxops.to_list()).run()
    assert [each for one in found for each in one] == list(range(3000))


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.batch(2)), sk.Flow[list[sk.Chunk]])
    assert_type(stream.pipe(ops.text(), ops.batch(chars=9)), sk.Flow[list[str]])
    assert_type(rx.of(1).pipe(ops.batch(seconds=1)), Observable[list[int]])
