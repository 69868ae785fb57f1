"""Lanes: what a timeline shows, before it becomes a page; all times are seconds since the start of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .._stream import Delta

LaneKind: TypeAlias = Literal["call", "tool", "reader"]

SpanKind: TypeAlias = Literal["waiting", "open", "stall", "closing", "arguments", "run"]

MarkKind: TypeAlias = Literal[
    "sent", "content", "complete", "stopped", "failed", "unknown", "closed", "attempt", "void"
]

ENDS: dict[str, MarkKind] = {"complete": "complete", "stopped": "stopped", "failed": "failed", "unknown": "unknown"}
"""The mark of the end, by the state of a Response."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in a lane.

    Args:
        kind: What happens in it.
        start: Its start.
        end: Its end.
        text: A sentence about it.
    """

    kind: SpanKind
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment in a lane.

    Args:
        kind: What happens at it.
        at: Its time.
        text: A sentence about it.
    """

    kind: MarkKind
    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One line of a timeline.

    Args:
        title: The name of the call, the tool or the reader.
        kind: What the lane is of.
        state: How it has ended, in a word.
        facts: Short statements that stand below the title.
        spans: Stretches of time.
        marks: Moments.
        deltas: What has arrived.
        lags: The chunks that a reader was behind, from each time on.
        count: The number of chunks that have arrived.
        sent: The time when it was sent; None if it was not.
        end: The time of its end; None before.
        accepted: Whether it is an accepted candidate of a search.
    """

    title: str
    kind: LaneKind = "call"
    state: str = ""
    facts: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()
    deltas: tuple[Delta, ...] = ()
    lags: tuple[tuple[float, int], ...] = ()
    count: int = 0
    sent: float | None = None
    end: float | None = None
    accepted: bool = False

    @property
    def last(self) -> float:
        """The time of the last thing in the lane."""
        times = [each.end for each in self.spans] + [each.at for each in self.marks]
        return max([*times, *(at for at, _ in self.lags), *(each.at for each in self.deltas[-1:]), 0.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Lanes that belong together: a call with its tools and readers, a conversation, a search.

    Args:
        title: The heading; empty for none.
        facts: Short statements below the heading.
        lanes: The lanes, in order.
    """

    title: str = ""
    facts: tuple[str, ...] = ()
    lanes: tuple[Lane, ...] = ()


def shown_time(seconds: float) -> str:
    """Write a duration.

    >>> shown_time(0.0421), shown_time(2.5), shown_time(83)
    ('42 ms', '2.50 s', '1 min 23 s')
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 or not seconds else f"{seconds * 1000:.1f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def counted(count: int, noun: str) -> str:
    """Write a number with its noun.

    >>> counted(1, "chunk"), counted(12_345, "character")
    ('1 chunk', '12,345 characters')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
