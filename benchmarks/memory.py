"""What an open, idle stream holds above the SDK's own: push, pull, and a Flow of two operators."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import openai
from reactivex import operators as stock

from streamkit import operators as ops

from .measure import Series, rotated
from .plans import Plan
from .readers import Clients, open_sdk, open_stream
from .serving import Server
from .table import Figure, Report

_OPEN = 200
_PLAN = Plan(events=2, stall=1)
_RAW = "raw SDK"
Open = Callable[[openai.AsyncOpenAI, AsyncExitStack], Awaitable[Any]]


def main(*, quick: bool) -> list[Report]:
    """Open streams that stall after their first event and weigh them."""
    with Server() as server:
        return [asyncio.run(_measured(server.base_url, 2 if quick else 5))]


async def _measured(base_url: str, rounds: int) -> Report:
    ways: dict[str, Open] = {_RAW: _raw, "push": _push, "pull": _pull, "Flow of two operators": _flow}
    series = Series()
    async with Clients(base_url) as clients:
        client = clients.sdk["httpx"]
        for way in ways.values():
            await _weigh(client, way)
        for turn in range(rounds):
            for name in rotated(list(ways), turn):
                series.add(name, await _weigh(client, ways[name]) / _OPEN / 1024)
    base = series.median(_RAW)
    report = Report(f"Memory of an open stream ({_OPEN} open, tracemalloc)", ("stream", "KB", "KB above the raw SDK's"))
    limits = {"push": 7, "pull": 7, "Flow of two operators": 12}
    for name in ways:
        above = series.median(name) - base
        report.rows.append((name, series.median(name), above))
        if name in limits:
            report.figures.append(Figure(f"memory above the raw SDK's: {name}", above, limits[name], "KB"))
    return report


async def _weigh(client: openai.AsyncOpenAI, opened: Open) -> int:
    """Open them all and return how many bytes more there are."""
    for _ in range(3):  # let go of what the last ones have left
        await asyncio.sleep(0.1)
        gc.collect()
    async with AsyncExitStack() as stack:
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        held = [await opened(client, stack) for _ in range(_OPEN)]
        await asyncio.sleep(0.05)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        del held
    await asyncio.sleep(0.05)
    return grown


async def _raw(client: openai.AsyncOpenAI, stack: AsyncExitStack) -> Any:
    stream = await open_sdk(client, _PLAN)
    stack.push_async_callback(stream.close)
    await anext(stream)
    await anext(stream)
    return stream


async def _push(client: openai.AsyncOpenAI, stack: AsyncExitStack) -> Any:
    stream = open_stream(client, _PLAN)
    stack.push_async_callback(stream.aclose)
    subscription = stream.subscribe(_ignore, _ignore)
    while not stream.content:  # noqa: ASYNC110 - an event to wait for would be weighed too
        await asyncio.sleep(0.001)
    return stream, subscription


async def _pull(client: openai.AsyncOpenAI, stack: AsyncExitStack) -> Any:
    stream = open_stream(client, _PLAN)
    stack.push_async_callback(stream.aclose)
    loop = aiter(stream)
    await anext(loop)
    await anext(loop)
    return stream, loop


async def _flow(client: openai.AsyncOpenAI, stack: AsyncExitStack) -> Any:
    flow = open_stream(client, _PLAN).pipe(ops.text(), stock.map(len))
    stack.push_async_callback(flow.aclose)
    loop = aiter(flow)
    await anext(loop)
    return flow, loop


def _ignore(_: object) -> None:
    pass
