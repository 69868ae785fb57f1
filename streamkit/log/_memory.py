"""The interface of a log, and the log in memory."""

from __future__ import annotations

import bisect
import threading
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..chunk import Chunk
from ..errors import LimitExceeded, StreamError, StreamGap
from ..runtime import Signal
from ..settings import CAPS, Keep

_TRIM = 256  # a log that keeps fewer chunks than this drops them one by one


@dataclass(frozen=True, slots=True)
class End:
    """How a log ended: completely, or with an error."""

    error: StreamError | None = None


class Reader(Protocol):
    """Somebody who reads the log at a position of their own and is told when there is more."""

    position: int

    def wake(self) -> None:
        """There is more to read, or the end has come."""
        ...


class Live(Protocol):
    """A subscriber that is called directly while it is up to date."""

    position: int
    on_next: Callable[[Chunk], None]

    def fail(self, error: Exception) -> None:
        """End with an error of this subscriber's own."""
        ...

    def finish(self) -> None:
        """Deliver the log's end."""
        ...


class Log(Protocol):
    """A call's chunks in order, and its end; what a store for other processes implements too."""

    end: End | None

    @property
    def length(self) -> int:
        """How many chunks have been appended."""
        ...

    def append(self, batch: list[Chunk], *, size: int, at: float) -> None:
        """Add chunks that arrived together.

        Args:
            batch: The chunks.
            size: Bytes that they came in.
            at: Seconds on the call's clock.
        """
        ...

    def close(self, end: End) -> None:
        """Add the end; nothing comes after it."""
        ...

    def read(self, position: int, limit: int) -> list[Chunk]:
        """Return up to ``limit`` chunks from a position on."""
        ...

    def arrived(self, position: int) -> float:
        """When a chunk arrived, in seconds on the call's clock."""
        ...


class MemoryLog:
    """The log in memory.

    Args:
        keep: ``"all"``, up to a cap in bytes and chunks, or how many of the last chunks to keep.

    >>> log = MemoryLog()
    >>> log.append([Chunk(content="Io")], size=2, at=0.0)
    >>> log.read(0, 10)
    [Chunk(content='Io')]
    """

    def __init__(self, keep: Keep = "all") -> None:
        self.end: End | None = None
        self.paused: Callable[[], None] | None = None
        """Set by a pump that waits for its readers: called when one of them has read on."""
        self.push_readers = 0
        """How many readers take chunks as they come and never hold the pump back."""
        self._keep: Keep = keep
        self._chunks: list[Chunk] = []
        self._first = 0
        self._size = 0
        self._starts = array("q")
        self._times = array("d")
        self._live: tuple[Callable[[Chunk], None], ...] = ()
        self._cursors: dict[Callable[[Chunk], None], Live] = {}
        self._readers: tuple[Reader, ...] = ()
        self.ended = Signal()
        self._lock = threading.RLock()

    @property
    def length(self) -> int:
        """How many chunks have been appended."""
        return self._first + len(self._chunks)

    def append(self, batch: list[Chunk], *, size: int, at: float) -> None:
        """Add chunks that arrived together, and deliver them to every reader that is up to date.

        Raises:
            LimitExceeded: ``keep="all"`` and the cap is reached; nothing was added.
        """
        if self._keep == "all":
            self._size += size
            if self._size > CAPS.log or len(self._chunks) + len(batch) > CAPS.chunks:
                raise LimitExceeded(
                    f"The log is full: {self.length} chunks, {self._size} bytes. keep=n keeps the last n chunks only."
                )
        self._starts.append(self._first + len(self._chunks))
        self._times.append(at)
        self._chunks += batch
        if self._live:
            self._push(batch)
        for reader in self._readers:
            reader.wake()
        if self._keep != "all":
            self._forget_beyond(self._keep)

    def close(self, end: End) -> None:
        """Add the end and deliver it; a second one is ignored."""
        with self._lock:
            if self.end is not None:
                return
            self.end = end
            live, self._live = [self._cursors[on_next] for on_next in self._live], ()
        for cursor in live:
            cursor.finish()
        for reader in self._readers:
            reader.wake()
        self.ended.set()

    def leave_to_parent(self, end: End) -> None:
        """End it in a forked child, where no lock can be trusted: whoever held one has stayed behind."""
        self._lock = threading.RLock()
        self._live = self._readers = ()
        self.ended = Signal()
        self.ended.set()
        self.end = end

    def read(self, position: int, limit: int) -> list[Chunk]:
        """Return up to ``limit`` chunks from a position on.

        Raises:
            StreamGap: They are no longer kept.
        """
        start = position - self._first
        if start < 0:
            raise StreamGap(f"Chunks {position} to {self._first - 1} are no longer kept: the log keeps {self._keep}.")
        return self._chunks[start : start + limit]

    def arrived(self, position: int) -> float:
        """When a chunk arrived, in seconds on the call's clock."""
        return self._times[max(0, bisect.bisect_right(self._starts, position) - 1)]

    def behind(self) -> int:
        """How many chunks the fastest pulling reader has not read; 0 while anybody else listens."""
        if self.push_readers or not self._readers:
            return 0
        return self.length - max(reader.position for reader in self._readers)

    def add_reader(self, reader: Reader) -> None:
        """Tell a reader from now on when there is more."""
        with self._lock:
            self._readers = (*self._readers, reader)

    def remove_reader(self, reader: Reader) -> None:
        """Tell it no more."""
        with self._lock:
            self._readers = tuple(each for each in self._readers if each is not reader)

    def go_live(self, cursor: Live) -> bool:
        """Take a cursor that is up to date into the direct path; False if the end has come meanwhile."""
        with self._lock:
            if self.end is not None or cursor.position < self.length:
                return False
            self._cursors[cursor.on_next] = cursor
            self._live = (*self._live, cursor.on_next)
            return True

    def leave_live(self, cursor: Live) -> None:
        """Take a cursor out of the direct path."""
        with self._lock:
            if self._cursors.pop(cursor.on_next, None) is not None:
                self._live = tuple(each for each in self._live if each is not cursor.on_next)

    def count_push(self, change: int) -> None:
        """Note that readers who never hold the pump back have come or gone."""
        with self._lock:
            self.push_readers += change
        if self.paused is not None:
            self.paused()

    def _push(self, batch: list[Chunk]) -> None:
        """Call the subscribers that are up to date; one that raises is told so and the others go on."""
        for chunk in batch:
            calls = iter(self._live)
            on_next = _nobody
            while True:
                try:
                    for on_next in calls:
                        on_next(chunk)
                    break
                except Exception as error:
                    self._raised(on_next, error)

    def _raised(self, on_next: Callable[[Chunk], None], error: Exception) -> None:
        cursor = self._cursors.get(on_next)
        if cursor is not None:
            cursor.fail(error)

    def _forget_beyond(self, keep: int) -> None:
        # Cut seldom and in bulk: one by one would move the whole list for every chunk.
        over = len(self._chunks) - keep
        if over > keep or (over > 0 and keep < _TRIM):
            del self._chunks[:over]
            self._first += over


def _nobody(chunk: Chunk) -> None:
    """Stand for a subscriber before the first one is called."""
