"""Many pieces of work at once: what each has to tell as it comes, in order at the same moment, and none left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

from ..runtime import shielded

T = TypeVar("T")

Work: TypeAlias = Callable[[Callable[[T], None]], Coroutine[Any, Any, None]]

# A loop holds its tasks weakly: one that waits for nothing the loop knows would be collected.
_running: set[asyncio.Task[None]] = set()


class TaskPool(Generic[T]):
    """Work that runs beside each other and is ended together; used with ``async with``, on one loop.

    Each piece tells something once it is decided, and may go on after that: to close what it has open.

    >>> async def double(number: int, tell: Callable[[int], None]) -> None:
    ...     tell(2 * number)
    >>> async def main() -> list[int]:
    ...     async with TaskPool[int]() as crowd:
    ...         for number in (3, 1, 2):
    ...             crowd.start(number, partial(double, number))
    ...         return await crowd.some()
    >>> asyncio.run(main())
    [2, 4, 6]
    """

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], int] = {}
        self._undecided: set[int] = set()
        self._told: list[tuple[int, T]] = []
        self._raised: list[tuple[int, BaseException]] = []
        self._changed = asyncio.Event()
        self._dropped: set[int] = set()
        self._over = False

    def __len__(self) -> int:
        """How many run."""
        return len(self._tasks)

    @property
    def undecided(self) -> int:
        """How many of them have told nothing yet."""
        return len(self._undecided)

    def start(self, index: int, work: Work[T]) -> None:
        """Start a piece of work.

        Args:
            index: Its place among those that tell something at the same moment.
            work: What to run; it is given what it tells by.
        """
        task = asyncio.ensure_future(work(partial(self._tell, index)))
        self._tasks[task] = index
        self._undecided.add(index)
        _running.add(task)
        task.add_done_callback(self._ended)

    async def some(self, *, within: float | None = None) -> list[T]:
        """Wait until something is told, or a piece of work has ended; return all that was told by then, in order.

        Args:
            within: Seconds after which nothing is returned.

        Raises:
            BaseException: What a piece of work has raised; the first one's, by index.
        """
        if not (self._told or self._raised):
            await self.turn(within=within)
        if self._told:
            await asyncio.sleep(0)  # what is told in the same turn of the loop has come at the same moment
        self._raise()
        told, self._told = sorted(self._told, key=lambda each: each[0]), []
        return [each for _, each in told]

    async def turn(self, *, within: float | None = None) -> None:
        """Wait until something is told, or a piece of work has ended."""
        changed = self._changed
        if within is None:
            await changed.wait()
            return
        try:
            async with asyncio.timeout(within):
                await changed.wait()
        except TimeoutError:
            pass

    async def narrow(self, keep: Collection[int], *, within: float | None = None) -> None:
        """Cancel all but some, and wait until those have ended.

        Args:
            keep: The indices of those that are to end by themselves.
            within: Seconds that this may take.
        """
        kept = {task for task, index in self._tasks.items() if index in keep}
        self._dropped.update(index for index in self._tasks.values() if index not in keep)
        for task in self._tasks.keys() - kept:
            task.cancel()
        if kept:
            await asyncio.wait(kept, timeout=within)

    async def leave(self) -> None:
        """Cancel everything, and wait until it has been told, not until it has ended: the caller is free.

        Raises:
            BaseException: What a piece of work has raised after it was decided.
        """
        self._dropped |= self._undecided
        for task in self._tasks:
            task.cancel()
        await asyncio.sleep(0)  # they have taken note of it then
        self._over = True
        self._raise()

    async def gone(self) -> None:
        """Wait until everything has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def __aenter__(self) -> TaskPool[T]:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            for task in self._tasks:
                task.cancel()
            await shielded(self.gone())

    def _tell(self, index: int, told: T) -> None:
        self._undecided.discard(index)
        self._told.append((index, told))
        self._change()

    def _ended(self, task: asyncio.Task[None]) -> None:
        _running.discard(task)
        index = self._tasks.pop(task)
        self._undecided.discard(index)
        error = _error_of(task)
        if error is not None and (self._over or index in self._dropped):
            message = "A piece of work has failed after it was no longer wanted."
            task.get_loop().call_exception_handler({"message": message, "exception": error, "task": task})
        elif error is not None:
            self._raised.append((index, error))
        self._change()

    def _change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _raise(self) -> None:
        if self._raised:
            raise min(self._raised, key=lambda each: each[0])[1]


def _error_of(task: asyncio.Task[None]) -> BaseException | None:
    if not task.cancelled():
        return task.exception()
    return None if task.cancelling() else RuntimeError("A piece of work was cancelled from inside.")
