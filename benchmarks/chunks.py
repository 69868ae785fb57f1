"""CPU of a text chunk, from bytes to a whole Response: streamkit, the raw SDK, httpx with orjson by hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from .measure import Cpu, Measured, Series, in_turns
from .plans import Plan
from .readers import Clients, Reader, by_hand, ours, raw
from .serving import Server
from .table import Figure, Report

_SHORT = Plan(events=1)
_CALLS = 20


@dataclass(frozen=True, slots=True)
class Variant:
    """One arrival pattern of the events, and the design's figures for that pattern.

    Args:
        name: Name in the table.
        plan: The server's answer.
        figures: At most this many times the raw SDK, by hand, and on aiohttp the raw SDK; None if there is no figure.
    """

    name: str
    plan: Plan
    figures: tuple[float, float, float] | None = None


VARIANTS = (
    Variant("1 event a write", Plan(events=4_000), (0.13, 1.15, 0.04)),
    Variant("16 events a write", Plan(events=6_400, group=16), (0.045, 1.15, 0.03)),
    Variant("2 ms apart", Plan(events=400, gap=0.002), (0.55, 1.15, 0.33)),
    Variant("1 event a write, obfuscation", Plan("padded", events=4_000), (0.13, 1.15, 0.04)),
    Variant("16 events a write, obfuscation", Plan("padded", events=6_400, group=16), (0.045, 1.15, 0.03)),
)


def main(*, quick: bool) -> list[Report]:
    """Measure the cost of a call, and of a chunk in each variant."""
    with Server() as server:
        return asyncio.run(_all(server.base_url, quick=quick))


async def _all(base_url: str, *, quick: bool) -> list[Report]:
    rounds = 2 if quick else 9
    async with Clients(base_url) as clients:
        readers = clients.readers()
        calls = await in_turns({name: calls_of(reader, _SHORT, _CALLS) for name, reader in readers.items()}, rounds)
        reports = [_calls_report(calls)]
        for variant in VARIANTS:
            plan = replace(variant.plan, events=variant.plan.events // 4) if quick else variant.plan
            ways = {name: calls_of(reader, plan, 1) for name, reader in readers.items()}
            reports.append(_report(replace(variant, plan=plan), await in_turns(ways, rounds), calls))
    return reports


def calls_of(reader: Reader, plan: Plan, count: int, *, tool: bool = False) -> Measured:
    """Make a measurement of microseconds per call, over several calls."""
    read = reader.tool if tool else reader.text

    async def measured() -> float:
        with Cpu() as cpu:
            for _ in range(count):
                assert await read(plan)
        return cpu.seconds / count * 1e6

    return measured


def _calls_report(calls: Series) -> Report:
    base = raw("httpx")
    report = Report("A call of one chunk: CPU", ("reader", "us a call", "x raw SDK"))
    report.rows = [(name, calls.median(name), calls.ratio(name, base)) for name in calls.values]
    return report


def _report(variant: Variant, series: Series, calls: Series) -> Report:
    """Compare what a chunk costs without the call that it came in, which has a table of its own."""
    events = variant.plan.events
    columns = ("reader", "us a chunk", "with the call", "x raw SDK", "x by hand")
    report = Report(f"A text chunk to a full Response, {variant.name} ({events:,} chunks a call): CPU", columns)
    net = Series()
    for name, values in series.values.items():
        for value in values:
            net.add(name, (value - calls.median(name)) / events)
    for name in net.values:
        ratios = net.ratio(name, raw("httpx")), net.ratio(name, by_hand("httpx"))
        report.rows.append((name, net.median(name), series.median(name) / events, *ratios))
    if variant.figures is not None:
        report.figures = _figures(variant.name, variant.figures, net)
    return report


def _figures(name: str, figures: tuple[float, float, float], series: Series) -> list[Figure]:
    sdk, hand, aiohttp = figures
    found = [
        Figure(f"{name}: x raw SDK", series.ratio(ours("httpx"), raw("httpx")), sdk),
        Figure(f"{name}: x by hand", series.ratio(ours("httpx"), by_hand("httpx")), hand),
    ]
    if ours("aiohttp") in series.values:
        found.append(Figure(f"{name}: on aiohttp, x raw SDK", series.ratio(ours("aiohttp"), raw("httpx")), aiohttp))
    return found
