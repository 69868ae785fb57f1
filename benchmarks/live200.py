"""200 live streams on one core, 50 chunks a second each: whether the readers keep up, and the delay of the chunks.

Opening the streams is inside the measure: over the first second, as calls come to a service, and then all at once.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from streamkit.chunk import Chunk

from .loops import BY_HAND, LOOP, RAW, RAW_AIOHTTP, Loop, Own, library, loops
from .measure import Cpu, Series, core_wait, rotated
from .plans import Plan
from .readers import Clients
from .serving import Server
from .table import Figure, Report

_STREAMS = 200
_RATE = 50
_EVENTS = 100
_OPENING = 1.0  # seconds over which they are opened, where it is not all at once
_DISTURBED = 0.1  # seconds without a core, after which a round is measured again
_SLACK = 1.05  # of the ideal time, within which a reader has kept up
_SUBSCRIBE = "streamkit, subscribe"
_SLOW = (RAW, RAW_AIOHTTP)  # they would not end soon
Late = Callable[[str], None]
Read = Callable[[Plan, Late], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Round:
    """One reader's round.

    Args:
        wall: Seconds on the clock.
        cpu: Seconds of CPU.
        waited: Seconds without a core, which others had.
        lags: Every chunk's, in milliseconds.
    """

    wall: float
    cpu: float
    waited: float
    lags: list[float]

    def lag(self, part: float) -> float:
        """The lag that this part of the chunks does not exceed."""
        return sorted(self.lags)[round(part * (len(self.lags) - 1))]


def main(*, quick: bool) -> list[Report]:
    """Measure every reader with all its streams at once."""
    with Server() as server:
        return [asyncio.run(_measured(server.base_url, 1 if quick else 3))]


async def _measured(base_url: str, rounds: int) -> Report:
    async with Clients(base_url) as clients, AsyncExitStack() as stack:
        ways = await _ways(clients, stack)
        for read in ways.values():
            await read(Plan("stamps", events=1), _forget)
        # What is imported is no garbage: a collection would look through the SDK too, which only its own readers need.
        gc.collect()
        gc.freeze()
        series = Series()
        for turn in range(rounds):
            for name in rotated(list(ways), turn):
                done = await _quiet_round(ways[name], _OPENING)
                figures = {"wall": done.wall, "cpu": done.cpu, "waited": done.waited, "p50": done.lag(0.5)}
                for what, value in {**figures, "p99": done.lag(0.99)}.items():
                    series.add(f"{name}: {what}", value)
                if name not in _SLOW:
                    series.add(f"{name}: at once", (await _one_round(ways[name], 0.0)).lag(0.99))
    return _report(series, list(ways))


async def _ways(clients: Clients, stack: AsyncExitStack) -> dict[str, Read]:
    found = await loops(clients, stack)
    ways: dict[str, Read] = {_SUBSCRIBE: _subscribing(Own(clients.url))}
    return ways | {name: _reading(found[name]) for name in (LOOP, RAW, RAW_AIOHTTP, BY_HAND) if name in found}


async def _quiet_round(read: Read, opening: float) -> Round:
    """Measure once more what others on this machine have disturbed; the least disturbed round counts."""
    found = [await _one_round(read, opening)]
    if found[0].waited > _DISTURBED:
        found.append(await _one_round(read, opening))
    return min(found, key=lambda each: each.waited)


async def _one_round(read: Read, opening: float) -> Round:
    """Open all streams and read them, and measure all of it."""
    lags: list[float] = []

    def late(text: str) -> None:
        if text:
            lags.append((time.monotonic_ns() - int(text)) / 1e6)

    async def opened(delay: float) -> None:
        await asyncio.sleep(delay)
        await read(Plan("stamps", events=_EVENTS, gap=1 / _RATE), late)

    gc.collect()
    waited, began = core_wait(), time.monotonic()
    with Cpu() as cpu:
        await asyncio.gather(*(opened(opening * at / _STREAMS) for at in range(_STREAMS)))
    assert len(lags) == _STREAMS * _EVENTS
    return Round(time.monotonic() - began, cpu.seconds, core_wait() - waited, lags)


def _subscribing(own: Own) -> Read:
    async def read(plan: Plan, late: Late) -> None:
        done = asyncio.get_running_loop().create_future()

        def on_next(chunk: Chunk) -> None:
            late(chunk.content)

        own.stream(plan).subscribe(on_next, done.set_exception, lambda: done.set_result(None))
        await done

    return read


def _reading(way: Loop) -> Read:
    async def read(plan: Plan, late: Late) -> None:
        async for text in way.texts(plan):
            late(text)

    return read


def _forget(text: str) -> None:
    pass


def _report(series: Series, ways: list[str]) -> Report:
    ideal = _EVENTS / _RATE + _OPENING
    columns = (
        "reader",
        "x ideal time",
        "p50 ms",
        "p99 ms",
        "p99 all at once",
        "CPU s",
        "x raw SDK",
        "no core s",
        "keeps up",
    )
    report = Report(f"{_STREAMS} streams x {_RATE} chunks/s for {ideal:g} s on one loop, opening included", columns)
    for name in ways:
        wall, cpu, p50, p99, waited = (
            series.median(f"{name}: {what}") for what in ("wall", "cpu", "p50", "p99", "waited")
        )
        at_once = "-" if name in _SLOW else series.median(f"{name}: at once")
        share = series.ratio(f"{name}: cpu", f"{RAW}: cpu")
        keeps_up = "yes" if wall <= ideal * _SLACK else "no"
        report.rows.append((name, wall / ideal, p50, p99, at_once, cpu, share, waited, keeps_up))
        if name in (LOOP, _SUBSCRIBE):
            lags = series.values[f"{name}: p99"]
            what = f"{_STREAMS} streams, {name}, {library()}"
            report.figures += [
                Figure(f"{what}: time", wall / ideal, _SLACK, "x ideal"),
                Figure(f"{what}: p99 lag", p99, 10, "ms", spread=f"{min(lags):.1f}-{max(lags):.1f}"),
            ]
    return report
