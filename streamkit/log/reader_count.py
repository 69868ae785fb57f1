"""The count of a source's readers: whether the last one has left, and how long the source goes on then."""

from __future__ import annotations

from ..forks import new_lock


class ReaderCount:
    """The number of readers of a source, and the seconds that the source goes on without any.

    >>> readers = ReaderCount()
    >>> readers.join(linger_seconds=2.5)
    >>> readers.leave(), readers.linger_seconds
    (1, 2.5)
    """

    __slots__ = ("_joins", "_lock", "count", "linger_seconds")

    def __init__(self) -> None:
        self.count = 0
        self.linger_seconds = 0.0
        """Seconds that the source goes on without readers: the longest time that any reader has set."""
        self._joins = 0
        self._lock = new_lock()

    def join(self, linger_seconds: float = 0.0) -> None:
        """Count one more reader.

        Args:
            linger_seconds: Seconds that the source goes on without readers.
        """
        with self._lock:
            self.count += 1
            self._joins += 1
            self.linger_seconds = max(self.linger_seconds, linger_seconds)

    def leave(self) -> int | None:
        """Count one reader less; after the last one, return the number of all readers so far, else None."""
        with self._lock:
            self.count -= 1
            return None if self.count else self._joins

    def is_empty_since(self, joins: int) -> bool:
        """Whether there are no readers, and none has joined since a ``leave``.

        Args:
            joins: The number of readers that the ``leave`` has returned.
        """
        with self._lock:
            return not self.count and self._joins == joins
