"""After a thousand calls through a door, a third stopped and a third failed, nothing of them is left."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Awaitable, Callable, Iterator

import psutil
import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Plan, assert_closed, chat_events, plan

pytestmark = pytest.mark.sdk

CALLS = 1000
AT_ONCE = 20
MORE_MEMORY = 24 * 2**20  # bytes: allocators keep what they once had; a leak of calls would be far above this

EVENTS = chat_events(*(f"word{n} " for n in range(12)))
PLANS = (plan("none", EVENTS), plan("none", EVENTS, every=0.001), plan("cut", EVENTS))


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A server that answers in turn soundly, slowly (to be stopped), and cut."""
    turn = iter(range(10**9))

    def answer(_: object) -> Plan:
        return PLANS[next(turn) % 3]

    with FaultServer(answer) as server:
        yield server


def open_stream(server: FaultServer) -> sk.Stream:
    return sk.stream("openai/m", "?", base_url=server.base_url + "/v1", api_key="census-key")


async def async_for(stream: sk.Stream) -> None:
    async for chunk, _ in stream:
        if "word5" in chunk.content:
            break


async def async_flow(stream: sk.Stream) -> None:
    async for _ in stream.pipe(ops.text(), ops.until("word5")):
        pass


async def awaited(stream: sk.Stream) -> None:
    await stream


async def subscribed(stream: sk.Stream) -> None:
    ended = asyncio.Event()

    def on_next(chunk: sk.Chunk) -> None:
        if "word5" in chunk.content:
            stream.stop()

    stream.subscribe(on_next, lambda _: ended.set(), ended.set)
    await ended.wait()


def sync_for(stream: sk.Stream) -> None:
    for chunk, _ in stream:
        if "word5" in chunk.content:
            break


def sync_flow(stream: sk.Stream) -> None:
    for _ in stream.pipe(ops.text(), ops.until("word5")):
        pass


def run(stream: sk.Stream) -> None:
    stream.run()


async def quietly(door: Awaitable[None]) -> None:
    with contextlib.suppress(sk.StreamError):
        await door


@pytest.mark.parametrize("door", [async_for, async_flow, awaited, subscribed])
async def test_of_an_async_door(door: Callable[[sk.Stream], Awaitable[None]], server: FaultServer) -> None:
    await quietly(door(open_stream(server)))
    gc.collect()
    before = psutil.Process().memory_info().rss
    turns = asyncio.Semaphore(AT_ONCE)

    async def call() -> None:
        async with turns:
            await quietly(door(open_stream(server)))

    async with assert_closed():
        await asyncio.gather(*(call() for _ in range(CALLS)))
        await asyncio.to_thread(server.wait_for, lambda: idle(server))
        await hang_up()
    gc.collect()
    assert psutil.Process().memory_info().rss - before < MORE_MEMORY


@pytest.mark.parametrize("door", [sync_for, sync_flow, run])
async def test_of_a_sync_door(door: Callable[[sk.Stream], None], server: FaultServer) -> None:
    def call() -> None:
        with contextlib.suppress(sk.StreamError):
            door(open_stream(server))

    await asyncio.to_thread(call)
    gc.collect()
    before = psutil.Process().memory_info().rss
    turns = asyncio.Semaphore(4)

    async def one() -> None:
        async with turns:
            await asyncio.to_thread(call)

    await asyncio.gather(*(one() for _ in range(CALLS)))
    await asyncio.to_thread(server.wait_for, lambda: idle(server))
    gc.collect()
    assert psutil.Process().memory_info().rss - before < MORE_MEMORY
    assert server.open_connections <= 200  # what is left is kept for further calls


def idle(server: FaultServer) -> bool:
    """Whether no answer is still being sent."""
    return all(exchange.finished or exchange.closed_by_client_at is not None for exchange in server.exchanges)


async def hang_up() -> None:
    """Close the connections that are kept for further calls, as the end of the loop would."""
    await asyncio.get_running_loop().shutdown_asyncgens()
