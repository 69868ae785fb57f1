"""The writer: one thread at a time writes what recordings have gathered, so that no event loop waits for a disk."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable

from ..forks import leave_in_child, new_lock
from ..runtime.workers import last_resort_pool

_MEMORY = 64 * 2**20  # bytes that all recordings of a process may hold in memory

_GATHER = 0.1  # seconds in which reads are gathered: a thread that woke for each one would compete with the loop


class Writer:
    """Runs the work of recordings, in order, in a thread that lives while there is work; and counts their memory.

    Args:
        memory: Bytes that all recordings together may hold.
    """

    def __init__(self, *, memory: int = _MEMORY) -> None:
        self._memory = memory
        self._lock = new_lock()
        self._queue = deque[Callable[[], None]]()
        self._running = False
        self._hurry = threading.Event()
        self._pool = last_resort_pool("streamkit-recorder")
        self.held = 0
        """Bytes that recordings hold at the moment."""

    def leave_to_parent(self) -> None:
        """Begin anew in a forked child: the files and the thread are the parent's."""
        self.__init__(memory=self._memory)

    def reserve(self, size: int) -> bool:
        """Reserve memory for a recording; return False if there is not so much left."""
        with self._lock:
            if self.held + size > self._memory:
                return False
            self.held += size
            return True

    def release(self, size: int) -> None:
        """Give reserved memory back."""
        with self._lock:
            self.held = max(0, self.held - size)

    def put(self, work: Callable[[], None]) -> None:
        """Have the thread run some work behind all that was put before; callable from any thread, returns at once.

        Args:
            work: A function that raises nothing.
        """
        self._queue.append(work)
        with self._lock:
            if self._running:
                return
            self._running = True
        self._pool.submit(self._run)

    def _run(self) -> None:
        if threading.main_thread().is_alive():  # else the pool runs this in the caller's thread, and the program ends
            self._hurry.wait(_GATHER)
        self._hurry.clear()
        while True:
            with contextlib.suppress(IndexError):
                while True:
                    self._queue.popleft()()
            with self._lock:
                if not self._queue:
                    self._running = False
                    return

    def flush(self) -> None:
        """Block until everything that was put before is written."""
        with self._lock:
            if not self._running and not self._queue:
                return
        done = threading.Event()
        self.put(done.set)
        self._hurry.set()
        done.wait()


WRITER = Writer()

leave_in_child(WRITER)
