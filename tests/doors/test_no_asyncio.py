"""Where something else than asyncio awaits, such as trio, every async door says so before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events


def step(awaitable: Any) -> None:
    """Do what any event loop does first."""
    awaitable.__await__().send(None)


async def within(stream: sk.Stream) -> None:
    async with stream as opened:
        await opened


async def looped(source: Any) -> None:
    async for _ in source:
        pass


DOORS: dict[str, Callable[[sk.Stream], Any]] = {
    "await": lambda stream: stream,
    "async for": looped,
    "async with": within,
    "await of a flow": lambda stream: stream.pipe(ops.text(), ops.join()),
    "async for over a flow": lambda stream: looped(stream.pipe(ops.text())),
    "search": lambda stream: sk.search([stream], accept="Io"),
    "race": lambda stream: sk.race([stream, stream.again()]),
    "hedge": lambda stream: sk.hedge([stream, stream.again()], after=1),
    "quorum": lambda stream: sk.quorum([stream, stream.again()], key=str, k=2),
    "find": lambda stream: sk.find(stream, "Io"),
    "retry": lambda stream: sk.retry(stream, attempts=2),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_door_says_that_it_needs_asyncio_and_sends_nothing(door: str) -> None:
    script = Script(chat_events("Io"))
    with pytest.raises(sk.ConfigurationError, match=r"needs asyncio.*under trio.*run_sync") as caught:
        step(DOORS[door](script.stream()))
    assert script.opened == 0
    assert caught.value.__context__ is None


def test_so_does_waiting_for_the_end_of_a_call_that_runs() -> None:
    stream = Script([*chat_events("Io")[:2], None]).stream()
    subscription = stream.subscribe(on_error=lambda _: None)
    with pytest.raises(sk.ConfigurationError, match="needs asyncio"):
        step(stream.wait_closed())
    with pytest.raises(sk.ConfigurationError, match="needs asyncio"):
        step(stream.aclose())
    subscription.dispose()
    stream.close()
    assert stream.state == "stopped"
