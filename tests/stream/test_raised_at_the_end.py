"""What an operator raises when its source ends reaches the loop that waits for it: nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable, abc

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events

EVENTS = chat_events("Eu", "ropa")


def raising_at_the_end() -> Callable[[Observable[Any]], Observable[Any]]:
    """Make somebody's operator that raises instead of completing, as stock ones do above a subscriber that raises."""

    def operator(source: Observable[Any]) -> Observable[Any]:
        def subscribe(
            observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            def on_completed() -> None:
                raise LookupError("at the end")

            return source.subscribe(observer.on_next, observer.on_error, on_completed, scheduler=scheduler)

        return Observable(subscribe)

    return operator


def test_a_loop_and_run_get_it() -> None:
    flow = Script(EVENTS).stream().pipe(ops.text(), raising_at_the_end())
    found: list[str] = []
    with pytest.raises(LookupError, match="at the end"):
        found.extend(flow)
    with pytest.raises(LookupError, match="at the end"):
        flow.run()


async def test_an_async_loop_and_await_get_it() -> None:
    flow = Script(EVENTS).stream().pipe(ops.text(), raising_at_the_end())
    with pytest.raises(LookupError, match="at the end"):
        async with asyncio.timeout(10):
            await flow
    with pytest.raises(LookupError, match="at the end"):
        async with asyncio.timeout(10):
            async for _ in flow:
                pass


async def test_also_behind_an_operator_that_takes_its_time() -> None:
    async def never(_: str) -> bool:
        await asyncio.sleep(0)
        return False

    flow = Script(EVENTS).stream().pipe(ops.text(), raising_at_the_end(), ops.until(never)).last()
    with pytest.raises(LookupError, match="at the end"):
        async with asyncio.timeout(10):
            await flow


@pytest.mark.parametrize("operator", [ops.join(), ops.words()], ids=["join", "words"])
def test_chunks_where_text_should_come_are_an_error_that_says_so(operator: Any) -> None:
    flow: sk.Flow[Any] = sk.flow(rx.of(sk.Chunk(content="Io"))).pipe(operator)
    with pytest.raises(sk.ConfigurationError, match=r"put ops.text\(\) before"):
        flow.last().run()
