"""CPU of a fragment of a tool call, from bytes to a whole Response."""

from __future__ import annotations

import asyncio

from .chunks import calls_of
from .measure import in_turns
from .plans import Plan
from .readers import Clients, by_hand, ours, raw
from .serving import Server
from .table import Figure, Report

_FRAGMENTS = 500
_SHORT = Plan("tools", events=1)


def main(*, quick: bool) -> list[Report]:
    """Measure calls whose one tool call comes in 500 fragments."""
    with Server() as server:
        return [asyncio.run(_measured(server.base_url, quick=quick))]


async def _measured(base_url: str, *, quick: bool) -> Report:
    rounds, calls = (2, 2) if quick else (9, 4)
    plan = Plan("tools", events=_FRAGMENTS)
    async with Clients(base_url) as clients:
        readers = clients.readers()
        series = await in_turns(
            {name: calls_of(each, plan, calls, tool=True) for name, each in readers.items()}, rounds
        )
        short = await in_turns({name: calls_of(each, _SHORT, 10, tool=True) for name, each in readers.items()}, rounds)
    columns = ("reader", "us a fragment", "net of the call", "x raw SDK", "x by hand")
    report = Report(f"A tool call of {_FRAGMENTS} fragments: CPU", columns)
    for name in series.values:
        whole, call = series.median(name), short.median(name)
        ratios = series.ratio(name, raw("httpx")), series.ratio(name, by_hand("httpx"))
        report.rows.append((name, whole / _FRAGMENTS, (whole - call) / _FRAGMENTS, *ratios))
    report.figures = [Figure("tool fragments: x raw SDK", series.ratio(ours("httpx"), raw("httpx")), 0.18)]
    return report
