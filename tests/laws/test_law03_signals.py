"""Law 3: one terminal signal a subscription, nothing after it, no two at once, none inside ``subscribe``."""

from __future__ import annotations

import asyncio

import pytest
import reactivex as rx
from reactivex.scheduler import ImmediateScheduler, ThreadPoolScheduler
from reactivex.testing import ReactiveTest, TestScheduler

import streamkit as sk
from streamkit.testing import Script, chat_event, chat_events
from tests.programs import SAFETY

BROKEN = chat_events("Io", finish=None)


@pytest.mark.parametrize(("steps", "last"), [(chat_events("Io"), "completed"), (BROKEN, "TruncatedError")])
async def test_one_terminal_signal_and_nothing_after_it(steps: list[bytes], last: str) -> None:
    signals: list[str] = []
    stream = Script([*steps, chat_event({"content": "late"})]).stream()
    stream.subscribe(
        lambda chunk: signals.append(chunk.content),
        lambda error: signals.append(type(error).__name__),
        lambda: signals.append("completed"),
    )
    await _settled(stream)
    assert signals.count("completed") + signals.count("TruncatedError") == 1
    assert (signals[-1], "late" in signals) == (last, False)


@pytest.mark.parametrize("fresh", [True, False])
async def test_nothing_is_emitted_inside_subscribe(fresh: bool) -> None:
    stream = Script(chat_events("Io")).stream()
    if not fresh:
        await stream
    signals: list[object] = []
    stream.subscribe(signals.append, signals.append, lambda: signals.append("end"))
    assert signals == []
    await _settled(stream)
    assert signals[-1] == "end"


async def test_nothing_is_emitted_inside_subscribe_on_an_immediate_scheduler() -> None:
    stream = Script(chat_events("Io")).stream()
    await stream
    signals: list[object] = []
    stream.subscribe(signals.append, scheduler=ImmediateScheduler())
    assert signals == []


def test_a_finished_stream_replays_in_virtual_time() -> None:
    stream = Script(chat_events("Eu", "ropa", usage=False, done=True)).stream()
    stream.run()
    scheduler = TestScheduler()
    result = scheduler.start(lambda: stream.pipe(sk.operators.text()))
    assert [message.value for message in result.messages] == [
        ReactiveTest.on_next(0, "Eu").value,
        ReactiveTest.on_next(0, "ropa").value,
        ReactiveTest.on_completed(0).value,
    ]
    assert result.messages[0].time >= 200


async def test_subscribing_inside_on_next_gives_the_same_sequence() -> None:
    stream = Script(chat_events("Eu", "ro", "pa")).stream()
    inner: list[str] = []

    def on_next(chunk: sk.Chunk) -> None:
        if chunk.content == "ro":
            stream.subscribe(lambda each: inner.append(each.content))

    stream.subscribe(on_next)
    await _settled(stream)
    assert "".join(inner) == "Europa"


async def test_signals_of_a_slow_pool_scheduler_do_not_overlap() -> None:
    stream = Script(chat_events(*map(str, range(200)))).stream()
    await stream
    busy, overlaps, seen = [0], [0], [0]
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_next(_: sk.Chunk) -> None:
        busy[0] += 1
        overlaps[0] += busy[0] > 1
        seen[0] += 1
        busy[0] -= 1

    def on_completed() -> None:
        loop.call_soon_threadsafe(done.set)

    stream.subscribe(
        on_next,
        on_completed=on_completed,
        scheduler=ThreadPoolScheduler(4),
    )
    await asyncio.wait_for(done.wait(), SAFETY)
    assert (overlaps[0], seen[0]) == (0, 203)


async def test_a_trampoline_exception_elsewhere_loses_no_subscription() -> None:
    stream = Script(chat_events("Io")).stream()

    def subscribe_and_fail(number: int) -> None:
        stream.subscribe()
        raise ZeroDivisionError(number)

    with pytest.raises(ZeroDivisionError):
        rx.of(1).subscribe(subscribe_and_fail)
    assert (await stream).content == "Io"


async def _settled(stream: sk.Stream) -> None:
    while stream.state == "streaming" or stream.open:
        await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)
