"""P15: a chain of operators that is too long for Python's stack is a ConfigurationError at every door."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import reactivex as rx
from reactivex import operators as rxops
from reactivex.observer import Observer

import streamkit as sk
from streamkit.testing import Script, chat_events


def same(item: Any) -> Any:
    return item


def chain(source: Any, length: int) -> sk.Flow[Any]:
    return sk.flow(rx.compose(*[rxops.map(same)] * length)(source))


@pytest.mark.parametrize("length", [400, 2000])
async def test_the_doors_raise_it_and_nothing_is_sent(length: int) -> None:
    script = Script(chat_events("Io"))
    flow = chain(script.stream(), length)
    with pytest.raises(sk.ConfigurationError, match="too long for Python's stack"):
        await flow
    with pytest.raises(sk.ConfigurationError, match="too long"):
        async for _ in flow:
            pass
    for door in (flow.run, lambda: list(flow)):
        with pytest.raises(sk.ConfigurationError, match="too long"):
            await asyncio.to_thread(door)
    assert script.opened == 0


async def test_subscribe_gives_it_to_on_error_or_raises_it() -> None:
    flow, errors = chain(Script(chat_events("Io")).stream(), 400), list[Exception]()
    flow.subscribe(on_error=errors.append)
    flow.subscribe(Observer(on_error=errors.append))
    assert [type(error) for error in errors] == [sk.ConfigurationError] * 2
    with pytest.raises(sk.ConfigurationError, match="too long"):
        flow.subscribe()


async def test_chains_of_chains_too() -> None:
    flow = sk.flow(Script(chat_events("Io")).stream())
    for _ in range(400):
        flow = flow.pipe(rxops.map(same))
    with pytest.raises(sk.ConfigurationError, match="too long"):
        await flow


async def test_a_hundred_operators_work() -> None:
    stream = Script(chat_events("Eu", "ropa")).stream()
    assert (await chain(stream, 100).pipe(sk.operators.to_response())).content == "Europa"


def deeper(frames: int, action: Callable[[], Any]) -> Any:
    return deeper(frames - 1, action) if frames else action()


@pytest.mark.parametrize("frames", range(5))
async def test_wherever_the_stack_ends_nothing_is_left_open(frames: int) -> None:
    """It may end in the middle of joining the call; an operator takes several frames, so each of them is tried."""
    ends: set[str] = set()
    for length in range(210, 270):
        script = Script([*chat_events("Io")[:2], None])
        stream = script.stream()
        flow = chain(stream, length)
        try:
            iterator = deeper(frames, lambda flow=flow: aiter(flow))
            await anext(iterator)
            del iterator
            ends.add("sent")
        except sk.ConfigurationError:
            ends.add("refused")
        async with asyncio.timeout(5):
            while stream.open:
                await asyncio.sleep(0)
        assert script.opened == script.closed
    assert ends == {"sent", "refused"}


async def test_a_users_own_recursion_error_passes_unchanged() -> None:
    wrong = RecursionError("mine")

    def fail(_: object) -> None:
        raise wrong

    with pytest.raises(RecursionError) as caught:
        await Script(chat_events("Io")).stream().pipe(rxops.map(fail))
    assert caught.value is wrong
