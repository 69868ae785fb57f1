"""Something that happens once, and work that no cancellation may tear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from ..forks import new_lock
from .loops import asyncio_loop, call_soon


class Signal:
    """Something that happens once, for anybody on any loop or thread to wait for."""

    __slots__ = ("_lock", "_waiting", "happened")

    def __init__(self) -> None:
        self.happened = False
        self._lock = new_lock()
        self._waiting: list[Callable[[], None]] = []

    def set(self) -> None:
        """Let it have happened."""
        with self._lock:
            self.happened = True
            waiting, self._waiting = self._waiting, []
        for tell in waiting:
            tell()

    async def wait(self) -> None:
        """Wait until it has happened.

        Raises:
            ConfigurationError: No asyncio loop runs here.
        """
        loop = asyncio_loop()
        told: asyncio.Future[None] = loop.create_future()

        def tell() -> None:
            call_soon(loop, lambda: None if told.done() else told.set_result(None))

        with self._lock:
            if self.happened:
                return
            self._waiting.append(tell)
        try:
            await told
        finally:
            with self._lock:
                if tell in self._waiting:
                    self._waiting.remove(tell)


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
