"""A call through Redis: its delay beside a loop by hand, the CPU of a replay, a flush and a reader, and its size."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Generator
from statistics import median
from typing import Any, cast

from redis.asyncio import Redis

import streamkit as sk
from streamkit.testing import RedisServer, Script, chat_events

from .measure import Cpu, Measured, Series, in_turns
from .table import Figure, Report

_connect = cast("Any", Redis).from_url  # redis-py types its answers for both of its clients

_PAUSE = 0.01  # seconds between two chunks

_names = (f"s{number}" for number in itertools.count())


def main(*, quick: bool) -> list[Report]:
    """Measure in a Redis of its own."""
    with RedisServer() as server:
        return asyncio.run(_all(server, quick=quick))


async def _all(server: RedisServer, *, quick: bool) -> list[Report]:
    return [await _latency(server, quick=quick), await _replay(server, quick=quick), await _many(server, quick=quick)]


@contextlib.contextmanager
def _producer(
    server: RedisServer, way: str, name: str, *, count: int, pause: float, streams: int = 1
) -> Generator[None]:
    """Have a producer in a process of its own, which begins at the end of this call's first half."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.relay_producer",
        way,
        server.url,
        name,
        str(count),
        str(pause),
        str(streams),
    ]
    process = subprocess.Popen(command, stdin=-1, stdout=-1, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    try:
        process.stdin.write("begin\n")
        process.stdin.flush()
        yield
    finally:
        process.communicate()


async def _by_hand(server: RedisServer, count: int) -> float:
    """Read what a loop of XADD writes with a loop of XREAD; return the median of the seconds between the two."""
    name, late = next(_names), list[float]()
    async with _connect(server.url) as client:
        with _producer(server, "by-hand", name, count=count, pause=_PAUSE):
            last: Any = b"0-0"
            while len(late) < count:
                for _, entries in await client.xread({name: last}, block=1000):
                    now = time.monotonic()
                    for last, fields in entries:  # noqa: B007
                        late.append(now - float(fields[b"d"].split()[0]))
    return median(late)


async def _ours(server: RedisServer, count: int, subscribers: int) -> float:
    """Publish and read the same with streamkit."""
    name, late = next(_names), list[float]()
    log = sk.RedisLog(server.url)
    ended = asyncio.get_running_loop().create_future()

    def note(chunk: sk.Chunk) -> None:
        if chunk.content:
            late.append(time.monotonic() - float(chunk.content.split()[0]))

    with _producer(server, "streamkit", name, count=count, pause=_PAUSE):
        far = sk.from_log(log, f"{name}-0")
        for _ in range(subscribers):
            far.subscribe(note, ended.set_exception, lambda: None if ended.done() else ended.set_result(None))
        await ended
    return median(late)


async def _latency(server: RedisServer, *, quick: bool) -> Report:
    count = 100 if quick else 400
    ways: dict[str, Measured] = {
        "XADD and XREAD by hand": lambda: _by_hand(server, count),
        "streamkit": lambda: _ours(server, count, 1),
        "streamkit, 100 subscribers": lambda: _ours(server, count, 100),
    }
    series = await in_turns(ways, 2 if quick else 5)
    report = Report(
        "From a producer to a subscriber in another process, 100 chunks a second", ("way", "ms, median", "x by hand")
    )
    for name in ways:
        report.rows.append((name, series.median(name) * 1000, series.ratio(name, "XADD and XREAD by hand")))
    first, one, many = ways
    report.figures.append(Figure("producer to subscriber: x by hand", series.ratio(one, first), 1.5, fail=1.7))
    report.figures.append(Figure("100 subscribers: x one", series.ratio(many, one), 1.2))
    return report


async def _replay(server: RedisServer, *, quick: bool) -> Report:
    count, log, name = 5_000, sk.RedisLog(server.url), next(_names)
    await Script(chat_events(*(f"word{at} " for at in range(count)))).stream().publish_to(log, name)
    async with _connect(server.url) as client:
        stored = await client.memory_usage(f"sk:{{{name}}}:log", samples=0)

    async def replay() -> float:
        with Cpu() as cpu:
            await sk.from_log(log, name)
        return cpu.seconds

    series = await in_turns({"replay": replay}, 3 if quick else 15)
    report = Report(f"{count:,} chunks that are stored", ("what", "value"))
    report.rows += [
        ("CPU of a replay, ms", series.median("replay") * 1000),
        ("bytes a chunk in Redis", (stored or 0) / count),
    ]
    report.figures.append(Figure(f"replay of {count:,} chunks", series.median("replay") * 1000, 15, "ms"))
    report.figures.append(Figure("stored", (stored or 0) / count, 30, "bytes a chunk"))
    return report


async def _many(server: RedisServer, *, quick: bool) -> Report:
    live, read, count, pause = 256, 300, 20 if quick else 60, 0.05
    log = sk.RedisLog(server.url)

    async def words() -> AsyncIterator[str]:
        for _ in range(count):
            await asyncio.sleep(pause)
            yield "word "

    async def published() -> float:
        names = [next(_names) for _ in range(live)]
        with Cpu() as cpu:
            await asyncio.gather(*(sk.from_async(words()).publish_to(log, name).wait_response() for name in names))
        return cpu.seconds / live / count * 1e6

    async def unpublished() -> float:
        with Cpu() as cpu:
            await asyncio.gather(*(sk.from_async(words()).wait_response() for _ in range(live)))
        return cpu.seconds / live / count * 1e6

    async def reading() -> float:
        name = next(_names)
        with _producer(server, "streamkit", name, count=count, pause=pause, streams=read), Cpu() as cpu:
            await asyncio.gather(*(sk.from_log(log, f"{name}-{at}").wait_response() for at in range(read)))
        return cpu.seconds / read / count * 1e6

    series: Series = await in_turns(
        {"published": published, "unpublished": unpublished, "reading": reading}, 1 if quick else 3
    )
    flush = median(a - b for a, b in zip(series.values["published"], series.values["unpublished"], strict=True))
    report = Report("Many streams of one process", ("what", "us a chunk"))
    report.rows += [
        (f"a flush, {live} live streams", flush),
        (f"a chunk read, {read} streams", series.median("reading")),
    ]
    report.figures.append(Figure(f"a flush at {live} live streams", flush, 60, "us"))
    report.figures.append(Figure(f"one reader for {read} streams: a chunk", series.median("reading"), 20, "us"))
    return report
