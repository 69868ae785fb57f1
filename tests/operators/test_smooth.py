"""``smooth``: an even pace, a bound on the delay, and nothing lost."""

from __future__ import annotations

import asyncio
from itertools import accumulate
from typing import Any, assert_type

import pytest
import reactivex as rx
import regex
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Observable
from reactivex.scheduler import NewThreadScheduler
from reactivex.testing import ReactiveTest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events, run_in_virtual_time
from tests.operators.clocks import CountingClock, play

on_next, on_error, on_completed = ReactiveTest.on_next, ReactiveTest.on_error, ReactiveTest.on_completed
FAMILY = "👩\u200d👩\u200d👧"


def chunk(content: str = "", **fields: Any) -> sk.Chunk:
    return sk.Chunk(content=content, **fields)


def seen(messages: list[Any]) -> list[tuple[float, Any]]:
    return [(message.time, message.value.value) for message in messages if message.value.kind == "N"]


def test_a_block_of_text_is_shown_word_by_word_at_the_rate() -> None:
    emitted = play(ops.smooth(chars_per_second=0.5, max_lag=100), on_next(210, "Io is a moon. "), on_completed(250))
    assert emitted == [
        on_next(210, "Io "),
        on_next(216, "is "),
        on_next(222, "a "),
        on_next(250, "moon. "),  # it may go on, so it waits for the end
        on_completed(250),
    ]


def test_characters_are_those_that_people_see() -> None:
    text = f"a{FAMILY}e\u0301b"
    emitted = play(ops.smooth(chars_per_second=1, max_lag=100, by="grapheme"), on_next(210, text), on_completed(250))
    assert seen(emitted) == [(210, "a"), (211, FAMILY), (216, "e\u0301"), (250, "b")]


def test_tokens_are_estimated_from_the_text() -> None:
    emitted = play(ops.smooth(tokens_per_second=0.09, max_lag=100, by="grapheme"), on_next(210, "木星星!"))
    assert seen(emitted)[:3] == [(210, "木"), (220, "星"), (230, "星")]  # 0.9 tokens each


def test_faster_text_raises_the_pace_so_that_none_is_later_than_the_bound() -> None:
    emitted = play(ops.smooth(chars_per_second=0.1, max_lag=10, by="grapheme"), on_next(210, "x" * 20))
    times = [time for time, _ in seen(emitted)]
    assert times == [210 + 0.5 * at for at in range(19)] + [220]


def test_the_pace_returns_to_the_rate_once_the_buffer_is_empty() -> None:
    signals = [on_next(210, "x" * 41), on_next(300, "abc")]
    emitted = play(ops.smooth(chars_per_second=0.5, max_lag=10, by="grapheme"), *signals)
    assert seen(emitted)[-3:] == [(300, "a"), (302, "b"), (310, "c")]


def test_a_word_that_does_not_end_waits_no_longer_than_the_bound() -> None:
    signals = [on_next(210, "Eu"), on_next(213, "ro"), on_next(230, "pa ")]
    emitted = play(ops.smooth(chars_per_second=100, max_lag=5), *signals)
    assert seen(emitted) == [(215, "Euro"), (235, "pa ")]


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.sampled_from(["Io ", "Eu", "ropa, ", FAMILY, "木星", "\n\n", "e", "\u0301"]))
    ),
    st.floats(0.05, 20),
    st.floats(0.5, 40),
    st.sampled_from(["word", "grapheme"]),
)
def test_whatever_comes_nothing_is_lost_and_nothing_is_late(
    fragments: list[tuple[int, str]], rate: float, lag: float, by: Any
) -> None:
    times = list(accumulate((pause for pause, _ in fragments), initial=210))[1:]
    signals = [on_next(time, text) for time, (_, text) in zip(times, fragments, strict=True)]
    clock = CountingClock()
    emitted = play(ops.smooth(chars_per_second=rate, max_lag=lag, by=by), *signals, clock=clock, disposed=5000)
    assert "".join(text for _, text in seen(emitted)) == "".join(text for _, text in fragments)
    arrivals = [time for time, (_, text) in zip(times, fragments, strict=True) for _ in text]
    departures = [time for time, text in seen(emitted) for _ in text]
    within = lag + 1e-5  # the scheduler's time of day has microseconds
    assert all(
        arrival <= departure <= arrival + within for arrival, departure in zip(arrivals, departures, strict=True)
    )
    assert clock.waiting == 0


