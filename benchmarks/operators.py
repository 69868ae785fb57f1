"""What one more trivial operator costs per chunk, on a replayed log and on a live one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import reactivex as rx
from reactivex import Observable, abc
from reactivex import operators as stock

import streamkit as sk
from streamkit import operators as ops

from .measure import Cpu, Measured, in_turns
from .memory_source import memory_stream, reads_of
from .table import Figure, Report

_MANY = 8  # so that the difference stands out of the noise
Operator = Callable[[Observable[Any]], Observable[Any]]


def main(*, quick: bool) -> list[Report]:
    """Measure chains with and without operators."""
    return [asyncio.run(_measured(4_000 if quick else 20_000, 3 if quick else 9))]


def own() -> Operator:
    """Pass every element on: the form that streamkit's operators have."""

    def operator(source: Observable[Any]) -> Observable[Any]:
        def subscribe(observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
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
    ways: dict[str, Measured] = {}
    for name, chain in chains.items():
        ways[f"{name}, replayed"] = _subscribed(lambda: finished, chain, events)
        ways[f"{name}, live"] = _subscribed(lambda: memory_stream(reads), chain, events)
    series = await in_turns(ways, rounds)
    report = Report("One more operator: CPU", ("chain", "us a chunk", "us an operator"))
    for name, chain in chains.items():
        for how in ("replayed", "live"):
            whole = series.median(f"{name}, {how}")
            more = (whole - series.median(f"no operator, {how}")) / max(1, len(chain))
            report.rows.append((f"{name}, {how}", whole, more))
            if name == f"{_MANY} x own":
                report.figures.append(Figure(f"one more trivial operator, {how}", more, 0.10, "us"))
    return report


def _subscribed(make: Callable[[], sk.Stream], chain: list[Operator], events: int) -> Measured:
    async def measured() -> float:
        stream = make()
        done = asyncio.get_running_loop().create_future()
        source: Observable[Any] = rx.pipe(stream, *chain) if chain else stream
        with Cpu() as cpu:
            source.subscribe(_ignore, done.set_exception, lambda: done.set_result(None))
            await done
        return cpu.seconds / events * 1e6

    return measured


def _same(chunk: Any) -> Any:
    return chunk


def _ignore(chunk: Any) -> None:
    pass
