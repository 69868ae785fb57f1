"""What operators cost per chunk: one trivial one more, lists beside the stock way, events and five beside a loop."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import reactivex as rx
from reactivex import Observable, abc
from reactivex import operators as stock
from reactivex.disposable import Disposable
from reactivex.subject import Subject  # noqa: TID251 - the peer that is measured

import streamkit as sk
from streamkit import events as typed
from streamkit import operators as ops

from .measure import Cpu, Measured, in_turns
from .memory_source import Window, memory_stream, reads_of
from .table import Figure, Report

_MANY = 8  # so that the difference stands out of the noise
_LIST = 20  # elements of a list
_LINE = 12  # chunks of a line
_ADDRESS = re.compile(r"[\w.]+@[\w.]+")
_CHARS, _STOP = 10**9, "@@"  # neither is reached
Operator = Callable[[Observable[Any]], Observable[Any]]
Chained = Operator
Source = Callable[[Chained], Awaitable[float]]


def main(*, quick: bool) -> list[Report]:
    """Measure chains with and without operators."""
    events, rounds = (4_000, 3) if quick else (20_000, 9)
    return [
        asyncio.run(measured(events, rounds))
        for measured in (_measured, _listed, _five, _repeated, _evented, _redacted, _tagged)
    ]


def own() -> Operator:
    """Pass every element on: the form that streamkit's operators have."""

    def operator(source: Observable[Any]) -> Observable[Any]:
        def subscribe(
            observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            emit = observer.on_next

            def on_next(chunk: Any) -> None:
                emit(chunk)

            return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

        return Observable(subscribe)

    return operator


async def _measured(events: int, rounds: int) -> Report:
    chains: dict[str, list[Operator]] = {
        "no operator": [],
        "ops.text()": [ops.text()],
        "own": [own()],
        f"{_MANY} x own": [own() for _ in range(_MANY)],
        f"{_MANY} x stock map": [stock.map(_same) for _ in range(_MANY)],
    }
    reads = reads_of(events, 16)
    finished = memory_stream(reads)
    await finished
    sources = {"replayed": _replayed(finished), "live": _live(reads), "on a bare Subject": _pushed(finished)}
    ways: dict[str, Measured] = {}
    for name, chain in chains.items():
        ways |= {f"{name}, {how}": _per_chunk(source, chain, events) for how, source in sources.items()}
    series = await in_turns(ways, rounds)
    report = Report("One more operator: CPU", ("chain", "us a chunk", "us an operator"))
    for how in sources:
        for name, chain in chains.items():
            whole = series.median(f"{name}, {how}")
            more = (whole - series.median(f"no operator, {how}")) / max(1, len(chain))
            report.rows.append((f"{name}, {how}", whole, more if chain else ""))
            if name == f"{_MANY} x own" and how in ("replayed", "live"):
                report.figures.append(Figure(f"one more trivial operator, {how}", more, 0.10, "us"))
    return report


async def _listed(events: int, rounds: int) -> Report:
    """Measure lists of so many elements, what delivers the elements included."""
    reads = reads_of(events, 16)
    finished = memory_stream(reads)
    await finished
    source = _replayed(finished)
    ways = {
        f"ops.batch({_LIST})": _per_chunk(source, [ops.batch(_LIST)], events),
        f"stock buffer_with_count({_LIST})": _per_chunk(source, [stock.buffer_with_count(_LIST)], events),
    }
    series = await in_turns(ways, rounds)
    report = Report("Lists of elements: CPU", ("way", "us a chunk"))
    report.rows = [(name, series.median(name)) for name in ways]
    report.figures.append(Figure("batch: x stock buffer_with_count", series.ratio(*ways), 0.1))
    return report


async def _five(events: int, rounds: int) -> Report:
    """Measure text, until, limit, lines and batch beside a loop that does the same."""
    chunks = [sk.Chunk(content="\n" if at % _LINE == 0 else "word ", plain=True) for at in range(1, events + 1)]
    chain: list[Operator] = [ops.text(), ops.until(_STOP), ops.limit(chars=_CHARS), ops.lines(), ops.batch(_LIST)]

    async def by_hand() -> float:
        with Cpu() as cpu:
            _ignore(_lists(chunks))
        return cpu.seconds / events * 1e6

    ways = {"five operators": _per_chunk(loop_over(chunks), chain, events), "by hand": by_hand}
    series = await in_turns(ways, rounds)
    report = Report("text, until, limit, lines, batch: CPU", ("way", "us a chunk"))
    report.rows = [(name, series.median(name)) for name in ways]
    report.figures.append(Figure("five operators: x by hand", series.ratio(*ways), 6))
    return report


async def _repeated(events: int, rounds: int) -> Report:
    """Measure the search for a loop in ordinary text beside a loop that compares the last two passages of 200."""
    texts = [f"{number * 7919 % 10_007} " for number in range(events)]

    async def by_hand() -> float:
        with Cpu() as cpu:
            text = ""
            for each in texts:
                text += each
                if text[-200:] == text[-400:-200]:
                    break
        return cpu.seconds / events * 1e6

    ways = {"ops.until_repeating()": _per_chunk(loop_over(texts), [ops.until_repeating()], events), "by hand": by_hand}
    series = await in_turns(ways, rounds)
    report = Report("until_repeating: CPU", ("way", "us a text"))
    report.rows = [(name, series.median(name)) for name in ways]
    return report


async def _tagged(events: int, rounds: int) -> Report:
    """Measure tags around the thinking of an answer beside a loop for tags that come whole."""
    texts = ["<think>", *["word "] * (events // 2), "</think>", *["word "] * (events // 2)]
    chunks = [sk.Chunk(content=text, plain=True) for text in texts]

    async def by_hand() -> float:
        with Cpu() as cpu:
            thinking, inside = "", False
            for chunk in chunks:
                if chunk.content in ("<think>", "</think>"):
                    inside = not inside
                elif inside:
                    thinking += chunk.content
        return cpu.seconds / events * 1e6

    ways = {"ops.route_tags()": _per_chunk(loop_over(chunks), [ops.route_tags("think")], events), "by hand": by_hand}
    series = await in_turns(ways, rounds)
    report = Report("route_tags: CPU", ("way", "us a chunk"))
    report.rows = [(name, series.median(name)) for name in ways]
    return report


async def _evented(events: int, rounds: int) -> Report:
    """Measure the events of an answer of text beside a loop that makes the same events."""
    chunks = [sk.Chunk(content="word ", plain=True) for _ in range(events)]

    async def by_hand() -> float:
        with Cpu() as cpu:
            _text_events(chunks, _ignore)
        return cpu.seconds / events * 1e6

    ways = {"ops.events()": _per_chunk(loop_over(chunks), [ops.events()], events), "by hand": by_hand}
    series = await in_turns(ways, rounds)
    report = Report("Events of text: CPU", ("way", "us a chunk"))
    report.rows = [(name, series.median(name)) for name in ways]
    report.figures.append(Figure("events: x by hand", series.ratio(*ways), 5))
    return report


async def _redacted(events: int, rounds: int) -> Report:
    """Measure `redact` beside a loop that holds back the last word and searches the rest."""
    texts = ["io@example.org " if at % _LINE == 0 else "word " for at in range(events)]

    async def by_hand() -> float:
        with Cpu() as cpu:
            _without_addresses(texts, _ignore)
        return cpu.seconds / events * 1e6

    ways = {"ops.redact(pattern)": _per_chunk(loop_over(texts), [ops.redact(_ADDRESS)], events), "by hand": by_hand}
    series = await in_turns(ways, rounds)
    report = Report("Addresses removed: CPU", ("way", "us a text"))
    report.rows = [(name, series.median(name)) for name in ways]
    report.figures.append(Figure("redact: x by hand", series.ratio(*ways), 10))
    return report


def _without_addresses(texts: Iterable[str], emit: Callable[[Any], None]) -> None:
    """Do by hand what `redact` does, for a pattern whose matches have no spaces."""
    held = ""
    for text in texts:
        held += text
        at = held.rfind(" ") + 1
        if at:
            emit(_ADDRESS.sub("[redacted]", held[:at]))
            held = held[at:]
    emit(_ADDRESS.sub("[redacted]", held))


def _text_events(chunks: Iterable[Any], emit: Callable[[Any], None]) -> None:
    """Do by hand what `events` does, for an answer of one text."""
    opened = False
    for chunk in chunks:
        if chunk.content and not chunk.index:
            if not opened:
                opened = True
                emit(typed.TextStart(0, "0-0"))
            emit(typed.TextDelta(0, "0-0", chunk.content))
    if opened:
        emit(typed.TextEnd(0, "0-0"))
    emit(typed.Finish(0, None, None))


def _lists(chunks: Iterable[Any]) -> list[list[str]]:
    """Do by hand what the five operators do."""
    found: list[list[str]] = []
    lines: list[str] = []
    line, tail, size = "", "", 0
    for chunk in chunks:
        text = chunk.content
        if not text or chunk.index:
            continue
        seen = tail + text
        if _STOP in seen:
            break
        tail = seen[1 - len(_STOP) :]
        size += len(text)
        if size > _CHARS:
            break
        line += text
        if "\n" in text or "\r" in text:
            *whole, line = line.splitlines(keepends=True)
            lines += whole
            if len(lines) >= _LIST:
                found.append(lines)
                lines = []
    return [*found, [*lines, line]]


def _per_chunk(source: Source, chain: list[Operator], events: int) -> Measured:
    async def measured() -> float:
        return await source(lambda each: rx.pipe(each, *chain) if chain else each) / events * 1e6

    return measured


def _replayed(finished: sk.Stream) -> Source:
    """The seconds in which a log that is complete is read again."""

    async def seconds(chained: Chained) -> float:
        with Cpu() as cpu:
            await _to_its_end(chained(finished))
        return cpu.seconds

    return seconds


def _live(reads: list[bytes]) -> Source:
    """The seconds in which a call is decoded and delivered."""

    async def seconds(chained: Chained) -> float:
        window = Window()
        await _to_its_end(chained(memory_stream(reads, window)))
        return window.seconds

    return seconds


def _pushed(finished: sk.Stream) -> Source:
    """The seconds in which reactivex alone delivers the same chunks."""
    chunks = finished.log.read(0, 1 << 30) if finished.log else []

    async def seconds(chained: Chained) -> float:
        subject = Subject[Any]()
        chained(subject).subscribe(_ignore)
        with Cpu() as cpu:
            for chunk in chunks:
                subject.on_next(chunk)
        return cpu.seconds

    return seconds


def loop_over(chunks: list[Any]) -> Source:
    """The seconds in which a source delivers the same chunks that only calls its observer."""

    def subscribe(observer: abc.ObserverBase[Any], _: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        for chunk in chunks:
            observer.on_next(chunk)
        observer.on_completed()
        return Disposable()

    async def seconds(chained: Chained) -> float:
        with Cpu() as cpu:
            chained(Observable(subscribe)).subscribe(_ignore)
        return cpu.seconds

    return seconds


async def _to_its_end(source: Observable[Any]) -> None:
    done = asyncio.get_running_loop().create_future()
    source.subscribe(_ignore, done.set_exception, lambda: done.set_result(None))
    await done


def _same(chunk: Any) -> Any:
    return chunk


def _ignore(chunk: Any) -> None:
    pass
