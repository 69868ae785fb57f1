"""A shared source: one subscription to an Observable, whose elements any number of readers get from a log."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

from ..chunk import Chunk
from ..errors import LimitExceeded, ProducerLost, StoppedError, StreamError
from ..fold import Fold
from ..forks import leave_in_child, new_lock
from ..runtime import (
    GATE,
    HANDED,
    STOPPED_BY,
    Gate,
    Handed,
    Latch,
    LoopScheduler,
    after,
    call_soon,
    context_without_gate,
    current_or_background_loop,
    refuse_blocked,
    running_loop,
)
from ..settings import CAPS, Keep
from ..subscription import SubscriptionOptions
from ..text.joining import coalesced
from .cursor import Cursor, delivery
from .log import End
from .memory import MemoryLog, ReaderCount

T = TypeVar("T")


class SharedSource(Generic[T]):
    """An Observable whose readers share one subscription.

    If the source failed before its first element, the next reader subscribes to the source again. In every other case
    a new reader gets the log and its end.

    Args:
        source: The Observable to share.
        options: The options of the readers.
        keep: ``"all"``, or the number of the last elements that the log keeps.
    """

    def __init__(self, source: Observable[T], *, options: SubscriptionOptions, keep: Keep) -> None:
        self._source = source
        self._options = options
        self._keep: Keep = keep
        self._guard = new_lock()
        self._shared: _Shared[T] | None = None

    def subscribe(
        self, observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        """Add a reader; the first one subscribes to the source."""
        with self._guard:
            shared = self._shared
            fresh = shared is None or shared.replaceable
            if shared is None or fresh:
                shared = self._shared = _Shared(running_loop(), self._options, self._keep)
            else:
                refuse_blocked(shared.loop)
            shared.readers.join(self._options.linger_seconds)
        if (handed := HANDED.get()) is not None:
            handed.give(shared.handed)
        cursor = shared.cursor(observer, scheduler)
        if fresh:
            shared.connect(self._source, scheduler)
        return cast("abc.DisposableBase", cursor)


class _Shared(Generic[T]):
    """One subscription to the source, and the log of the elements."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None, options: SubscriptionOptions, keep: Keep) -> None:
        self.loop = loop
        self._options = options
        self._log: MemoryLog[T] = MemoryLog(keep)
        self._upstream = SingleAssignmentDisposable()
        self._gate = Gate(pulls=True)
        self.handed = Handed()
        """The tool stores that the source hands over, for all readers."""
        self.readers = ReaderCount()
        self._scheduler: abc.SchedulerBase | None = None
        leave_in_child(self)

    @property
    def replaceable(self) -> bool:
        """Whether the source failed before the first element."""
        end = self._log.end
        return (
            end is not None
            and end.error is not None
            and not self._log.length
            and not isinstance(end.error, (StoppedError, ProducerLost))
        )

    def cursor(self, observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None) -> Cursor[T]:
        """Start the cursor of a reader."""
        soon, direct = delivery(scheduler, running_loop(), self.loop)
        cursor = Cursor(
            self._log,
            observer,
            options=self._options,
            soon=soon,
            direct=direct,
            on_leave=self._leave,
            wait_left=self._wait_left,
            report=self._report,
        )
        cursor.start(self._log.start(self._options.late, self._folded))
        return cursor

    def connect(self, source: Observable[T], scheduler: abc.SchedulerBase | None) -> None:
        """Subscribe to the source, at the pace of the fastest pulling reader."""
        self._scheduler = scheduler
        handed = scheduler or (LoopScheduler(self.loop) if self.loop else None)

        def subscribe() -> None:
            GATE.set(self._gate)
            with self.handed.subscribing():
                found = source.subscribe(self._on_next, self._fail, self._complete, scheduler=handed)
            self._upstream.disposable = found

        context_without_gate().run(subscribe)

    def _on_next(self, item: T) -> None:
        log = self._log
        if log.end is not None:
            return
        try:
            log.append([item], size=0, at=time.monotonic())
        except LimitExceeded as error:
            self._upstream.dispose()
            self._end(error)
        if not self._gate.full and log.behind() >= CAPS.ahead:
            self._gate.full = True
            log.paused = self._read_on
            self._read_on()

    def _read_on(self) -> None:
        if self._gate.full and self._log.behind() <= CAPS.ahead // 2:
            self._log.paused = None
            self._gate.open()

    def _fail(self, error: Exception) -> None:
        self._end(error)

    def _complete(self) -> None:
        self._end(None)

    def _end(self, error: Exception | None) -> None:
        self._log.close(End(cast("StreamError | None", error)))

    def leave_to_parent(self) -> None:
        """End the source in a forked child, where the source's loop does not run."""
        self._log.leave_to_parent(End(ProducerLost("This source is read in the parent process.", retryable=False)))
        self.loop = None

    def _folded(self, position: int) -> Sequence[T]:
        """Merge all elements up to a position; elements that cannot be merged stay as they are."""
        kept = self._log.read(0, position)
        if kept and isinstance(kept[0], Chunk):
            fold = Fold()
            fold.add(cast("list[Chunk[Any]]", kept))
            return cast("list[T]", fold.chunks())
        return coalesced(kept)

    async def _wait_left(self) -> None:
        """Wait until the leaving has taken effect on the source."""
        if self.loop is not None and not self.readers.count:
            turn = Latch()
            call_soon(self.loop, turn.set)  # behind the stop that leaving has scheduled
            await turn.wait()
        await self._gate.wait_left()

    def _report(self, error: Exception) -> None:
        """Pass an error that no reader handles to the loop's exception handler; the other readers go on."""
        if self.loop is None:
            raise error
        message = "A reader has no on_error for this error."
        self.loop.call_exception_handler({"message": message, "exception": error})

    def _leave(self) -> None:
        joins, linger_seconds = self.readers.leave(), self.readers.linger_seconds
        if joins is None or self._log.end is not None or linger_seconds == math.inf:
            return
        by = STOPPED_BY.get()

        def stop() -> None:
            if self.readers.is_empty_since(joins) and self._log.end is None:
                STOPPED_BY.set(by)
                self._upstream.dispose()
                self._end(StoppedError("The source was left by its last reader before its end."))

        if linger_seconds:
            self._after(linger_seconds, stop)
        elif self.loop is None or self._scheduler is not None:
            stop()
        else:
            call_soon(self.loop, lambda: context_without_gate().run(stop))

    def _after(self, seconds: float, action: Any) -> None:
        if self._scheduler is not None:
            self._scheduler.schedule_relative(seconds, lambda _scheduler, _state: action())
        else:
            loop = self.loop or current_or_background_loop()
            call_soon(loop, lambda: after(loop, seconds, lambda: context_without_gate().run(action)))