@given(
    st.text(alphabet=["a", " ", "é", "e", "\u0301", "\r", "\n", "🇮", "🇹", "👩", "\u200d", "木", "。"]),
    st.integers(1, 7),
)
def test_characters_are_split_where_people_see_a_border(text: str, size: int) -> None:
    fragments = [text[at : at + size] for at in range(0, len(text), size)]
    signals = [on_next(210 + at, each) for at, each in enumerate(fragments)]
    emitted = play(ops.smooth(chars_per_second=0.9, max_lag=500, by="grapheme"), *signals, on_completed(900))
    ends = set(accumulate(len(value) for _, value in seen(emitted)))
    assert ends <= {found.end() for found in regex.finditer(r"\X", text)}


def test_a_tool_call_and_the_end_come_at_once_behind_all_text() -> None:
    call = chunk(tool_calls=(sk.ToolCallDelta(id="call_1", name="orbit", complete=True),))
    end = chunk("Bye now", finish_reasons=["stop"])
    first = chunk("Io is hot")
    signals = [on_next(210, first), on_next(212, call), on_next(214, end), on_completed(215)]
    emitted = play(ops.smooth(chars_per_second=0.5, max_lag=100), *signals)
    assert [(time, str(value)) for time, value in seen(emitted)] == [
        (210, "Io "),
        (212, "is hot"),
        (212, ""),
        (214, "Bye now"),
    ]
    assert [value for _, value in seen(emitted)][2:] == [call, end]


def test_a_chunk_without_text_stays_in_order() -> None:
    thought, usage = chunk(thinking="Hm."), chunk(usage=sk.Usage(1, 2))
    signals = [on_next(210, thought), on_next(211, chunk("Io is hot ")), on_next(212, usage), on_next(213, chunk("a"))]
    emitted = play(ops.smooth(chars_per_second=1, max_lag=100), *signals, on_completed(230))
    assert [(time, value.content, value.usage, value.thinking) for time, value in seen(emitted)] == [
        (210, "", None, "Hm."),
        (211, "Io ", None, ""),
        (214, "is ", None, ""),
        (217, "hot ", None, ""),
        (217, "", sk.Usage(1, 2), ""),
        (230, "a", None, ""),
    ]


def test_text_of_another_choice_is_not_paced() -> None:
    other = chunk("not read at all", index=1)
    emitted = play(
        ops.smooth(chars_per_second=0.1, max_lag=100), on_next(210, other), on_next(211, chunk("Io is")), disposed=300
    )
    assert [(time, str(value)) for time, value in seen(emitted)] == [(210, "not read at all"), (211, "Io ")]


def test_buffered_text_comes_before_an_error_and_the_timer_is_gone() -> None:
    wrong, clock = ValueError("wrong"), CountingClock()
    signals = [on_next(210, "Io is hot"), on_error(212, wrong)]
    emitted = play(ops.smooth(chars_per_second=0.5, max_lag=50), *signals, clock=clock)
    assert emitted == [on_next(210, "Io "), on_next(212, "is hot"), on_error(212, wrong)]
    assert clock.waiting == 0


def test_disposing_takes_the_timer_back() -> None:
    clock = CountingClock()
    emitted = play(ops.smooth(chars_per_second=0.5, max_lag=50), on_next(210, "Io is hot"), clock=clock, disposed=212)
    assert (emitted, clock.waiting) == ([on_next(210, "Io ")], 0)


