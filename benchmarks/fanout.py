"""CPU of a delivery to 100 subscribers of one call, beside a reactivex Subject alone; and a late replay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from reactivex.subject import ReplaySubject, Subject  # noqa: TID251 - the peer that is measured

from streamkit.chunk import Chunk

from .measure import Cpu, Measured, in_turns
from .memory_source import Window, memory_stream, reads_of
from .plans import Plan
from .readers import Clients, open_stream
from .serving import Server
from .table import Figure, Report

_SUBSCRIBERS = 100


def main(*, quick: bool) -> list[Report]:
    """Measure the fan-out, count its requests, and measure a late replay."""
    rounds = 3 if quick else 15
    with Server() as server:
        requests = asyncio.run(_requests(server))
    fanned = asyncio.run(_fanned(160 if quick else 960, rounds))
    fanned.figures.append(Figure(f"{_SUBSCRIBERS} subscribers: requests at the server", requests, 1, "request"))
    return [fanned, asyncio.run(_replayed(5_000, rounds))]


async def _requests(server: Server) -> int:
    async with Clients(server.base_url) as clients:
        stream = open_stream(clients.sdk["httpx"], Plan(events=50, tag="fanout"))
        await _delivered(stream.subscribe, _SUBSCRIBERS)
    return server.seen("fanout").requests


async def _fanned(events: int, rounds: int) -> Report:
    """Measure what each subscriber more costs: reading the call, subscribing and ending are not in it."""
    chunks = [Chunk(content="Europa")] * events
    ways: dict[str, Measured] = {f"Subject, {count}": _subject(chunks, count) for count in (1, _SUBSCRIBERS)}
    for group in (1, 16):
        reads = reads_of(events, group)
        ways |= {f"{group} a push, {count}": _stream(reads, count) for count in (1, _SUBSCRIBERS)}
    series = await in_turns(ways, rounds)
    report = Report(f"One call to {_SUBSCRIBERS} push subscribers: CPU", ("way", "us a delivery", "x Subject"))
    names = {"Subject": "a reactivex Subject alone", "1 a push": "streamkit", "16 a push": "streamkit"}
    for name, who in names.items():
        many = series.values[f"{name}, {_SUBSCRIBERS}"]
        for all_of_them, one in zip(many, series.values[f"{name}, 1"], strict=True):
            series.add(name, (all_of_them - one) / events / (_SUBSCRIBERS - 1) * 1e6)
            series.add(f"{name}, whole", all_of_them / events / _SUBSCRIBERS * 1e6)
        for what, suffix in ((name, ""), (f"{name}, whole", ", with reading it")):
            ratio = series.ratio(what, "Subject")
            report.rows.append(
                (f"{who}, {name}{suffix}" if name != "Subject" else f"{who}{suffix}", series.median(what), ratio)
            )
        if name != "Subject":
            limit = series.ratio(name, "Subject")
            report.figures.append(Figure(f"{_SUBSCRIBERS} subscribers, {name}: x Subject", limit, 1.05))
    more = series.median("1 a push") * _SUBSCRIBERS
    report.figures.append(Figure(f"{_SUBSCRIBERS} subscribers more: us a chunk", more, 10, "us"))
    return report


async def _replayed(events: int, rounds: int) -> Report:
    finished = memory_stream(reads_of(events, 16))
    await finished
    subject = ReplaySubject[Chunk]()
    for chunk in finished.log.read(0, events) if finished.log else ():
        subject.on_next(chunk)
    subject.on_completed()
    ways = {"reactivex ReplaySubject": _replay(subject.subscribe), "streamkit": _replay(finished.subscribe)}
    series = await in_turns(ways, rounds)
    report = Report(f"A late replay of {events:,} chunks: CPU", ("way", "us a chunk", "x ReplaySubject"))
    for name in ways:
        micro = series.median(name) / events * 1e6
        report.rows.append((name, micro, series.ratio(name, "reactivex ReplaySubject")))
    ratio = series.ratio("streamkit", "reactivex ReplaySubject")
    report.figures.append(Figure("a late replay: x ReplaySubject", ratio, 1 / 50))
    return report


def _subject(chunks: list[Chunk], subscribers: int) -> Measured:
    async def measured() -> float:
        subject = Subject[Chunk]()
        for _ in range(subscribers):
            subject.subscribe(_ignore, _fail, _nothing)
        with Cpu() as cpu:
            for chunk in chunks:
                subject.on_next(chunk)
        return cpu.seconds

    return measured


def _stream(reads: list[bytes], subscribers: int) -> Measured:
    async def measured() -> float:
        window = Window()
        await _delivered(memory_stream(reads, window).subscribe, subscribers)
        return window.seconds

    return measured


def _replay(subscribe: Callable[..., Any]) -> Measured:
    async def measured() -> float:
        with Cpu() as cpu:
            await _delivered(subscribe, 1)
        return cpu.seconds

    return measured


async def _delivered(subscribe: Callable[..., Any], subscribers: int) -> None:
    """Subscribe that often and wait for every end."""
    loop = asyncio.get_running_loop()
    ends = [loop.create_future() for _ in range(subscribers)]
    for end in ends:
        subscribe(_ignore, end.set_exception, lambda end=end: end.set_result(None))
    await asyncio.gather(*ends)


def _ignore(chunk: Chunk) -> None:
    pass


def _fail(error: Exception) -> None:
    raise error


def _nothing() -> None:
    pass
