"""The readers of one source, counted: whether its last one has left, and how long it goes on then."""

from __future__ import annotations

from ..forks import new_lock


class ReaderCount:
    """How many readers a source has, and how long it goes on without any.

    >>> readers = ReaderCount()
    >>> readers.join(linger_seconds=2.5)
    >>> readers.leave(), readers.linger_seconds
    (1, 2.5)
    """

    __slots__ = ("_joins", "_lock", "count", "linger_seconds")

    def __init__(self) -> None:
        self.count = 0
        self.linger_seconds = 0.0
        """How long the source goes on when nobody reads: the longest time that any reader has asked for."""
        self._joins = 0
        self._lock = new_lock()

    def join(self, linger_seconds: float = 0.0) -> None:
        """Count one more reader.

        Args:
            linger_seconds: How long it wants the source to go on when nobody reads any more.
        """
        with self._lock:
            self.count += 1
            self._joins += 1
            self.linger_seconds = max(self.linger_seconds, linger_seconds)

    def leave(self) -> int | None:
        """Count one reader less; if it was the last, return how many have ever come."""
        with self._lock:
            self.count -= 1
            return None if self.count else self._joins

    def is_empty_since(self, joins: int) -> bool:
        """Whether nobody reads, and nobody has come since so many had.

        Args:
            joins: The number that ``leave`` has returned.
        """
        with self._lock:
            return not self.count and self._joins == joins
