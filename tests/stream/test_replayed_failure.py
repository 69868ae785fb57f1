"""Stock ``retry`` over a stream that failed after content replays the failure: one warning names ``sk.retry``."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
from reactivex import operators as stock

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events

SAFETY = 30


def cut() -> Script:
    return Script(chat_events("Io, ", "Titan", finish=None))


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]


def is_one_that_names_sk_retry(messages: list[str]) -> bool:
    return len(messages) == 1 and "sk.retry(stream)" in messages[0]


async def awaited(flow: Any) -> None:
    with pytest.raises(sk.TruncatedError):
        await flow


async def looped(flow: Any) -> None:
    with pytest.raises(sk.TruncatedError):
        async for _ in flow:
            pass


async def subscribed(flow: Any) -> None:
    over = asyncio.Event()

    def failed(_: Exception) -> None:
        over.set()

    flow.subscribe(on_error=failed)
    async with asyncio.timeout(SAFETY):
        await over.wait()


async def run(flow: Any) -> None:
    def work() -> None:
        with pytest.raises(sk.TruncatedError):
            flow.run()

    await asyncio.to_thread(work)


Read = Callable[[Any], Any]
doors = pytest.mark.parametrize("read", [awaited, looped, subscribed, run])


@doors
@pytest.mark.parametrize("between", [(), (ops.text(),), (stock.map(str), stock.start_with("")), (ops.coalesce(),)])
async def test_a_retry_is_warned_of_once(read: Read, between: Any, caplog: pytest.LogCaptureFixture) -> None:
    script = cut()
    operators: tuple[Any, ...] = (*between, stock.retry(3))
    await read(script.stream().pipe(*operators))
    assert is_one_that_names_sk_retry(warned(caplog))
    assert script.opened == 1


async def test_all_subscribers_of_a_stream_are_warned_of_together(caplog: pytest.LogCaptureFixture) -> None:
    stream = cut().stream()
    await asyncio.gather(*(awaited(stream.pipe(stock.retry(3))) for _ in range(3)))
    await awaited(stream.fan_out(late="fold").pipe(stock.retry(3)))
    assert is_one_that_names_sk_retry(warned(caplog))


@doors
async def test_a_late_subscriber_that_comes_by_itself_is_not(read: Read, caplog: pytest.LogCaptureFixture) -> None:
    stream = cut().stream()
    for _ in range(3):
        await read(stream.pipe(ops.text(), ops.join()))
    assert warned(caplog) == []


async def test_what_an_on_error_starts_and_another_thread_come_by_themselves(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stream, tasks = cut().stream(), list[asyncio.Task[None]]()

    def failed(_: Exception) -> None:
        tasks.append(asyncio.ensure_future(awaited(stream.pipe(ops.text(), ops.join()))))
        other = threading.Thread(target=lambda: asyncio.run(awaited(stream.pipe(ops.text(), ops.join()))))
        other.start()
        other.join(SAFETY)

    stream.subscribe(on_error=failed)
    await stream.wait_closed()
    while not tasks:
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert warned(caplog) == []


async def test_another_stream_is_no_replay(caplog: pytest.LogCaptureFixture) -> None:
    stream, other = cut().stream(), cut().stream()
    await awaited(other)
    await awaited(stream.pipe(stock.catch(other)))
    await awaited(stream.pipe(stock.catch(stream.again())))
    assert warned(caplog) == []


@pytest.mark.parametrize(
    ("script", "error"),
    [(Script([sk.Overloaded("busy")]), sk.Overloaded), (Script([b"data: {}\n\n"]), sk.TruncatedError)],
)
async def test_a_call_that_failed_before_its_content_is_made_again_without_a_word(
    script: Script, error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(error):
        await script.stream().pipe(stock.retry(3))
    assert (script.opened, warned(caplog)) == (3, [])


async def test_what_a_subscriber_raises_itself_is_no_failure_of_the_stream(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await Script(chat_events("Io")).stream().pipe(stock.do_action(fail), stock.retry(3))
    assert warned(caplog) == []
