"""The log in memory, where a reader starts, and the count of all readers."""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic

from typing_extensions import TypeVar

from ..chunk import Chunk
from ..errors import LimitExceeded, StreamGap
from ..runtime import Latch
from ..settings import CAPS, Caps, Keep
from ..subscription import After, Late, Tail
from ..text.joining import is_delta
from .live_readers import LiveReaders, lock, raised_by
from .log import End, Live, Reader

T = TypeVar("T", default=Chunk)

_POSITION = attrgetter("position")

_TRIM = 256  # a log that keeps fewer chunks than this drops them one by one


@dataclass(frozen=True, slots=True)
class StartPosition(Generic[T]):
    """Where a reader starts: the position in the log, and the chunks to deliver in place of all before it."""

    position: int = 0
    before: Sequence[T] = ()


class MemoryLog(Generic[T]):
    """The log in memory.

    With ``keep=n`` the log holds the last n chunks, and also all chunks that the pump has read ahead of its fastest
    reader.

    Args:
        keep: ``"all"``, up to a cap in bytes and chunks, or the number of the last chunks to keep.
        caps: The caps in bytes and chunks, and the number of chunks that a pump reads ahead.

    >>> log = MemoryLog()
    >>> log.append([Chunk(content="Io")], size=2, at=0.0)
    >>> log.read(0, 10)
    [Chunk(content='Io')]
    """

    def __init__(self, keep: Keep = "all", *, caps: Caps = CAPS) -> None:
        self.end: End | None = None
        self.paused: Callable[[], None] | None = None
        """A function that is called when a reader has read on; set by a pump that waits for its readers."""
        self.push_readers = 0
        """The number of readers that take chunks as they arrive, for whom the pump never waits."""
        self._keep: Keep = keep
        self._caps = caps
        self._chunks: list[T] = []
        self._first = 0
        self._skippable_from = 0  # behind the last forgotten chunk that no reader may skip
        self._size = 0
        self._starts = array("q")
        self._times = array("d")
        self._live: LiveReaders[T] = LiveReaders()
        self._readers: dict[Reader, None] = {}  # in the order in which they came
        self.ended = Latch()

    def successor(self) -> MemoryLog[T]:
        """Return an empty log that takes the place of this one, for those who wait for its end; nobody has read it."""
        fresh = MemoryLog[T](self._keep, caps=self._caps)
        fresh.push_readers, fresh.ended = self.push_readers, self.ended
        return fresh

    @property
    def length(self) -> int:
        """The number of chunks that have been appended."""
        if self._keep == "all":
            return len(self._chunks)
        with lock:
            return self._first + len(self._chunks)

    def append(self, batch: list[T], *, size: int, at: float) -> None:
        """Append chunks that arrived together, and deliver them to every reader that is up to date.

        Raises:
            LimitExceeded: With ``keep="all"`` a cap is passed; nothing was appended.
        """
        if self._keep == "all":
            self._size += size
            if self._size > self._caps.log or len(self._chunks) + len(batch) > self._caps.chunks:
                raise LimitExceeded(
                    f"The log is full: {self.length} chunks, {self._size} bytes. keep=n keeps the last n chunks only."
                )
        self._starts.append(self._first + len(self._chunks))
        self._times.append(at)
        self._chunks += batch
        if self._live.indices:
            self._live.push(batch)
        if self._readers:
            for reader in tuple(self._readers):  # who comes and goes meanwhile changes the dict
                reader.wake()
        if self._keep != "all":
            self._forget_beyond(max(self._keep, min(self.behind(), self._caps.ahead + len(batch))))

    def close(self, end: End) -> None:
        """Append and deliver the end; a second end is ignored.

        Raises:
            BaseException: The first exception of a subscriber that nobody has handled, after all have the end.
        """
        with lock:
            if self.end is not None:
                return
            self.end = end
            live = self._live.clear()
        unhandled = list[BaseException]()
        for cursor in live:
            unhandled += raised_by(cursor.finish)
        for reader in tuple(self._readers):
            unhandled += raised_by(reader.wake)
        self.ended.set()
        if unhandled:
            raise unhandled[0]

    def leave_to_parent(self, end: End) -> None:
        """End the log in a forked child; the readers from before the fork stay in the parent."""
        self._live, self._readers = LiveReaders(), {}
        self.ended = Latch()
        self.ended.set()
        self.end = self.end or end

    def read(self, position: int, limit: int) -> list[T]:
        """Return up to ``limit`` chunks from a position on.

        Raises:
            StreamGap: The chunks are no longer kept.
        """
        if self._keep == "all":
            return self._chunks[position : position + limit]
        with lock:  # another thread may be forgetting
            if position < self._first:
                raise self._gap(position)
            start = position - self._first
            return self._chunks[start : start + limit]

    def start(self, late: Late, fold: Callable[[int], Sequence[T]]) -> StartPosition[T]:
        """Compute the start position of a reader; ``fold`` merges all chunks up to a position into few.

        For ``late="fold"`` this is called on the loop where the log is written.
        """
        if late == "replay":
            return StartPosition()
        if isinstance(late, After):
            return StartPosition(late.known)
        position = self.length
        if late == "live":
            return StartPosition(position)
        if isinstance(late, Tail):
            return StartPosition(max(self._first, position - late.count))
        return StartPosition(position, fold(position))

    @property
    def first(self) -> int:
        """The position of the first chunk that is kept."""
        return self._first

    def skip_to(self, position: int) -> int:
        """Return the first kept position for a reader that may skip text deltas.

        Raises:
            StreamGap: A chunk that must not be skipped is lost: a part of a tool call, a finish reason, usage.
        """
        with lock:
            if position < self._skippable_from:
                raise self._gap(position)
            return max(position, self._first)

    def _gap(self, position: int) -> StreamGap:
        return StreamGap(f"Chunks {position} to {self._first - 1} are no longer kept: the log keeps {self._keep}.")

    def arrived(self, position: int) -> float:
        """Return the time when a chunk arrived, in seconds of the loop's clock."""
        with lock:
            return self._times[max(0, bisect.bisect_right(self._starts, position) - 1)]

    def arrivals(self) -> list[tuple[int, float]]:
        """Return the position of the first chunk of each batch, and the time when the batch arrived."""
        with lock:
            return list(zip(self._starts, self._times, strict=True))

    def readers(self) -> list[tuple[Reader | Live, int]]:
        """Return the readers that are there now, each with its position."""
        with lock:
            length = self._first + len(self._chunks)
            behind = [(each, each.position) for each in self._readers]
            return [*behind, *((each, length) for each in self._live.indices)]

    def count_at(self, time: float) -> int:
        """Return the number of chunks that had arrived at a time, in seconds of the loop's clock."""
        with lock:
            batches = bisect.bisect_right(self._times, time)
            return self._starts[batches] if batches < len(self._starts) else self._first + len(self._chunks)

    def behind(self) -> int:
        """Return the number of chunks that the fastest pulling reader has not read; 0 if there are push readers."""
        if self.push_readers or not self._readers:
            return 0
        return self.length - max(map(_POSITION, tuple(self._readers)), default=self.length)

    def add_reader(self, reader: Reader) -> None:
        """Wake this reader from now on when there are more chunks."""
        with lock:
            self._readers[reader] = None

    def remove_reader(self, reader: Reader) -> None:
        """Wake this reader no more."""
        with lock:
            self._readers.pop(reader, None)

    def go_live(self, cursor: Live, on_next: Callable[[T], None]) -> bool:
        """Call an up-to-date cursor directly from now on; return False for one that lags, or if the log has ended."""
        with lock:
            if self.end is not None or cursor.position < self.length:
                return False
            self._live.add(cursor, on_next)
            return True

    def leave_live(self, cursor: Live) -> None:
        """Call a cursor directly no more."""
        with lock:
            self._live.remove(cursor)

    def count_push(self, change: int) -> None:
        """Change the number of readers for whom the pump never waits."""
        with lock:
            self.push_readers += change
        if self.paused is not None:
            self.paused()

    def _forget_beyond(self, keep: int) -> None:
        """Forget all chunks but the last ``keep``.

        Chunks are forgotten seldom and in bulk: one by one would move the whole list for every chunk.
        """
        over = len(self._chunks) - keep
        if over <= 0 or (over <= keep and keep >= _TRIM):
            return
        with lock:
            for at, chunk in enumerate(self._chunks[:over], self._first + 1):
                if not is_delta(chunk):
                    self._skippable_from = at
            forgotten = self._chunks
            # In one step: a thread that forks between two would leave its child a log that is out of place.
            self._chunks, self._first = forgotten[over:], self._first + over
            batches = bisect.bisect_right(self._starts, self._first) - 1
            if batches > _TRIM:
                del self._starts[:batches], self._times[:batches]


class ReaderCount:
    """The number of readers of a source with a log, and the seconds that the source goes on without any.

    >>> readers = ReaderCount()
    >>> readers.join(linger_seconds=2.5)
    >>> readers.leave(), readers.linger_seconds
    (1, 2.5)
    """

    __slots__ = ("_joins", "count", "linger_seconds")

    def __init__(self) -> None:
        self.count = 0
        self.linger_seconds = 0.0
        """Seconds that the source goes on without readers: the longest time that any reader has set."""
        self._joins = 0

    def join(self, linger_seconds: float = 0.0) -> None:
        """Count one more reader.

        Args:
            linger_seconds: Seconds that the source goes on without readers.
        """
        with lock:
            self.count += 1
            self._joins += 1
            self.linger_seconds = max(self.linger_seconds, linger_seconds)

    def leave(self) -> int | None:
        """Count one reader less; after the last one, return the number of all readers so far, else None."""
        with lock:
            self.count -= 1
            return None if self.count else self._joins

    def is_empty_since(self, joins: int) -> bool:
        """Whether there are no readers, and none has joined since a ``leave``.

        Args:
            joins: The number of readers that the ``leave`` has returned.
        """
        with lock:
            return not self.count and self._joins == joins
