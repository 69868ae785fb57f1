"""What an open, idle stream holds, and above the SDK's own: push, pull, and a Flow of two operators."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
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
_OWN = ", its own client"
Client = openai.AsyncOpenAI | str
Open = Callable[[Any, AsyncExitStack], Awaitable[Any]]


def main(*, quick: bool) -> list[Report]:
    """Open streams that stall after their first event and weigh them."""
    with Server() as server:
        return [asyncio.run(_measured(server.base_url, 2 if quick else 5))]


async def _measured(base_url: str, rounds: int) -> Report:
    ours: dict[str, Open] = {"push": _push, "pull": _pull, "Flow of two operators": _flow}
    series = Series()
    async with Clients(base_url) as clients:
        user: Client = clients.sdk["httpx"]
        ways = {_RAW: partial(_weigh, user, _raw)}
        ways |= {name: partial(_weigh, user, opened) for name, opened in ours.items()}
        ways |= {name + _OWN: partial(_weigh, clients.url, opened) for name, opened in ours.items()}
        for way in ways.values():
            await way()
        for turn in range(rounds):
            for name in rotated(list(ways), turn):
                series.add(name, await ways[name]() / _OPEN / 1024)
    return _report(series)


def _report(series: Series) -> Report:
    base = series.median(_RAW)
    report = Report(f"Memory of an open stream ({_OPEN} open, tracemalloc)", ("stream", "KB", "KB above the raw SDK's"))
    report.rows = [(name, series.median(name), series.median(name) - base) for name in series.values]
    flow = series.median("Flow of two operators" + _OWN) - series.median("pull" + _OWN)
    report.figures = [
        Figure("memory, push, its own client", series.median("push" + _OWN), 20, "KB"),
        Figure("memory, pull, its own client", series.median("pull" + _OWN), 20, "KB"),
        Figure("memory, a Flow of two operators above that", flow, 5, "KB"),
        Figure("memory, openai's client, above the raw SDK's: push", series.median("push") - base, 7, "KB"),
    ]
    return report


async def _weigh(client: Client, opened: Open) -> int:
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


async def _push(client: Client, stack: AsyncExitStack) -> Any:
    stream = open_stream(client, _PLAN)
    stack.push_async_callback(stream.aclose)
    subscription = stream.subscribe(_ignore, _ignore)
    while not stream.content:  # noqa: ASYNC110 - an event to wait for would be weighed too
        await asyncio.sleep(0.001)
    return stream, subscription


async def _pull(client: Client, stack: AsyncExitStack) -> Any:
    stream = open_stream(client, _PLAN)
    stack.push_async_callback(stream.aclose)
    loop = aiter(stream)
    await anext(loop)
    await anext(loop)
    return stream, loop


async def _flow(client: Client, stack: AsyncExitStack) -> Any:
    flow = open_stream(client, _PLAN).pipe(ops.text(), stock.map(len))
    stack.push_async_callback(flow.aclose)
    loop = aiter(flow)
    await anext(loop)
    return flow, loop


def _ignore(_: object) -> None:
    pass
