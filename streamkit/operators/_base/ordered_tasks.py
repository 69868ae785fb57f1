"""Ordered tasks: several run at a time, and their results are emitted in the order of their positions."""

from __future__ import annotations

import asyncio
import heapq
import inspect
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context
from typing import Any, Generic, TypeVar

from reactivex import Observable

from ...runtime import call_soon, is_own_error, other_loop_error, running_loop, to_user_thread

T = TypeVar("T")

# An event loop has only weak references to its tasks: a task that waits for nothing would be collected.
_running: set[asyncio.Task[Any]] = set()


async def _unchanged(found: Any) -> Any:
    return found


async def attempt(
    work: Callable[[], Any],
    *,
    blocking: bool,
    seconds: float | None,
    read: Callable[[Any], Awaitable[Any]] = _unchanged,
    clock: asyncio.Timeout | None = None,
) -> tuple[Any, Exception | None, float]:
    """Run a function to the end; return the result, the exception, and the seconds taken.

    Args:
        work: Function to run; an awaitable result is awaited.
        blocking: True if the function runs in a worker thread, which goes on after a timeout or a cancellation.
        seconds: Timeout; None for no timeout.
        read: Coroutine function that makes the result of what the function has returned, within the timeout.
        clock: Clock of the timeout, which others may move; None for one that nobody moves.
    """
    loop, clock = asyncio.get_running_loop(), clock or asyncio.timeout(seconds)
    started = loop.time()
    try:
        return await _within(work, blocking, seconds, read, clock), None, loop.time() - started
    except Exception as error:
        return None, other_loop_error(error), loop.time() - started


async def _within(
    work: Callable[[], Any],
    blocking: bool,
    seconds: float | None,
    read: Callable[[Any], Awaitable[Any]],
    clock: asyncio.Timeout,
) -> Any:
    try:
        async with clock:
            found = await to_user_thread(work) if blocking else work()
            # A Stream can be awaited too, but is read for its chunks.
            is_result = isinstance(found, Observable) or not inspect.isawaitable(found)
            return await read(found if is_result else await found)
    except TimeoutError as error:
        raise TimeoutError(f"it took longer than {seconds} s") if clock.expired() else error from None
    except asyncio.CancelledError as error:
        if is_own_error(error):
            raise RuntimeError("it was cancelled from inside") from None
        raise
    except BaseException as error:
        if isinstance(error, SystemExit) or (is_own_error(error) and not isinstance(error, Exception)):
            raise RuntimeError(f"it raised {error!r}") from error  # a tool must not end anything else
        raise


class OrderedTasks(Generic[T]):
    """Runs tasks on one event loop, a limited number at a time, and emits their results in order.

    All methods but ``cancel`` are called on that loop.

    Args:
        loop: Event loop of the tasks.
        context: Context variables; each task gets a copy.
        width: Maximum number of tasks that run at a time.
        emit: Callback for each result, in the order of the positions.
        complete: Callback after the last result, once ``flush`` has been called.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        context: Context,
        *,
        width: int,
        emit: Callable[[T], None],
        complete: Callable[[], None],
    ) -> None:
        self.loop = loop
        self._context = context
        self._slots = width
        self._emit = emit
        self._complete = complete
        self._waiting: deque[tuple[int, Callable[[], Coroutine[Any, Any, T]]]] = deque()
        self._tasks: set[asyncio.Task[T]] = set()
        self._expected: set[int] = set()
        self._order: list[int] = []  # a heap of these positions, and of some that are not expected any more
        self._ready: dict[int, T] = {}
        self._next = 0
        self._flushed = False
        self._cancelled = False

    def start(self, position: int, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        """Start a task, now or as soon as a slot is free.

        Args:
            position: Position of the result among the others, from 0 on.
            work: Function that makes the coroutine, which raises nothing.
        """
        if not self._cancelled:  # a receiver of a result may cancel while further tasks are being started
            self._expect(position)
            self._waiting.append((position, work))
            self._fill()

    def put(self, position: int, result: T) -> None:
        """Add a result that needs no task."""
        self._expect(position)
        self._ready[position] = result
        self._emit_ready()

    def flush(self) -> None:
        """End the input: no further task comes, and positions that were left out are skipped."""
        self._flushed = True
        self._emit_ready()

    def cancel(self) -> None:
        """Cancel the running tasks, and emit nothing more; may be called on any thread."""
        self._cancelled = True
        self._waiting.clear()
        if running_loop() is self.loop:
            self._cancel_tasks()
        else:
            call_soon(self.loop, self._cancel_tasks)

    def _cancel_tasks(self) -> None:
        for task in list(self._tasks):
            task.cancel()

    def _expect(self, position: int) -> None:
        self._expected.add(position)
        heapq.heappush(self._order, position)

    def _first_expected(self) -> int:
        while self._order and self._order[0] not in self._expected:
            heapq.heappop(self._order)
        return self._order[0] if self._order else -1

    def _fill(self) -> None:
        while self._waiting and self._slots:
            self._slots -= 1
            position, work = self._waiting.popleft()
            task = self.loop.create_task(work(), context=self._context.copy())
            self._tasks.add(task)
            _running.add(task)
            task.add_done_callback(lambda done, position=position: self._done(position, done))

    def _done(self, position: int, task: asyncio.Task[T]) -> None:
        self._tasks.discard(task)
        _running.discard(task)
        if task.cancelled():
            return
        self._ready[position] = task.result()
        self._slots += 1
        self._fill()
        self._emit_ready()

    def _emit_ready(self) -> None:
        while not self._cancelled:
            position = self._first_expected() if self._flushed else self._next
            if position not in self._ready:
                break
            self._expected.discard(position)
            self._next = position + 1
            self._emit(self._ready.pop(position))
        if self._flushed and not self._expected and not self._cancelled:
            self._cancelled = True
            self._complete()
