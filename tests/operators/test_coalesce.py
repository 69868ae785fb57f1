"""`coalesce`: texts that come within a short time are emitted as one, and nothing is lost."""

from __future__ import annotations

import itertools
from typing import Any, assert_type

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Observable
from reactivex import operators as rxops
from reactivex.testing import ReactiveTest

import streamkit as sk
from streamkit import operators as ops
from streamkit.fold import Fold
from streamkit.testing import Script, chat_event, chat_events, run_in_virtual_time
from tests.operators.clocks import CountingClock, play

on_next, on_error, on_completed = ReactiveTest.on_next, ReactiveTest.on_error, ReactiveTest.on_completed
CALL = sk.Chunk(tool_calls=(sk.ToolCallDelta(id="call_1", name="look_up"),))
END = sk.Chunk(finish_reasons=["stop"], usage=sk.Usage(output_tokens=3))


def text(content: str, **more: Any) -> sk.Chunk:
    return sk.Chunk(content=content, **more)


def test_texts_come_as_one_when_the_time_of_the_first_is_up() -> None:
    signals = [on_next(time, fragment) for time, fragment in [(210, "Eu"), (215, "ro"), (229, "pa"), (240, "!")]]
    assert play(ops.coalesce(20), *signals) == [on_next(230, "Europa"), on_next(260, "!")]


@pytest.mark.parametrize("end", [on_completed(225), on_error(225, ValueError("wrong"))])
def test_what_waits_comes_before_the_end_and_no_timer_is_left(end: Any) -> None:
    clock = CountingClock()
    emitted = play(ops.coalesce(50), on_next(210, "Eu"), on_next(220, "ropa"), end, clock=clock)
    assert emitted == [on_next(225, "Europa"), end]
    assert (clock.timers, clock.waiting) == (1, 0)


def test_leaving_takes_the_timer_back_and_drops_what_waits() -> None:
    clock = CountingClock()
    assert play(ops.coalesce(50), on_next(210, "Eu"), clock=clock, disposed=220) == []
    assert clock.waiting == 0


def test_a_subscriber_who_leaves_with_what_is_flushed_sets_no_timer() -> None:
    clock = CountingClock()
    operator = rx.compose(ops.coalesce(50), rxops.take(1))
    signals = [on_next(210, text("Io")), on_next(220, sk.Chunk(thinking="hm")), on_next(230, END)]
    assert len(play(operator, *signals, clock=clock)) == 2
    assert clock.waiting == 0


def test_other_chunks_pass_at_once_behind_what_came_before_them() -> None:
    given_chunks = [text("Eu"), text("ropa"), CALL, END, text("!")]
    emitted = play(ops.coalesce(500), *[on_next(210 + 10 * at, each) for at, each in enumerate(given_chunks)])
    assert emitted == [on_next(230, text("Europa")), on_next(230, CALL), on_next(240, END), on_next(750, text("!"))]
    assert emitted[1].value.value is CALL


def test_thinking_is_merged_with_thinking_and_text_with_text() -> None:
    fragments = [sk.Chunk(thinking="h"), sk.Chunk(thinking="m"), text("I"), text("o"), sk.Chunk(refusal="no")]
    expected = [sk.Chunk(thinking="hm"), text("Io"), sk.Chunk(refusal="no")]
    assert rx.from_iterable(fragments).pipe(ops.coalesce(9), rxops.to_list()).run() == expected


def test_each_choice_and_each_block_has_text_of_its_own() -> None:
    fragments = [text("I"), text("T", index=1), text("o"), text("i", index=1)]
    assert rx.from_iterable(fragments).pipe(ops.coalesce(9), rxops.to_list()).run() == [text("Io"), text("Ti", index=1)]
    blocks = [text("I", block=0), text("o", block=1)]
    assert rx.from_iterable(blocks).pipe(ops.coalesce(9), rxops.to_list()).run() == blocks


def test_a_merged_chunk_keeps_model_and_id_and_has_no_raw_event() -> None:
    fragments = [text("I", payload=b"{}", api="x.y"), text("o", id="7", model="m", payload=b"{}", plain=True)]
    (chunk,) = rx.from_iterable(fragments).pipe(ops.coalesce(9), rxops.to_list()).run()
    assert (chunk.content, chunk.id, chunk.model, chunk.raw, chunk.chunk, chunk.plain) == (
        *("Io", "7", "m", {}, {}),
        False,
    )


def test_what_waits_is_bounded() -> None:
    endless = rx.from_iterable(itertools.repeat("x" * 1000))
    found = endless.pipe(ops.coalesce(900), rxops.take(3), rxops.to_list()).run()
    assert [len(each) for each in found] == [66_000] * 3


CHUNKS = [text("a"), text("b", index=1), sk.Chunk(thinking="c"), CALL, END, text("d", finish_reasons=["stop"])]


@given(st.lists(st.sampled_from(CHUNKS), max_size=20), st.lists(st.integers(1, 30), min_size=20, max_size=20))
def test_the_response_is_the_same(chunks: list[sk.Chunk], gaps: list[int]) -> None:
    times = itertools.accumulate(gaps, initial=210)
    signals = [on_next(time, chunk) for time, chunk in zip(times, chunks, strict=False)]
    texts = [message.value.value for message in play(ops.coalesce(40), *signals, on_completed(999), disposed=9999)[:-1]]
    before, after = Fold(), Fold()
    before.add([text(""), *chunks])
    after.add([text(""), *texts])
    assert before.response() == after.response()


async def _texts() -> list[str]:
    steps = [step for at in range(20) for step in (chat_event({"content": f"{at} "}), 0.01)]
    stream = Script([*steps, *chat_events("end")]).stream()
    return [fragment async for fragment in stream.pipe(ops.text(), ops.coalesce(0.1))]


def test_on_a_stream_updates_come_at_most_so_often() -> None:
    fragments = run_in_virtual_time(_texts())
    assert "".join(fragments) == "".join(f"{at} " for at in range(20)) + "end"
    assert len(fragments) <= 3


@pytest.mark.parametrize("seconds", [0, -1, True, float("nan"), float("inf"), "1", None])
def test_a_bad_time_is_refused_at_the_call(seconds: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"coalesce\("):
        ops.coalesce(seconds)


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.coalesce()), sk.Flow[sk.Chunk])
    assert_type(stream.pipe(ops.text(), ops.coalesce(0.1)), sk.Flow[str])
    assert_type(rx.of("Io").pipe(ops.coalesce()), Observable[str])
