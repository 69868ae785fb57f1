"""The readers that are up to date: called one after the other, with nothing in between."""

from __future__ import annotations

from collections.abc import Callable
from operator import length_hint
from typing import Generic, NamedTuple, TypeVar

from ..runtime import ENDS_PROGRAM
from ._log import Live

T = TypeVar("T")


class _Round(NamedTuple, Generic[T]):
    """Who is called, in order; the place of one who has left is taken by nobody."""

    cursors: tuple[Live, ...]
    calls: list[Callable[[T], None]]

    def skip(self, cursor: Live) -> None:
        for at, each in enumerate(self.cursors):
            if each is cursor:
                self.calls[at] = _nobody


def _nobody(_: object) -> None:
    """Stand where somebody was."""


class LiveReaders(Generic[T]):
    """The readers that are up to date.

    Whoever leaves is not called again, not even with the chunk that is being delivered; whoever comes is
    called from the next batch on. Changes need the log's lock, calling does not.
    """

    def __init__(self) -> None:
        self._now: _Round[T] = _Round((), [])
        self._running: list[_Round[T]] = []  # a subscriber may make its own source append again

    def __len__(self) -> int:
        return len(self._now.cursors)

    def add(self, cursor: Live, on_next: Callable[[T], None]) -> None:
        """Call a reader from the next batch on."""
        self._now = _Round((*self._now.cursors, cursor), [*self._now.calls, on_next])

    def remove(self, cursor: Live) -> None:
        """Call it no more."""
        now = self._now
        for each in (now, *self._running):
            each.skip(cursor)
        kept = [at for at, each in enumerate(now.cursors) if each is not cursor]
        self._now = _Round(tuple(now.cursors[at] for at in kept), [now.calls[at] for at in kept])

    def clear(self) -> tuple[Live, ...]:
        """Call nobody any more; returns who was called."""
        cursors, self._now = self._now.cursors, _Round((), [])
        return cursors

    def push(self, batch: list[T]) -> None:
        """Call them with each chunk in turn; one that raises is told so and the others go on.

        Raises:
            BaseException: What nobody took of it, behind the batch.
        """
        now, untaken = self._now, list[BaseException]()
        self._running.append(now)
        try:
            for chunk in batch:
                calls = iter(now.calls)
                while True:
                    try:
                        for on_next in calls:
                            on_next(chunk)
                        break
                    except ENDS_PROGRAM:
                        raise
                    except BaseException as error:
                        cursor = now.cursors[len(now.calls) - length_hint(calls) - 1]
                        untaken += raised_by(cursor.fail, error)
        finally:
            self._running.pop()
        if untaken:
            raise untaken[0]


def raised_by(call: Callable[..., object], *arguments: object) -> list[BaseException]:
    """Call what others stand behind; return what it raised, to be raised when they have had their turn."""
    try:
        call(*arguments)
    except BaseException as error:
        return [error]
    return []
