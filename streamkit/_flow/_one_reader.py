"""One reader to an iterator: what a second one gets who asks while the first still waits."""

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
    """Lets one thread in at a time; used with ``with``, and never waits.

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
