"""A latch that is set once from any thread, and coroutines that run to their end despite a cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from ..forks import new_lock
from .loops import asyncio_loop, call_soon


class Latch:
    """An event that is set once, and that any task on any loop can wait for."""

    __slots__ = ("_lock", "_waiters", "happened")

    def __init__(self) -> None:
        self.happened = False
        self._lock = new_lock()
        self._waiters: list[Callable[[], None]] = []

    def set(self) -> None:
        """Set the latch and wake all waiters; callable from any thread."""
        with self._lock:
            self.happened = True
            waiters, self._waiters = self._waiters, []
        for wake in waiters:
            wake()

    async def wait(self) -> None:
        """Wait until the latch is set.

        Raises:
            ConfigurationError: No asyncio loop runs here.
        """
        loop = asyncio_loop()
        woken: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            call_soon(loop, lambda: None if woken.done() else woken.set_result(None))

        with self._lock:
            if self.happened:
                return
            self._waiters.append(wake)
        try:
            await woken
        finally:
            with self._lock:
                if wake in self._waiters:
                    self._waiters.remove(wake)


async def shielded(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to the end, even if the caller is cancelled meanwhile; then raise the cancellation."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:
            break
    if cancelled is not None:
        raise cancelled
    task.result()
