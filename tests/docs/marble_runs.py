"""Runs of operators in virtual time, on the source of their marble diagram: what comes out in which column."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reactivex import Observable, abc
from reactivex.disposable import Disposable

from streamkit import operators as ops
from streamkit.testing import run_in_virtual_time
from tests.docs.marble_text import Diagram, Line, line_of, read_diagram

LAST = 400.0  # columns, of which no diagram has as many


@dataclass(frozen=True, slots=True)
class Row:
    """How an operator's diagram is run.

    Args:
        element: Makes an element of the source's text.
        show: Writes an emitted element.
        names: What the operator's call in the diagram names.
        column: Seconds that a column is long.
        note: Writes what stands behind the last line, after the run.
    """

    element: Callable[[str], Any]
    show: Callable[[Any], str]
    names: dict[str, Any] = field(default_factory=dict[str, Any])
    column: float = 0.1
    note: Callable[[], str] = str


@dataclass(slots=True)
class Marble:
    """A diagram and its run: the lines that came out, and the column in which the source was left."""

    diagram: Diagram
    lines: list[Line]
    left: int


@dataclass(slots=True)
class Source:
    """Sends the elements of a diagram's line to a subscriber, and remembers when it was left."""

    diagram: Diagram
    row: Row
    left: int = round(LAST)

    def observable(self) -> Observable[Any]:
        """Make the Observable."""
        return Observable(self._subscribe)

    def _subscribe(self, observer: abc.ObserverBase[Any], _: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        loop, line = asyncio.get_running_loop(), self.diagram.source
        timers = [
            loop.call_at(each.column * self.row.column, observer.on_next, self.row.element(each.text))
            for each in line.elements
        ]
        timers.append(loop.call_at(line.end * self.row.column, observer.on_completed))

        def leave() -> None:
            self.left = min(self.left, round(loop.time() / self.row.column))
            for timer in timers:
                timer.cancel()

        return Disposable(leave)


@dataclass(slots=True)
class Subscriber:
    """Keeps what a subscriber gets, each with its column."""

    row: Row
    begin: int
    emitted: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    end: tuple[int, str] | None = None

    def subscribe(self, flow: Observable[Any]) -> None:
        """Subscribe to the operator's output."""
        flow.subscribe(
            lambda value: self.emitted.append((self._now(), self.row.show(value))),
            lambda _: self._ended("#"),
            lambda: self._ended("|"),
        )

    def _now(self) -> int:
        return round(asyncio.get_running_loop().time() / self.row.column)

    def _ended(self, sign: str) -> None:
        assert self.end is None, "two ends"
        self.end = self._now(), sign


async def play(diagram: Diagram, row: Row) -> Marble:
    """Subscribe to the operator as often as the diagram has lines, each time in the column where its line begins."""
    loop, source = asyncio.get_running_loop(), Source(diagram, row)
    calls = {name: getattr(ops, name) for name in ops.__all__} | {"re": re} | row.names
    flow = source.observable().pipe(eval(diagram.operator, calls))  # our own docstring
    subscribers = [Subscriber(row, len(line) - len(line.lstrip())) for line in diagram.results]
    for each in subscribers:
        if each.begin:
            loop.call_at(each.begin * row.column, each.subscribe, flow)
        else:
            each.subscribe(flow)
    await asyncio.sleep(LAST * row.column)
    lines: list[Line] = []
    for each in subscribers:
        assert each.end is not None, "no end"
        note = row.note() if each is subscribers[-1] else ""
        lines.append(line_of(each.emitted, *each.end, begin=each.begin, note=note))
    return Marble(diagram, lines, source.left)


def run(name: str, row: Row) -> Marble:
    """Run an operator on the source of its diagram."""
    return run_in_virtual_time(play(read_diagram(getattr(ops, name)), row))
