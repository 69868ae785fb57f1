"""200 live streams on one core, 50 chunks a second each: whether the readers keep up, and the delay of the chunks."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import openai

from streamkit.chunk import Chunk

from .measure import Cpu, Series, core_wait, rotated
from .plans import Plan
from .readers import Clients, by_hand, hand_events, open_sdk, open_stream, ours, raw
from .serving import Server
from .table import Figure, Report

_STREAMS = 200
_RATE = 50
_OPENING = 2.0  # seconds in which they are all opened, before the first chunk is sent
_DISTURBED = 0.1  # seconds without a core, after which a round is measured again
_SLACK = 1.05  # of the ideal time, within which a reader has kept up
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
        return [asyncio.run(_measured(server.base_url, 100, 1 if quick else 5))]


async def _measured(base_url: str, events: int, rounds: int) -> Report:
    plan = Plan("stamps", events=events, gap=1 / _RATE)
    async with Clients(base_url) as clients:
        ways = _ways(clients)
        for read in ways.values():
            await read(Plan("stamps", events=1), _forget)
        series = Series()
        for turn in range(rounds):
            for name in rotated(list(ways), turn):
                gc.collect()
                _note(series, name, await _quiet_round(ways[name], plan))
    return _report(series, list(ways), events)


def _note(series: Series, name: str, done: Round) -> None:
    figures = {"wall": done.wall, "cpu": done.cpu, "waited": done.waited, "p50": done.lag(0.5), "p99": done.lag(0.99)}
    for what, value in figures.items():
        series.add(f"{name}: {what}", value)


async def _quiet_round(read: Read, plan: Plan) -> Round:
    """Measure once more what others on this machine have disturbed; the least disturbed round counts."""
    found = [await _one_round(read, plan)]
    if found[0].waited > _DISTURBED:
        found.append(await _one_round(read, plan))
    return min(found, key=lambda each: each.waited)


def _ways(clients: Clients) -> dict[str, Read]:
    ways: dict[str, Read] = {f"{ours('its own client')}, subscribe": partial(_subscribe, clients.url)}
    for name, client in clients.sdk.items():
        ways[f"{ours(name)}, subscribe"] = partial(_subscribe, client)
    ways[f"{ours('httpx')}, async for"] = partial(_loop, clients.sdk["httpx"])
    for name, client in clients.sdk.items():
        ways[raw(name)] = partial(_raw, client)
    ways[by_hand("httpx")] = partial(_hand, clients.plain["httpx"], clients.chat_url)
    return ways


async def _one_round(read: Read, plan: Plan) -> Round:
    """Open all streams, and measure from the moment in which the server begins to send."""
    lags: list[float] = []

    def late(text: str) -> None:
        if text:
            lags.append((time.monotonic_ns() - int(text)) / 1e6)

    begin = time.monotonic() + _OPENING
    reading = [asyncio.create_task(read(replace(plan, begin=begin), late)) for _ in range(_STREAMS)]
    await asyncio.sleep(begin - time.monotonic())
    waited = core_wait()
    with Cpu() as cpu:
        await asyncio.gather(*reading)
    assert len(lags) == _STREAMS * plan.events
    return Round(time.monotonic() - begin, cpu.seconds, core_wait() - waited, lags)


async def _subscribe(client: openai.AsyncOpenAI | str, plan: Plan, late: Late) -> None:
    done = asyncio.get_running_loop().create_future()

    def on_next(chunk: Chunk) -> None:
        late(chunk.content)

    open_stream(client, plan).subscribe(on_next, done.set_exception, lambda: done.set_result(None))
    await done


async def _loop(client: openai.AsyncOpenAI, plan: Plan, late: Late) -> None:
    async for chunk, _ in open_stream(client, plan):
        late(chunk.content)


async def _raw(client: openai.AsyncOpenAI, plan: Plan, late: Late) -> None:
    async for chunk in await open_sdk(client, plan):
        for choice in chunk.choices:
            late(choice.delta.content or "")


async def _hand(client: Any, url: str, plan: Plan, late: Late) -> None:
    async for found in hand_events(client, url, plan):
        if found["choices"]:
            late(found["choices"][0]["delta"].get("content") or "")


def _forget(text: str) -> None:
    pass


def _report(series: Series, ways: list[str], events: int) -> Report:
    ideal = events / _RATE
    columns = (
        "reader",
        "wall s",
        "x ideal",
        "p50 ms",
        "p99 ms",
        "CPU s",
        "x raw SDK",
        "x by hand",
        "no core s",
        "keeps up",
    )
    report = Report(f"{_STREAMS} open streams x {_RATE} chunks/s for {ideal:g} s on one loop", columns)
    for name in ways:
        medians = [series.median(f"{name}: {what}") for what in ("wall", "cpu", "p50", "p99", "waited")]
        wall, cpu, p50, p99, waited = medians
        shares = [series.ratio(f"{name}: cpu", f"{other}: cpu") for other in (raw("httpx"), by_hand("httpx"))]
        keeps_up = "yes" if wall <= ideal * _SLACK else "no"
        report.rows.append((name, wall, wall / ideal, p50, p99, cpu, *shares, waited, keeps_up))
        if name.startswith("streamkit"):
            report.figures += [
                Figure(f"{_STREAMS} streams, {name}: time", wall / ideal, _SLACK, "x ideal"),
                Figure(f"{_STREAMS} streams, {name}: p99 lag", p99, 10, "ms"),
            ]
    return report
