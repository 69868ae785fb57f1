"""Something that happens once, and work that no cancellation may tear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from ..forks import new_lock
from .loops import asyncio_loop, call_soon


class Latch:
    """Something that happens once, for anybody on any loop or thread to wait for."""

    __slots__ = ("_lock", "_waiters", "happened")

    def __init__(self) -> None:
        self.happened = False
        self._lock = new_lock()
        self._waiters: list[Callable[[], None]] = []

    def set(self) -> None:
        """Let it have happened."""
        with self._lock:
            self.happened = True
            waiters, self._waiters = self._waiters, []
        for wake in waiters:
            wake()

    async def wait(self) -> None:
        """Wait until it has happened.

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
    """Run a coroutine to its end, whatever cancels the caller meanwhile; then let the cancellation through."""
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
