"""One reader for each iterator: a second task or thread that waits for the same iterator gets an error."""

from __future__ import annotations

import threading

from ..errors import ConfigurationError


class SecondReaderError(ConfigurationError, RuntimeError):
    """Two tasks, or two threads, wait for the next element of one iterator, which can wake only one of them."""

    def __init__(self) -> None:
        super().__init__(
            "Another task or thread is waiting for the next element of this iterator: give each its own loop over the "
            "stream, which reads everything and pays nothing."
        )

    def __reduce__(self) -> tuple[type[SecondReaderError], tuple[()]]:
        return type(self), ()


class OneThread:
    """A lock that raises instead of waiting when another thread is inside; used with ``with``.

    >>> turn = OneThread()
    >>> with turn, turn:
    ...     pass
    Traceback (most recent call last):
        ...
    streamkit._flow._one_reader.SecondReaderError: Another task or thread is waiting for the next element ...
    """

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise SecondReaderError

    def __exit__(self, *_: object) -> None:
        self._lock.release()
