"""How the operators that cut text into units are tried: text in, cut in some way, and the units that come out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import reactivex as rx
from reactivex import Observable
from reactivex.testing import ReactiveTest, TestScheduler

from streamkit import operators as ops

Cutter = Callable[..., Callable[[Observable[str]], Observable[str]]]
CUTTERS: dict[str, Cutter] = {
    "words": ops.words,
    "sentences": ops.sentences,
    "lines": ops.lines,
    "paragraphs": ops.paragraphs,
}


def units(operator: Callable[[Observable[Any]], Observable[Any]], fragments: Iterable[str]) -> list[Any]:
    """Run texts through an operator."""
    found: list[Any] = []
    rx.from_iterable(fragments).pipe(operator).subscribe(found.append)
    return found


def emitted_by(operator: Callable[[Observable[str]], Observable[str]], *fragments: str) -> list[list[str]]:
    """List what is emitted with each text, while more may come."""
    scheduler = TestScheduler()
    times = [210 + 10 * at for at in range(len(fragments))]
    signals = [ReactiveTest.on_next(time, fragment) for time, fragment in zip(times, fragments, strict=True)]
    source: Observable[str] = scheduler.create_hot_observable(*signals)
    messages: list[Any] = scheduler.start(lambda: source.pipe(operator), disposed=100_000).messages
    return [[message.value.value for message in messages if message.time == time] for time in times]
