"""The readers that are up to date, which the log calls directly: each comes and goes in the same time, however many."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from operator import length_hint
from typing import Generic

from typing_extensions import TypeVar

from ..forks import new_lock
from ..runtime import ENDS_PROGRAM
from .log import Live

V = TypeVar("V")

lock = new_lock()
"""For short changes of any log, and of the count of its readers; a lock of each log's own would have to be made."""


def _nobody(_: object) -> None:
    """Do nothing, in place of a subscriber that has left."""


class LiveReaders(Generic[V]):
    """The readers that are up to date, which the log calls directly.

    A reader that leaves is not called again, not even with the chunk that is being delivered; a new reader is called
    from the next batch on. The place of one that has left stays empty, and the empty places are closed up together:
    the lists are not copied for each reader that comes or goes.
    """

    __slots__ = ("_calls", "_cursors", "_empty", "_running", "indices")

    def __init__(self) -> None:
        self.indices: dict[Live, int] = {}
        """The index of each reader, in the order in which they came."""
        self._cursors: list[Live | None] = []
        self._calls: list[Callable[[V], None]] = []
        self._empty = 0
        self._running = 0  # batches being delivered: a subscriber may make its own source append again

    def add(self, cursor: Live, on_next: Callable[[V], None]) -> None:
        """Call a reader from the next batch on."""
        with lock:
            self.indices[cursor] = len(self._calls)
            self._cursors.append(cursor)
            self._calls.append(on_next)

    def remove(self, cursor: Live) -> None:
        """Call a reader no more."""
        with lock:
            at = self.indices.pop(cursor, None)
            if at is None:
                return
            self._calls[at] = _nobody
            self._empty += 1
            if self._running:
                return  # one that leaves and then raises is still asked for its error handler
            self._cursors[at] = None
            if self._empty * 2 > len(self._calls):
                self._close_up()

    def clear(self) -> tuple[Live, ...]:
        """Return all readers, for whom the log has ended, and keep none that is not being called just now."""
        with lock:
            cursors = tuple(self.indices)
            if not self._running:
                self.indices.clear()
                self._close_up()
        return cursors

    def push(self, batch: list[V]) -> None:
        """Call every reader with each chunk in turn; a reader that raises ends with that error, and the others go on.

        Raises:
            BaseException: The first exception that a reader's own error handler has not taken, after the batch.
        """
        with lock:
            self._running += 1
            count = len(self._calls)  # who comes later is called from the next batch on
            calls, cursors = self._calls, self._cursors
        unhandled: list[BaseException] = []
        try:
            for chunk in batch:
                called, rest = 0, iter(calls)
                while called < count:
                    try:
                        for on_next in islice(rest, count - called):
                            on_next(chunk)
                        break
                    except ENDS_PROGRAM:
                        raise
                    except BaseException as error:
                        called = len(calls) - length_hint(rest)
                        cursor = cursors[called - 1]
                        assert cursor is not None
                        unhandled += raised_by(cursor.fail, error)
        finally:
            with lock:
                self._running -= 1
                if self._empty and not self._running:
                    self._close_up()
        if unhandled:
            raise unhandled[0]

    def _close_up(self) -> None:
        """Close up the empty places; new lists, since nobody reads the old ones."""
        self._calls = [self._calls[at] for at in self.indices.values()]
        self._cursors = list(self.indices)
        self.indices = {cursor: at for at, cursor in enumerate(self.indices)}
        self._empty = 0


def raised_by(call: Callable[..., object], *arguments: object) -> list[BaseException]:
    """Call a function and return the exception in a list, to be raised after the other readers had their turn."""
    try:
        call(*arguments)
    except BaseException as error:
        return [error]
    return []
