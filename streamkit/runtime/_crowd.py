"""Many pieces of work at once: each result as it comes, those of the same moment in order, and none left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from ._signal import shielded

T = TypeVar("T")
_BRIEFLY = 0.005  # seconds that leaving waits for what it has cancelled


class Crowd(Generic[T]):
    """Work that runs beside each other and is ended together; used with ``async with``, on one loop.

    Leaving cancels what still runs and waits briefly for it; ``gone`` waits for all of it.

    >>> async def double(number: int) -> int:
    ...     return 2 * number
    >>> async def main() -> list[tuple[int, int]]:
    ...     async with Crowd[int]() as crowd:
    ...         for number in (3, 1, 2):
    ...             crowd.start(number, double(number))
    ...         return await crowd.some()
    >>> asyncio.run(main())
    [(1, 2), (2, 4), (3, 6)]
    """

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[T], int] = {}

    def __len__(self) -> int:
        return len(self._running)

    def start(self, index: int, work: Coroutine[Any, Any, T]) -> None:
        """Start a piece of work.

        Args:
            index: Its place among those that end at the same moment.
            work: What to run.
        """
        self._running[asyncio.ensure_future(work)] = index

    async def some(self, *, within: float | None = None) -> list[tuple[int, T]]:
        """Wait for the next to end; return all that have ended by then, by their index.

        Args:
            within: Seconds after which nothing is returned.

        Raises:
            BaseException: What a piece of work has raised; the first one's, by index.
        """
        await asyncio.wait(self._running, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0)  # those that end in the same turn of the loop have come at the same moment
        done = sorted(((index, task) for task, index in self._running.items() if task.done()), key=lambda each: each[0])
        for _, task in done:
            del self._running[task]
        return [(index, task.result()) for index, task in done]

    async def gone(self) -> None:
        """Wait until all that was cancelled has ended."""
        while self._running:
            await asyncio.wait(self._running)
            self._forget()

    async def __aenter__(self) -> Crowd[T]:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for task in self._running:
            task.cancel()
        if self._running and kind is None:
            await asyncio.wait(self._running, timeout=_BRIEFLY)
            self._forget()
        elif self._running:
            await shielded(self.gone())

    def _forget(self) -> None:
        for task in [task for task in self._running if task.done()]:
            del self._running[task]
            if not task.cancelled():
                task.exception()  # it came too late to matter
