"""Snapshots of a fold, one every 256 chunks, so that the Response of any earlier moment is near one of them."""

from __future__ import annotations

from collections.abc import Callable

from .chunk import Chunk
from .fold import Fold
from .forks import new_lock

_EVERY = 256  # chunks from one snapshot to the next


class Snapshots:
    """The folds of a log's first chunks, made when they are asked for.

    A snapshot shares its texts with the one before and joins those of 256 chunks into one fragment, so that all
    snapshots together hold each text once. Any thread may ask.

    Args:
        read: A function that returns the chunks from a position on, up to a number of them.
        every: Number of chunks from one snapshot to the next.

    >>> chunks = [Chunk(content=each) for each in ("Io", ", ", "Europa")]
    >>> Snapshots(lambda at, count: chunks[at : at + count]).fold_of(2).content
    'Io, '
    """

    __slots__ = ("_every", "_guard", "_kept", "_read")

    def __init__(self, read: Callable[[int, int], list[Chunk]], *, every: int = _EVERY) -> None:
        self._read = read
        self._every = every
        self._kept = [Fold()]
        self._guard = new_lock()

    def fold_of(self, count: int) -> Fold:
        """Return a fold of the first chunks.

        Args:
            count: The number of chunks; the log has as many.
        """
        with self._guard:
            while len(self._kept) <= count // self._every:
                last = self._kept[-1]
                self._kept.append(last.extended(self._read(last.count, self._every)))
            fold = self._kept[count // self._every].copy()
        fold.add(self._read(fold.count, count - fold.count))
        return fold
