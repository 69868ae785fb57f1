"""CPU of opening a stream while others are open: the thousandth beside the two hundredth.

Python's full garbage collections are counted apart. One of them costs as much as a hundred openings, and it falls into
one block of openings or into another.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from .loops import BY_HAND, LOOP, RAW, RAW_AIOHTTP, Loop, library, loops
from .measure import Cpu, Series, rotated
from .plans import Plan
from .readers import Clients
from .serving import Server
from .table import Figure, Report

_WAYS = (LOOP, RAW, RAW_AIOHTTP, BY_HAND)
_BLOCK = 100  # streams that are measured together
_OPEN = 1_000
_PLAN = Plan(events=2, stall=1)


def main(*, quick: bool) -> list[Report]:
    """Open a thousand streams that stall after their first text, one after the other."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the server inherits it
    with Server() as server:
        return [asyncio.run(_measured(server.base_url, 2 if quick else 4))]


async def _measured(base_url: str, rounds: int) -> Report:
    series = Series()
    for turn in range(rounds):
        for name in rotated(_WAYS, turn):
            # Clients of their own: a pool that has held a thousand connections is another one than a new pool.
            async with Clients(base_url) as clients, AsyncExitStack() as stack:
                ways = await loops(clients, stack)
                if name in ways:
                    await ways[name].text(Plan(events=1))
                    gc.collect()
                    for count, cost in (await _opened(ways[name])).items():
                        series.add(f"{name} {count}", cost)
    return _report(series)


class _FullCollections:
    """The seconds of CPU that full garbage collections take while it is open."""

    def __enter__(self) -> _FullCollections:
        self.seconds = 0.0
        self._began = 0.0
        gc.callbacks.append(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        gc.callbacks.remove(self._note)

    def _note(self, phase: str, info: dict[str, int]) -> None:
        if info["generation"] == 2:
            now = time.process_time()
            if phase == "stop":
                self.seconds += now - self._began
            self._began = now


async def _opened(way: Loop) -> dict[int, float]:
    """Return the milliseconds of CPU of one opening, by the number of streams that were open after its block.

    Those of full collections, as a part of every opening, stand under 0.
    """
    held: list[AsyncGenerator[str]] = []
    costs: dict[int, float] = {0: 0.0}
    for count in range(_BLOCK, _OPEN + 1, _BLOCK):
        with _FullCollections() as full, Cpu() as cpu:
            for _ in range(_BLOCK):
                texts = way.texts(_PLAN)
                held.append(texts)
                while not await anext(texts):
                    pass
        costs[count] = (cpu.seconds - full.seconds) / _BLOCK * 1e3
        costs[0] += full.seconds / _OPEN * 1e3
    for texts in held:
        await texts.aclose()
    return costs


def _report(series: Series) -> Report:
    columns = (
        "reader",
        f"ms, {_BLOCK + 1} to {2 * _BLOCK} open",
        f"{_OPEN - _BLOCK + 1} to {_OPEN} open",
        "ratio",
        "rounds",
        "full collections, ms each",
    )
    report = Report("Opening one more stream: CPU, the least of the rounds", columns)
    for name in _WAYS:
        few, many = f"{name} {2 * _BLOCK}", f"{name} {_OPEN}"
        if few not in series.values:
            continue
        found = series.least_ratio(many, few), series.spread(many, few)
        report.rows.append((name, series.least(few), series.least(many), *found, series.median(f"{name} 0")))
        if name == LOOP:
            what = f"opening, {name}, {library()}: the 1,000th / the 200th"
            report.figures.append(Figure(what, found[0], 1.1, spread=found[1]))
    return report
