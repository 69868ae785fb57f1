"""The cursor of a push subscriber: its position in a log, its turns on a loop, and what it may miss if it lags."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import copy_context
from typing import Generic

from reactivex import abc
from reactivex.observer import AutoDetachObserver
from reactivex.scheduler import CurrentThreadScheduler, ImmediateScheduler
from reactivex.scheduler.eventloop import AsyncIOScheduler
from typing_extensions import TypeVar

from .._compat.private import inner_on_next
from ..chunk import Chunk
from ..errors import SlowSubscriber
from ..forks import new_lock
from ..runtime import ENDS_PROGRAM, GATE, Gate, Schedule, call_soon, own_error
from ..subscription import SubscriptionOptions
from ..text.joining import coalesced, is_delta
from .memory import MemoryLog, StartPosition

T = TypeVar("T", default=Chunk)

_TURN = 256  # chunks that one turn of the loop replays to a cursor that catches up

_GATED_TURN = 16  # the same for a reader behind a gate, which is checked between the chunks

_OWN_LOOP = (AsyncIOScheduler, CurrentThreadScheduler, ImmediateScheduler)

_here = threading.local()  # the log whose end this thread delivers just now


class OverflowPolicy(Generic[T]):
    """The overflow policy of one reader; ``pause`` needs none, since the call waits then."""

    __slots__ = ("_bound", "_keeps", "_policy")

    def __init__(self, options: SubscriptionOptions) -> None:
        self._policy = options.overflow
        self._bound = options.max_lag
        self._keeps = 1 if options.overflow == "latest" else self._bound

    def take(self, log: MemoryLog[T], position: int) -> tuple[list[T], int]:
        """Return the chunks to deliver next, and the reader's new position.

        Raises:
            SlowSubscriber: The reader lags, and its policy is ``error``.
            StreamGap: A chunk that must not be dropped is no longer kept.
        """
        behind = log.length - position
        if behind <= self._bound:
            batch = log.read(position, behind)
        elif self._policy == "coalesce":
            batch = coalesced(log.read(position, behind))
        elif self._policy == "error":
            raise SlowSubscriber(f"This subscriber lags by {behind} chunks, and its bound is {self._bound}.")
        else:
            batch = self._newest(log.read(log.skip_to(position), behind))
        return batch, position + behind

    def _newest(self, batch: list[T]) -> list[T]:
        older = len(batch) - self._keeps
        return [each for each in batch[: max(0, older)] if not is_delta(each)] + batch[max(0, older) :]


class Cursor(Generic[T]):
    """The position of a push subscriber in the log.

    A cursor that lags catches up in turns of the subscriber's loop or scheduler. A cursor that is up to date, on the
    log's own loop and without a gate, is called directly by the log.

    Args:
        log: The log to read.
        observer: The observer that gets the chunks and the end.
        options: The subscriber's options; None for the defaults.
        soon: A function that runs an action on the subscriber's loop or scheduler, in a later turn.
        direct: True if the subscriber lives on the log's own loop.
        on_leave: A function that is called once when the cursor has left, for any reason.
        wait_left: A coroutine function that waits until the leaving has taken effect.
        report: A function that gets an exception that nobody handles.
    """

    __slots__ = (
        "_active",
        "_again",
        "_context",
        "_counted",
        "_direct",
        "_inside",
        "_log",
        "_observer",
        "_on_leave",
        "_on_next",
        "_overflow",
        "_ready",
        "_report",
        "_scheduled",
        "_serial",
        "_soon",
        "_wait_left",
        "gate",
        "holds",
        "position",
        "pulls",
    )

    def __init__(
        self,
        log: MemoryLog[T],
        observer: abc.ObserverBase[T],
        *,
        options: SubscriptionOptions | None = None,
        soon: Schedule,
        direct: bool,
        on_leave: Callable[[], None],
        wait_left: Callable[[], Coroutine[None, None, None]],
        report: Callable[[Exception], None],
    ) -> None:
        self._log = log
        self._observer = observer
        self._soon = soon
        self._serial = new_lock()
        self._direct = direct
        self._on_leave = on_leave
        self._wait_left = wait_left
        self._report = report
        self._active = True
        self._inside = self._again = False
        self._scheduled = False
        self._counted = False  # as a reader for whom the pump never waits
        self._overflow: OverflowPolicy[T] | None = (
            OverflowPolicy(options) if options and options.overflow != "pause" else None
        )
        # Chunks to deliver before the log is read at the position; an empty deque would take most of a cursor's memory.
        self._ready: deque[T] | tuple[()] = ()
        self.gate: Gate | None = GATE.get()
        self.pulls = self.gate is not None and self.gate.pulls
        """Whether the subscriber pulls: a gate pauses the cursor."""
        self.holds = self.pulls and self._overflow is None
        """Whether the call waits for this subscriber."""
        self._context = copy_context() if self.pulls else None
        self._on_next: Callable[[T], None] = _inner_on_next(observer)
        self.position = 0

    def start(self, at: StartPosition[T] | None = None) -> None:
        """Begin to read in a later turn.

        Args:
            at: The start position; the beginning of the log if None.
        """
        if not self._active:  # disposed before the start
            return
        if at is not None:
            self.position = at.position
            if at.before:
                self._ready = deque(at.before)
        if self.gate is not None:
            self.gate.add_source(self)
            if self._overflow is not None:
                self.gate.cap = 1  # chunks that wait behind the gate could be neither merged nor dropped
        if not self.holds:
            self._counted = True
            self._log.count_push(1)
        self._log.add_reader(self)
        self.wake()

    def wake(self) -> None:
        """Read on in a later turn; callable from any thread."""
        if self._active and not self._scheduled and not (self.gate is not None and self.gate.full):
            self._scheduled = True
            self._soon(self._run)

    def dispose(self) -> None:
        """Deliver nothing more; callable from any thread, and more than once."""
        if self._active:
            self._active = False
            self._log.leave_live(self)
            self._log.remove_reader(self)
            if self._counted:
                self._log.count_push(-1)
            self._on_leave()

    async def wait_left(self) -> None:
        """Wait until the leaving has taken effect on the call."""
        await self._wait_left()

    def fail(self, error: BaseException) -> None:
        """End with an error of this subscriber's own."""
        self._end(lambda: self._observer.on_error(own_error(error)))

    def finish(self) -> None:
        """Deliver the log's end."""
        end = self._log.end
        assert end is not None
        if end.error is not None:
            with ending(self._log):
                self.fail(end.error)
        else:
            self._end(self._observer.on_completed)

    def _end(self, deliver: Callable[[], None]) -> None:
        if not self._active:
            return
        self.dispose()
        try:
            deliver()
        except BaseException as error:  # an error handler is missing or has failed
            if self.gate is None or not self.gate.fail(own_error(error)):
                self._report(own_error(error))

    def _run(self) -> None:
        # A scheduler with many threads could run two turns at once; signals must not overlap.
        with self._serial:
            if self._inside:  # without a loop, the next turn is scheduled and runs inside this one
                self._again = True
                return
            self._inside = self._again = True
            try:
                while self._again and self._active:
                    self._again = self._scheduled = False
                    if self._context is not None:
                        self._context.run(self._drain)
                    else:
                        self._drain()
            finally:
                self._inside = False

    def _drain(self) -> None:
        """Deliver the chunks that are there, up to the limit of a turn."""
        try:
            if self._ready or self._overflow is not None:
                self._drain_ready()
            else:
                self._drain_log()
        except ENDS_PROGRAM:
            self.dispose()
            raise
        except BaseException as error:
            self.fail(error)
        if not self._active:
            return
        if self._log.paused is not None:
            self._log.paused()
        if self._ready or self.position < self._log.length:
            self.wake()
        elif self._log.end is not None:
            self.finish()
        elif self._direct and not self.pulls:
            self._go_live()

    def _drain_log(self) -> None:
        if not self.pulls:
            self._replay()
            return
        for chunk in self._log.read(self.position, _GATED_TURN):
            self.position += 1
            self._on_next(chunk)
            if not self._active or (self.gate is not None and self.gate.full):
                break

    def _replay(self) -> None:
        on_next = self._on_next
        for self.position, chunk in enumerate(self._log.read(self.position, _TURN), self.position + 1):  # noqa: B020
            on_next(chunk)
            if not self._active:
                break

    def _drain_ready(self) -> None:
        ready = self._ready
        if not ready and self._overflow is not None:
            batch, self.position = self._overflow.take(self._log, self.position)
            ready = self._ready = deque(batch)
        while ready:
            self._on_next(ready.popleft())
            if not self._active or (self.gate is not None and self.gate.full):
                break

    def _go_live(self) -> None:
        if self._log.go_live(self, self._on_next):
            self._log.remove_reader(self)
        else:
            self.wake()


