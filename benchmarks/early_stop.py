"""How soon the server sees that a reader has had enough, and how much it sends in vain."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from statistics import median

import openai

from streamkit import operators as ops

from .measure import rotated
from .plans import Plan
from .readers import Clients, open_sdk, open_stream
from .serving import Server
from .table import Figure, Report

_AFTER = 20  # chunks that are read before the decision
_RAW_BREAK = "raw SDK, break"
Stop = Callable[[openai.AsyncOpenAI, Plan], Awaitable[int]]


def main(*, quick: bool) -> list[Report]:
    """Stop streams of one event a millisecond in every way."""
    with Server() as server:
        return [asyncio.run(_measured(server, 5 if quick else 30))]


async def _measured(server: Server, rounds: int) -> Report:
    delays: dict[str, list[float]] = {}
    beyond: dict[str, list[int]] = {}
    stuck: dict[str, int] = {}
    async with Clients(server.base_url) as clients:
        ways = {
            f"{name}, {transport}": partial(stop, client)
            for transport, client in clients.sdk.items()
            for name, stop in _WAYS.items()
        }
        for turn in range(rounds + 1):
            for name in rotated(list(ways), turn):
                if name.startswith(_RAW_BREAK) and turn > 3:
                    continue
                tag = f"{turn}-{list(ways).index(name)}"
                decided = await ways[name](Plan(events=20_000, gap=0.001, tag=tag))
                seen = await server.seen_closed(tag)
                if turn == 0:
                    continue  # the first of each way imports and connects
                late = sum(each > decided for each in seen.sent)
                if seen.closed is None:
                    stuck[name] = stuck.get(name, 0) + 1
                else:
                    delays.setdefault(name, []).append((seen.closed - decided) / 1e6)
                beyond.setdefault(name, []).append(late)
    return _report(list(ways), delays, beyond, stuck)


async def _aclose(client: openai.AsyncOpenAI, plan: Plan) -> int:
    """Decide in another task than the reader's."""
    stream = open_stream(client, plan)
    enough = asyncio.Event()
    got = 0

    def on_next(_: object) -> None:
        nonlocal got
        got += 1
        if got == _AFTER:
            enough.set()

    stream.subscribe(on_next, lambda _: None)
    await enough.wait()
    decided = time.monotonic_ns()
    await stream.aclose()
    return decided


async def _break(client: openai.AsyncOpenAI, plan: Plan) -> int:
    got, decided = 0, 0
    async for _ in open_stream(client, plan):
        got += 1
        if got == _AFTER:
            decided = time.monotonic_ns()
            break
    return decided


async def _break_flow(client: openai.AsyncOpenAI, plan: Plan) -> int:
    got, decided = 0, 0
    async for _ in open_stream(client, plan).pipe(ops.text()):
        got += 1
        if got == _AFTER:
            decided = time.monotonic_ns()
            break
    return decided


async def _raw_close(client: openai.AsyncOpenAI, plan: Plan) -> int:
    stream = await open_sdk(client, plan)
    got, decided = 0, 0
    async for _ in stream:
        got += 1
        if got == _AFTER:
            decided = time.monotonic_ns()
            await stream.close()
            break
    return decided


async def _raw_break(client: openai.AsyncOpenAI, plan: Plan) -> int:
    got, decided = 0, 0
    async for _ in await open_sdk(client, plan):
        got += 1
        if got == _AFTER:
            decided = time.monotonic_ns()
            break
    return decided


_WAYS: dict[str, Stop] = {
    "streamkit, aclose()": _aclose,
    "streamkit, break": _break,
    "streamkit, break of a Flow": _break_flow,
    "raw SDK, await close()": _raw_close,
    _RAW_BREAK: _raw_break,
}


def _report(
    ways: list[str], delays: dict[str, list[float]], beyond: dict[str, list[int]], stuck: dict[str, int]
) -> Report:
    columns = ("way", "median ms", "max ms", "events beyond, median", "max", "never in 3 s")
    report = Report("Early stop, one event a millisecond: from the decision to the server's seeing the close", columns)
    for name in ways:
        found = delays.get(name, [])
        middle, most = (median(found), max(found)) if found else ("-", "-")
        report.rows.append((name, middle, most, median(beyond[name]), max(beyond[name]), stuck.get(name, 0)))
        if name.startswith("streamkit") and found:
            report.figures += [
                Figure(f"early stop, {name}: median", median(found), 0.5, "ms"),
                Figure(f"early stop, {name}: events beyond, median", median(beyond[name]), 0, "events"),
            ]
    return report
