"""Time until the server sees an early stop, and the events that are sent in vain."""

from __future__ import annotations

import asyncio
import gc
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any

import openai

from streamkit import operators as ops

from .measure import rotated
from .plans import Plan
from .readers import Clients, open_sdk, open_stream
from .serving import Seen, Server
from .table import Figure, Report

_AFTER = 20  # chunks that are read before the decision
_FEW = 3  # rounds of what waits for the garbage collector
_OWN = "its own client"
Client = openai.AsyncOpenAI | str
Stop = Callable[[Any, Plan], Awaitable[int]]


@dataclass(slots=True)
class Stops:
    """What one way of stopping has led to.

    Args:
        delays: Milliseconds from each decision to the server's seeing the close.
        beyond: Events that the server sent after each decision.
        unseen: Number of closes not seen in time.
    """

    delays: list[float] = field(default_factory=list[float])
    beyond: list[int] = field(default_factory=list[int])
    unseen: int = 0

    def add(self, decided: int, seen: Seen) -> None:
        """Take one more stop."""
        self.beyond.append(sum(each > decided for each in seen.sent))
        if seen.closed is None:
            self.unseen += 1
        else:
            self.delays.append((seen.closed - decided) / 1e6)


def main(*, quick: bool) -> list[Report]:
    """Stop streams of one event a millisecond in every way."""
    with Server() as server:
        return [asyncio.run(_measured(server, 5 if quick else 20))]


async def _measured(server: Server, rounds: int) -> Report:
    stops: dict[str, Stops] = {}
    async with Clients(server.base_url) as clients:
        users: dict[str, Client] = {f"openai's client on {name}": client for name, client in clients.sdk.items()}
        for ways, times in ((_OURS, rounds), (_RAW, rounds), (_DROPPED, min(rounds, _FEW))):
            found: dict[str, Client] = {_OWN: clients.url, **users} if ways is _OURS else users
            bound = {
                f"{name}, {transport}": partial(stop, client)
                for transport, client in found.items()
                for name, stop in ways.items()
            }
            stops |= {name: Stops() for name in bound}
            for turn in range(times + 1):
                for name in rotated(list(bound), turn):
                    tag = f"{name} {turn}".translate(_PLAIN)
                    decided = await bound[name](Plan(events=20_000, gap=0.001, tag=tag))
                    seen = await server.seen_closed(tag)
                    if turn:  # the first of each way imports and connects
                        stops[name].add(decided, seen)
        gc.collect()
        await asyncio.sleep(0.5)  # what was dropped is closed while there is a loop for it
    return _report(stops)


async def _aclose(client: Client, plan: Plan) -> int:
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


async def _break(client: Client, plan: Plan) -> int:
    got, decided = 0, 0
    async for _ in open_stream(client, plan):
        got += 1
        if got == _AFTER:
            decided = time.monotonic_ns()
            break
    return decided


async def _break_flow(client: Client, plan: Plan) -> int:
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


_OURS: dict[str, Stop] = {
    "streamkit, break": _break,
    "streamkit, break of a Flow": _break_flow,
    "streamkit, aclose()": _aclose,
}
_RAW: dict[str, Stop] = {"raw SDK, await close()": _raw_close}
_DROPPED: dict[str, Stop] = {"raw SDK, break": _raw_break}
_PLAIN = str.maketrans(" ,()'", "-----")


def _report(stops: dict[str, Stops]) -> Report:
    columns = ("way", "median ms", "max ms", "events beyond, median", "max", "not seen in 3 s")
    report = Report("Early stop, one event a millisecond: from the decision to the server's seeing the close", columns)
    for name, found in stops.items():
        beyond = median(found.beyond)
        middle, most = (median(found.delays), max(found.delays)) if found.delays else ("-", "-")
        report.rows.append((name, middle, most, beyond, max(found.beyond), found.unseen))
        if name.endswith(_OWN):
            report.figures += [
                Figure(f"early stop, {name}: median", median(found.delays or [math.inf]), 0.5, "ms"),
                Figure(f"early stop, {name}: events beyond, median", beyond, 0, "events"),
            ]
    return report