def _inner_on_next(observer: abc.ObserverBase[T]) -> Callable[[T], None]:
    """Return the subscriber's own ``on_next``, without the observer that reactivex wraps around every subscriber.

    The wrapper checks before each call whether the subscriber is still there. The log calls nobody who has left, so
    the check is not needed, and the wrapper would double the time of a call.
    """
    if type(observer) is AutoDetachObserver:
        return inner_on_next(observer)
    return observer.on_next


def delivery(
    scheduler: abc.SchedulerBase | None, home: asyncio.AbstractEventLoop | None, loop: asyncio.AbstractEventLoop | None
) -> tuple[Schedule, bool]:
    """Return how to schedule deliveries to a subscriber, and whether they run on the loop where the log is written.

    Args:
        scheduler: The scheduler of the subscription; None if it has none.
        home: The subscriber's loop; None if no loop runs.
        loop: The loop on which the log is written; None if no loop runs.
    """
    if scheduler is not None and not isinstance(scheduler, _OWN_LOOP):

        def soon(action: Callable[[], None]) -> None:
            scheduler.schedule(lambda _scheduler, _state: action())

        return soon, False
    if home is None:
        return (lambda action: action()), loop is None
    return (lambda action: call_soon(home, action)), home is loop


@contextlib.contextmanager
def ending(log: object) -> Generator[None]:
    """Mark this thread as one that delivers the end of a log to a subscriber."""
    outer: object = getattr(_here, "log", None)
    _here.log = log
    try:
        yield
    finally:
        _here.log = outer


def is_ending(log: object) -> bool:
    """Whether the caller runs inside an ``on_error`` that gets the end of this log.

    The mark is no context variable: a task that an ``on_error`` starts, and that subscribes later, must not have it.
    """
    return getattr(_here, "log", None) is log
