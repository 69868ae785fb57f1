"""Racing and searching beside `asyncio.wait` by hand: how soon losers are closed, CPU and memory a candidate."""

from __future__ import annotations

import asyncio
import gc
import math
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import openai

import streamkit as sk

from .measure import Cpu, Measured, Series, core_wait, in_turns, rotated
from .memory_source import memory_stream, reads_of
from .plans import Plan
from .readers import Clients, open_sdk, open_stream
from .serving import Server
from .table import Figure, Report

_RACERS = 64
_WIDTH = 32
_EVENTS = 20  # of each candidate's answer
_WORD = "Europa"
Race = Callable[[list[Plan], openai.AsyncOpenAI], Awaitable[tuple[int, float]]]


def main(*, quick: bool) -> list[Report]:
    """Race, search, and weigh a long search."""
    with Server() as server:
        raced = asyncio.run(_raced(server, 2 if quick else 8))
        searched = asyncio.run(_searched(server.base_url, 64 if quick else 128, 3 if quick else 7))
    return [raced, searched, asyncio.run(_weighed(2_000 if quick else 10_000))]


# Losers ----------------------------------------------------------------------------------------------


async def _raced(server: Server, rounds: int) -> Report:
    """Let one of 64 answer later than the others have begun; they hang after their first event."""
    free, closed = Series(), Series()
    async with Clients(server.base_url) as clients:
        for transport, client in clients.sdk.items():
            for turn in range(rounds + 1):
                for name in rotated(list(_RACES), turn):
                    way = f"{name}, {transport}"
                    begin = time.monotonic() + 0.6
                    tags = [f"{way} {turn} {at}".translate(_PLAIN) for at in range(_RACERS)]
                    plans = [Plan(events=2, stall=1, tag=tag) for tag in tags[:-1]]
                    plans.append(Plan(events=40, gap=0.0005, begin=begin, kind="stamps", tag=tags[-1]))
                    decided, waited = await _RACES[name](plans, client)
                    freed, waited = time.monotonic_ns(), core_wait() - waited
                    await asyncio.sleep(0.2)
                    seen = [server.seen(tag) for tag in tags[:-1]]
                    if turn:
                        free.add(way, (freed - decided) / 1e6 - waited * 1e3)
                        closed.add(way, max((each.closed or math.inf) - decided for each in seen) / 1e6)
    report = Report(f"A race of {_RACERS}: milliseconds after the win", ("way", "caller free", "last loser closed"))
    for way in free.values:
        report.rows.append((way, free.median(way), closed.median(way)))
        if way.startswith("sk."):
            report.figures.append(Figure(f"{way}: caller free", free.median(way), 10, "ms"))
            report.figures.append(Figure(f"{way}: last loser closed", closed.median(way), 30, "ms"))
    report.notes.append("the caller's time is without what this process waited for a core")
    report.notes.append("by hand: tasks over the SDK's own streams; the losers are cancelled and awaited")
    return report


async def _race(plans: list[Plan], client: openai.AsyncOpenAI) -> tuple[int, float]:
    decided = (0, 0.0)

    def good(response: sk.Response) -> bool:
        nonlocal decided
        if len(response.content) <= 100:
            return False
        decided = time.monotonic_ns(), core_wait()
        return True

    result = await sk.race([open_stream(client, plan) for plan in plans], accept=good)
    assert result.winner == _RACERS - 1
    return decided


async def _by_hand(plans: list[Plan], client: openai.AsyncOpenAI) -> tuple[int, float]:
    """Do what people write: one task each, `asyncio.wait` for the first, cancel and await the others."""
    decided = (0, 0.0)

    async def ask(plan: Plan) -> str:
        nonlocal decided
        stream, text = await open_sdk(client, plan), ""
        try:
            async for chunk in stream:
                text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
                if len(text) > 100:
                    decided = time.monotonic_ns(), core_wait()
                    return text
        finally:
            await stream.close()
        return ""

    tasks = [asyncio.create_task(ask(plan)) for plan in plans]
    _, losers = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in losers:
        task.cancel()
    await asyncio.gather(*losers, return_exceptions=True)
    return decided


_RACES: dict[str, Race] = {"sk.race": _race, "by hand": _by_hand}
_PLAIN = str.maketrans(" ,()", "----")


# CPU a candidate -------------------------------------------------------------------------------------


