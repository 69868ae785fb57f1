"""CPU of whole calls of 5 and of 50 chunks: the loop that a user writes, over answers drawn from recordings."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from .loops import AWAIT, BY_HAND, LOOP, RAW, SDK_DOOR, Loop, library, loops
from .measure import Cpu, Measured, Series, in_turns
from .plans import Plan
from .readers import Clients
from .recorded import answers, fast_share, note
from .serving import Server
from .table import Figure, Report

_GOALS = {"aiohttp": {5: 0.25, 50: 0.10}, "httpx": {5: 0.55, 50: 0.30}}
"""By HTTP library and number of chunks: the part of the raw SDK's CPU that a call may take."""
_CALLS = {5: 52, 50: 26}


def main(*, quick: bool) -> list[Report]:
    """Measure calls of both lengths with every reader."""
    with Server() as server:
        return asyncio.run(_measured(server.base_url, 3 if quick else 11))


async def _measured(base_url: str, rounds: int) -> list[Report]:
    reports: list[Report] = []
    async with Clients(base_url) as clients, AsyncExitStack() as stack:
        ways = await loops(clients, stack)
        for chunks, calls in _CALLS.items():
            measured = {name: _calls(way, chunks, calls) for name, way in ways.items()}
            reports.append(_report(chunks, await in_turns(measured, rounds)))
    return reports


def _calls(way: Loop, chunks: int, calls: int) -> Measured:
    """Make a measurement of microseconds of CPU a call; every recording gives equally many answers."""
    plans = [Plan("recorded", events=chunks, source=at % len(answers())) for at in range(calls)]

    async def measured() -> float:
        with Cpu() as cpu:
            for plan in plans:
                await way.text(plan)
        return cpu.seconds / calls * 1e6

    return measured


def _report(chunks: int, series: Series) -> Report:
    columns = ("reader", "us a call, least", "median", "x raw SDK, least", "median", "rounds", "calls/s, by hand = 1")
    report = Report(f"A call of {chunks} chunks: CPU", columns)
    hand = BY_HAND if BY_HAND in series.values else RAW
    for name in series.values:
        ratios = series.least_ratio(name, RAW), series.ratio(name, RAW), series.spread(name, RAW)
        report.rows.append((name, series.least(name), series.median(name), *ratios, series.least_ratio(hand, name)))
    used = library()
    for name in (LOOP, AWAIT):
        ratio, spread = series.least_ratio(name, RAW), series.spread(name, RAW)
        what = f"a call of {chunks}, {name}, {used}: x raw SDK"
        report.figures.append(Figure(what, ratio, _GOALS[used][chunks], spread=spread))
    if chunks == 50 and BY_HAND in series.values:
        rate, spread = series.least_ratio(BY_HAND, LOOP), series.spread(BY_HAND, LOOP)
        what = f"calls a second, {LOOP}, {used}, aiohttp by hand = 1"
        report.figures.append(Figure(what, rate, 0.8, fail=0.65, at_least=True, spread=spread))
    report.notes += [note(), f"{fast_share(chunks):.0%} of the events take the decoder's fast path"]
    if SDK_DOOR not in series.values:
        report.notes.append("there is one door yet: the SDK's")
    return report
