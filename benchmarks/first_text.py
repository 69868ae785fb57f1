"""Time on the clock from a call to its first text, on a kept connection."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from statistics import median

from .loops import LOOP, RAW, Loop, library, loops
from .measure import Measured, in_turns
from .plans import Plan
from .readers import Clients
from .recorded import answers, note
from .serving import Server
from .table import Figure, Report

_CALLS = 26


def main(*, quick: bool) -> list[Report]:
    """Measure the first text of short answers with every reader."""
    with Server() as server:
        return [asyncio.run(_measured(server.base_url, 3 if quick else 11))]


async def _measured(base_url: str, rounds: int) -> Report:
    async with Clients(base_url) as clients, AsyncExitStack() as stack:
        series = await in_turns({name: _first(way) for name, way in (await loops(clients, stack)).items()}, rounds)
    columns = ("reader", "ms, least", "median", "x raw SDK, least", "median", "rounds")
    report = Report("From the call to the first text: time on the clock", columns, notes=[note()])
    for name in series.values:
        ratios = series.least_ratio(name, RAW), series.ratio(name, RAW), series.spread(name, RAW)
        report.rows.append((name, series.least(name), series.median(name), *ratios))
    what = f"first text, {LOOP}, {library()}: x raw SDK"
    report.figures = [Figure(what, series.least_ratio(LOOP, RAW), 0.4, spread=series.spread(LOOP, RAW))]
    return report


def _first(way: Loop) -> Measured:
    """Make a measurement of the milliseconds of the middle one of several calls."""
    plans = [Plan("recorded", events=1, source=at % len(answers())) for at in range(_CALLS)]

    async def measured() -> float:
        return median([await way.first(plan) for plan in plans]) * 1e3

    return measured