def test_what_a_subscriber_raises_on_the_timer_comes_to_its_on_error_and_ends_the_timers() -> None:
    clock = CountingClock()
    source: Any = clock.create_hot_observable(on_next(210, "Io is hot, too"))
    found: list[Any] = []

    def take(text: str) -> None:
        found.append(text)
        if text == "is ":
            raise LookupError(f"raised at {text}")

    source.pipe(ops.smooth(chars_per_second=1, max_lag=50)).subscribe(take, found.append, scheduler=clock)
    clock.start()
    assert [str(each) for each in found] == ["Io ", "is ", "raised at is "]
    assert (clock.waiting, source.subscriptions[0].unsubscribe) == (0, 213)


def test_more_than_the_buffer_holds_is_emitted_at_once() -> None:
    emitted = seen(
        play(ops.smooth(chars_per_second=1, max_lag=100), on_next(210, "Io is " * 10_000), on_completed(900))
    )
    assert emitted[0][0] == 210
    assert 60_000 - 8_200 < len(emitted[0][1]) < 60_000 - 8_180
    assert "".join(text for _, text in emitted) == "Io is " * 10_000


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"chars_per_second": 0},
        {"chars_per_second": -3},
        {"chars_per_second": True},
        {"chars_per_second": float("inf")},
        {"tokens_per_second": float("nan")},
        {"tokens_per_second": "9"},
        {"chars_per_second": 9, "tokens_per_second": 9},
        {"chars_per_second": 9, "max_lag": 0},
        {"chars_per_second": 9, "by": "line"},
    ],
)
def test_a_bad_option_is_refused_at_the_call(options: dict[str, Any]) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"smooth\("):
        ops.smooth(**options)


def test_elements_without_text_are_refused() -> None:
    found: list[Any] = []
    bytes_came: Any = rx.of(b"Io")
    bytes_came.pipe(ops.smooth(chars_per_second=9)).subscribe(found.append, found.append)
    assert [(type(each), "smooth(" in str(each)) for each in found] == [(sk.ConfigurationError, True)]


async def _timed() -> list[tuple[float, str]]:
    loop = asyncio.get_running_loop()
    script = Script([chat_event({"content": "Io is "}), 0.5, chat_event({"content": "hot, and "}), 9.0, *chat_events()])
    flow = script.stream().pipe(ops.text(), ops.smooth(chars_per_second=3, max_lag=9))
    return [(round(loop.time(), 2), text) async for text in flow]


def test_on_a_stream_time_is_that_of_its_loop() -> None:
    assert run_in_virtual_time(_timed()) == [(0.0, "Io "), (1.0, "is "), (2.0, "hot, "), (9.5, "and ")]


async def _slow_reader() -> tuple[str, int]:
    stream = Script(chat_events(*["word "] * 5000)).stream()
    text, most = "", 0
    async for each in stream.pipe(ops.text(), ops.smooth(chars_per_second=50)):
        text += each
        if len(text) < 4000:
            await asyncio.sleep(1)
            most = max(most, stream.log.length if stream.log else 0)
    return text, most


def test_a_slow_reader_loses_nothing_and_pauses_the_source() -> None:
    text, most = run_in_virtual_time(_slow_reader())
    assert text == "word " * 5000
    assert most < 5000


async def _left_early() -> tuple[int, str | None]:
    script = Script([*(chat_event({"content": "word "}) for _ in range(50)), None])
    stream = script.stream()
    async with stream.pipe(ops.text(), ops.smooth(chars_per_second=5)) as flow:
        async for _ in flow:
            break
    return script.closed, stream.response.state


def test_leaving_closes_the_call() -> None:
    assert run_in_virtual_time(_left_early()) == (1, "stopped")


def test_a_source_on_another_thread_and_the_clock_take_turns() -> None:
    texts = rx.from_iterable([f"{at} " for at in range(3000)], scheduler=NewThreadScheduler())
    found = sk.flow(texts).pipe(ops.smooth(chars_per_second=10**6), ops.join()).run()
    assert found == "".join(f"{at} " for at in range(3000))


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.smooth(chars_per_second=9)), sk.Flow[sk.Chunk])
    assert_type(stream.pipe(ops.text(), ops.smooth(chars_per_second=9)), sk.Flow[str])
    assert_type(rx.of("Io").pipe(ops.smooth(tokens_per_second=9)), Observable[str])
