"""TaskPool: runs coroutines side by side, collects one report from each, and leaves none behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

from ..runtime import shielded

T = TypeVar("T")

Work: TypeAlias = Callable[[Callable[[T], None]], Coroutine[Any, Any, None]]

# An event loop holds its tasks weakly, so that a waiting task might be garbage-collected without this set.
_running: set[asyncio.Task[None]] = set()


class TaskPool(Generic[T]):
    """A pool of tasks on one loop, used with ``async with``.

    Each task reports one result and may run on after that, to close its resources.

    >>> async def double(number: int, report: Callable[[int], None]) -> None:
    ...     report(2 * number)
    >>> async def main() -> list[int]:
    ...     async with TaskPool[int]() as pool:
    ...         for number in (3, 1, 2):
    ...             pool.start(number, partial(double, number))
    ...         return await pool.next_reports()
    >>> asyncio.run(main())
    [2, 4, 6]
    """

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], int] = {}
        self._undecided: set[int] = set()
        self._reports: list[tuple[int, T]] = []
        self._raised: list[tuple[int, BaseException]] = []
        self._changed = asyncio.Event()
        self._dropped: set[int] = set()
        self._over = False

    def __len__(self) -> int:
        """The number of running tasks."""
        return len(self._tasks)

    @property
    def undecided(self) -> int:
        """The number of running tasks without a report."""
        return len(self._undecided)

    def start(self, index: int, work: Work[T]) -> None:
        """Start a task."""
        task = asyncio.ensure_future(work(partial(self._report, index)))
        self._tasks[task] = index
        self._undecided.add(index)
        _running.add(task)
        task.add_done_callback(self._on_ended)

    async def next_reports(self, *, within: float | None = None) -> list[T]:
        """Wait until a task reports or ends; return all reports since the previous call, ordered by index.

        Args:
            within: Timeout in seconds, after which the list is empty.

        Raises:
            BaseException: Raised by a task; the first one's by index.
        """
        if not (self._reports or self._raised):
            await self.wait_for_change(within=within)
        if self._reports:
            await asyncio.sleep(0)  # reports of the same turn of the loop count as simultaneous
        self._raise()
        reports, self._reports = sorted(self._reports, key=lambda each: each[0]), []
        return [each for _, each in reports]

    async def wait_for_change(self, *, within: float | None = None) -> None:
        """Wait until a task reports or ends, or until the timeout in seconds."""
        changed = self._changed
        if within is None:
            await changed.wait()
            return
        try:
            async with asyncio.timeout(within):
                await changed.wait()
        except TimeoutError:
            pass

    async def cancel_except(self, keep: Collection[int], *, within: float | None = None) -> None:
        """Cancel all tasks except some, and wait until the others have ended.

        Args:
            keep: Indices of the tasks that run on.
            within: Timeout in seconds.
        """
        kept = {task for task, index in self._tasks.items() if index in keep}
        self._dropped.update(index for index in self._tasks.values() if index not in keep)
        for task in self._tasks.keys() - kept:
            task.cancel()
        if kept:
            await asyncio.wait(kept, timeout=within)

    async def cancel_all(self) -> None:
        """Cancel all tasks, and let them receive the cancellation without waiting for their end.

        Raises:
            BaseException: Raised by a task after its report.
        """
        self._dropped |= self._undecided
        for task in self._tasks:
            task.cancel()
        await asyncio.sleep(0)  # delivers the cancellation
        self._over = True
        self._raise()

    async def wait_ended(self) -> None:
        """Wait until all tasks have ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def __aenter__(self) -> TaskPool[T]:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            for task in self._tasks:
                task.cancel()
            await shielded(self.wait_ended())

    def _report(self, index: int, report: T) -> None:
        self._undecided.discard(index)
        self._reports.append((index, report))
        self._notify()

    def _on_ended(self, task: asyncio.Task[None]) -> None:
        _running.discard(task)
        index = self._tasks.pop(task)
        self._undecided.discard(index)
        error = _error_of(task)
        if error is not None and (self._over or index in self._dropped):
            message = "A piece of work has failed after it was no longer wanted."
            task.get_loop().call_exception_handler({"message": message, "exception": error, "task": task})
        elif error is not None:
            self._raised.append((index, error))
        self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _raise(self) -> None:
        if self._raised:
            raise min(self._raised, key=lambda each: each[0])[1]


def _error_of(task: asyncio.Task[None]) -> BaseException | None:
    if not task.cancelled():
        return task.exception()
    return None if task.cancelling() else RuntimeError("A piece of work was cancelled from inside.")
