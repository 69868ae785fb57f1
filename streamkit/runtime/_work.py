"""Work of several at a time, whose results come one after the other in the order that was asked for."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Generic, TypeVar

from ._loops import call_soon, running_loop
from ._user_code import is_own_error
from ._workers import in_user_thread

T = TypeVar("T")

# A loop holds its tasks weakly: one that waits for nothing the loop knows would be collected.
_running: set[asyncio.Task[Any]] = set()


async def attempt(
    work: Callable[[], Any], *, blocking: bool, seconds: float | None
) -> tuple[Any, Exception | None, float]:
    """Run a function to its end; return what it gave, what it raised, and the seconds that it took.

    Args:
        work: The function; what it gives is awaited if it can be.
        blocking: It runs in a worker thread. That thread goes on when its time is over, or when this is cancelled.
        seconds: The time that it has.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        return await _within(work, blocking, seconds), None, loop.time() - started
    except Exception as error:
        return None, error, loop.time() - started


async def _within(work: Callable[[], Any], blocking: bool, seconds: float | None) -> Any:
    clock = asyncio.timeout(seconds)
    try:
        async with clock:
            found = await in_user_thread(work) if blocking else work()
            return await found if inspect.isawaitable(found) else found
    except TimeoutError as error:
        raise TimeoutError(f"it took longer than {seconds} s") if clock.expired() else error from None
    except asyncio.CancelledError as error:
        if is_own_error(error):
            raise RuntimeError("it was cancelled from inside") from None
        raise
    except BaseException as error:
        if isinstance(error, SystemExit) or (is_own_error(error) and not isinstance(error, Exception)):
            raise RuntimeError(f"it raised {error!r}") from error  # a tool ends nothing but itself
        raise


class OrderedTasks(Generic[T]):
    """Runs work on one loop, so much at a time, and gives the results in the order of their places.

    Everything but ``cancel`` is called on that loop.

    Args:
        loop: Where it runs.
        context: The context variables, of which each piece of work gets a copy.
        width: How many run at a time.
        give: Called with each result: with that of place 0, then 1, and so on.
        over: Called behind the last, once ``finish`` has been called.
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
        self._free = width
        self._emit = emit
        self._complete = complete
        self._waiting: deque[tuple[int, Callable[[], Coroutine[Any, Any, T]]]] = deque()
        self._tasks: set[asyncio.Task[T]] = set()
        self._asked: set[int] = set()
        self._ready: dict[int, T] = {}
        self._next = 0
        self._flushed = False
        self._cancelled = False

    def start(self, place: int, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        """Run a piece of work, now or as soon as there is room.

        Args:
            place: Where its result stands among the others.
            work: Makes the coroutine, which raises nothing.
        """
        if not self._cancelled:  # who takes a result may leave while others are still being asked for
            self._asked.add(place)
            self._waiting.append((place, work))
            self._fill()

    def put(self, place: int, result: T) -> None:
        """Take a result that needs no work.

        Args:
            place: Where it stands among the others.
            result: The result.
        """
        self._asked.add(place)
        self._ready[place] = result
        self._emit_ready()

    def flush(self) -> None:
        """Take the end of the input: no further work comes, and places that were left out are skipped."""
        self._flushed = True
        self._emit_ready()

    def cancel(self) -> None:
        """Cancel what runs; nothing is given any more. Any thread."""
        self._cancelled = True
        self._waiting.clear()
        if running_loop() is self.loop:
            self._cancel_tasks()
        else:
            call_soon(self.loop, self._cancel_tasks)

    def _cancel_tasks(self) -> None:
        for task in list(self._tasks):
            task.cancel()

    def _fill(self) -> None:
        while self._waiting and self._free:
            self._free -= 1
            place, work = self._waiting.popleft()
            task = self.loop.create_task(work(), context=self._context.copy())
            self._tasks.add(task)
            _running.add(task)
            task.add_done_callback(lambda done, place=place: self._done(place, done))

    def _done(self, place: int, task: asyncio.Task[T]) -> None:
        self._tasks.discard(task)
        _running.discard(task)
        if task.cancelled():
            return
        self._ready[place] = task.result()
        self._free += 1
        self._fill()
        self._emit_ready()

    def _emit_ready(self) -> None:
        while not self._cancelled:
            place = min(self._asked, default=-1) if self._flushed else self._next
            if place not in self._ready:
                break
            self._asked.discard(place)
            self._next = place + 1
            self._emit(self._ready.pop(place))
        if self._flushed and not self._asked and not self._cancelled:
            self._cancelled = True
            self._complete()
