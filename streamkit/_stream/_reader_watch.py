"""A record of how far the readers of a call are behind, for pictures; nothing is recorded unless one is made."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..log import MemoryLog
from ..runtime import after, call_soon

_EVERY = 0.01  # seconds between two looks at the readers

_READERS = 64  # whose lag is recorded

_POINTS = 1_000  # of one reader; then every other one is dropped


class Watched(Protocol):
    """The part of a call that is watched."""

    loop: asyncio.AbstractEventLoop
    log: MemoryLog
    began_at: float

    @property
    def running(self) -> bool:
        """Whether the call is not closed yet."""
        ...


@dataclass(slots=True)
class ReaderTrace:
    """What is known of one reader; times are seconds since the call's start, at most 10 ms late.

    Args:
        pulls: True for a loop, False for a subscriber whose callbacks are called.
        began: The time when the reader was seen first.
        ended: The time when the reader was seen no more; None while it reads.
        lags: The number of chunks that the reader was behind, from each time on.
    """

    pulls: bool
    began: float
    ended: float | None = None
    lags: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])

    def shifted(self, seconds: float) -> ReaderTrace:
        """Return the same trace with later times."""
        ended = None if self.ended is None else self.ended + seconds
        return ReaderTrace(self.pulls, self.began + seconds, ended, [(at + seconds, lag) for at, lag in self.lags])

    def note(self, at: float, lag: int) -> None:
        """Note the lag of a time, if it has changed."""
        if not self.lags or self.lags[-1][1] != lag:
            self.lags.append((at, lag))
        if len(self.lags) > _POINTS:
            self.lags = self.lags[::2]


class ReaderWatch:
    """The readers of one call, looked at every 10 ms."""

    def __init__(self) -> None:
        self.since: float | None = None
        """Seconds from the call's start to the first look; None if the call has not begun."""
        self._readers: list[ReaderTrace] = []
        self.left_out = 0
        """The number of readers beyond those."""
        self._present: dict[Any, ReaderTrace | None] = {}
        self._last = 0.0  # the time of the last look
        self._call: Watched | None = None

    @property
    def readers(self) -> list[ReaderTrace]:
        """The readers in the order in which they were seen, at most 64."""
        if self._call is not None:
            # Their loop may have ended before they were seen to leave.
            self._end_all_but(dict(self._call.log.readers()), self._last)
        return self._readers

    def follow(self, call: Watched) -> None:
        """Look at the readers of a call until it is closed and they have left; callable from any thread."""
        if self._call is not call and not call.loop.is_closed():
            self._call, self.since, self._readers, self._present, self.left_out = call, None, [], {}, 0
            call_soon(call.loop, lambda: self._tick(call))

    def _tick(self, call: Watched) -> None:
        if self._call is not call:
            return
        now = call.loop.time() - call.began_at
        self.since, self._last = now if self.since is None else self.since, now
        length, there = call.log.length, dict(call.log.readers())
        for reader, position in there.items():
            found = self._present[reader] if reader in self._present else self._add(reader, now)
            if found is not None:
                found.note(now, max(0, length - position))
        self._end_all_but(there, now)
        if there or call.running:
            after(call.loop, _EVERY, lambda: self._tick(call))

    def _end_all_but(self, there: Mapping[Any, int], now: float) -> None:
        for reader in self._present.keys() - there.keys():
            if (found := self._present.pop(reader, None)) is not None:
                found.ended = now

    def _add(self, reader: object, now: float) -> ReaderTrace | None:
        """Begin the record of a reader, unless there are too many."""
        made = None
        if len(self._readers) < _READERS:
            made = ReaderTrace(bool(getattr(reader, "pulls", True)), now)
            self._readers.append(made)
        else:
            self.left_out += 1
        self._present[reader] = made
        return made