async def _searched(base_url: str, candidates: int, rounds: int) -> Report:
    title = f"{candidates} candidates of {_EVENTS} events, {_WIDTH} at a time, none accepted: CPU"
    report = Report(title, ("way", "us a candidate", "x asyncio.wait on Streams"))
    plans = [Plan(events=_EVENTS)] * candidates
    async with Clients(base_url) as clients:
        for transport, client in clients.sdk.items():
            ways: dict[str, Measured] = {
                f"asyncio.wait on Streams, {transport}": _cpu(partial(_wait_on_streams, plans, client)),
                f"asyncio.wait on the raw SDK, {transport}": _cpu(partial(_wait_on_sdk, plans, client)),
                f"sk.search, {transport}": _cpu(partial(_search, plans, client)),
            }
            base, raw, ours = ways
            series = await in_turns(ways, rounds)
            for way in ways:
                report.rows.append((way, series.median(way) / candidates * 1e6, series.ratio(way, base)))
            report.figures.append(Figure(f"{ours}: x asyncio.wait on Streams", series.ratio(ours, base), 1.3))
            report.figures.append(Figure(f"{ours}: x asyncio.wait on the raw SDK", series.ratio(ours, raw), 1.3))
    return report


def _cpu(work: Callable[[], Awaitable[object]]) -> Measured:
    async def measured() -> float:
        with Cpu() as cpu:
            await work()
        return cpu.seconds

    return measured


async def _search(plans: list[Plan], client: openai.AsyncOpenAI) -> None:
    candidates = (open_stream(client, plan) for plan in plans)
    result = await sk.search(candidates, accept="no such moon", concurrency=_WIDTH)
    assert result.ledger.count("rejected") == len(plans)


async def _wait_on_streams(plans: list[Plan], client: openai.AsyncOpenAI) -> None:
    async def ask(plan: Plan) -> bool:
        text = ""
        async for chunk, _ in open_stream(client, plan):
            text += chunk.content
            if "no such moon" in text:
                return True
        return False

    await _first(ask, plans)


async def _wait_on_sdk(plans: list[Plan], client: openai.AsyncOpenAI) -> None:
    async def ask(plan: Plan) -> bool:
        stream, text = await open_sdk(client, plan), ""
        try:
            async for chunk in stream:
                text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
                if "no such moon" in text:
                    return True
        finally:
            await stream.close()
        return False

    await _first(ask, plans)


async def _first(ask: Callable[[Plan], Awaitable[bool]], plans: list[Plan]) -> None:
    """Keep so many tasks going until one is true."""
    waiting = iter(plans)
    running: set[asyncio.Future[bool]] = set()
    while True:
        while len(running) < _WIDTH and (plan := next(waiting, None)) is not None:
            running.add(asyncio.ensure_future(ask(plan)))
        if not running:
            return
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        if any(task.result() for task in done):
            break


# Memory ----------------------------------------------------------------------------------------------


async def _weighed(candidates: int) -> Report:
    reads = reads_of(_EVENTS, 4)
    weights: dict[int, float] = {}

    def weigh(ledger: Any) -> None:
        for mark in (candidates // 10, candidates):
            if ledger.count("rejected") >= mark and mark not in weights:
                gc.collect()
                weights[mark] = tracemalloc.get_traced_memory()[0] / 1024

    await _long_search(reads, 100, lambda _: None)
    tracemalloc.start()
    await _long_search(reads, candidates, weigh)
    tracemalloc.stop()
    (few, before), (many, after) = weights.items()
    columns = ("candidates", "KB held", "KB a candidate")
    report = Report(f"A search over {candidates:,} candidates (tracemalloc)", columns)
    report.rows = [(f"{few:,}", before, before / few), (f"{many:,}", after, after / many)]
    grown = (after - before) / (many - few)
    whole = len(b"".join(reads)) / 1024
    report.figures.append(Figure("memory that a candidate leaves behind: its row in the ledger", grown, 1.0, "KB"))
    report.notes.append(f"each answer is {whole:.1f} KB on the wire")
    return report


async def _long_search(reads: list[bytes], candidates: int, report: Callable[[Any], None]) -> None:
    streams = (memory_stream(reads) for _ in range(candidates))
    await sk.search(streams, accept="no such moon", concurrency=_WIDTH, progress=report)
