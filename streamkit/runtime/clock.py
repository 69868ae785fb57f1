"""Time: a deadline that is moved often and set seldom, and the scheduler for operators."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from reactivex import abc, typing
from reactivex.scheduler import CurrentThreadScheduler
from reactivex.scheduler.eventloop import AsyncIOScheduler, AsyncIOThreadSafeScheduler

from .handed import HANDED
from .loops import running_loop

# The time of day when a loop's clock stood at 0.
_began: WeakKeyDictionary[asyncio.AbstractEventLoop, datetime] = WeakKeyDictionary()

_TURNS = 10  # turns of the loop, within which bytes that wait in a socket become content


class LoopScheduler(AsyncIOScheduler):
    """A scheduler with timers on the loop, immediate work on the trampoline, and the loop's clock as the time of day.

    reactivex's own scheduler would give every inner element a turn of the loop, past any gate; a timer set by another
    thread would not wake the loop; and its time would jump when the system's clock is set, and stand still in virtual
    time.
    """

    @property
    def now(self) -> datetime:
        """The time of day at the first use, plus the time that the loop's clock has counted since."""
        passed = timedelta(seconds=self._loop.time())
        began = _began.get(self._loop)
        if began is None:
            began = _began[self._loop] = datetime.now(UTC) - passed
        return began + passed

    def schedule(self, action: abc.ScheduledAction[Any], state: Any = None) -> abc.DisposableBase:
        """Run an action as soon as the current one is done, with the current subscription's tool stores."""
        handed = HANDED.get()
        if handed is not None:
            action = handed.around(action)
        return CurrentThreadScheduler.singleton().schedule(action, state=state)

    def schedule_relative(
        self, duetime: typing.RelativeTime, action: abc.ScheduledAction[Any], state: Any = None
    ) -> abc.DisposableBase:
        """Run an action on the loop after a time; callable from any thread."""
        if running_loop() is self._loop:
            return super().schedule_relative(duetime, action, state=state)
        return AsyncIOThreadSafeScheduler(self._loop).schedule_relative(duetime, action, state=state)


def scheduler_here() -> LoopScheduler | None:
    """Return a scheduler for the loop that runs on this thread; None if there is none."""
    loop = running_loop()
    return None if loop is None else LoopScheduler(loop)


class Deadline:
    """A timer that is moved often and set seldom, and does not run until ``set``.

    Args:
        loop: The loop whose clock is used.
        expired: A function that is called on the loop when ``seconds`` have passed since ``last``.
    """

    __slots__ = ("_expired", "_handle", "_loop", "_paused_at", "last", "seconds")

    def __init__(self, loop: asyncio.AbstractEventLoop, expired: Callable[[], None]) -> None:
        self._loop = loop
        self._expired = expired
        self._handle: asyncio.Handle | None = None
        self._paused_at: float | None = None
        self.seconds: float | None = None
        self.last = 0.0

    def set(self, seconds: float | None) -> None:
        """Start to count anew, with another number of seconds; None never expires."""
        self.cancel()
        self.seconds = seconds
        self.last = self._loop.time()
        if seconds is not None:
            self._handle = self._loop.call_later(seconds, self._check)

    def _check(self, turns: int = _TURNS) -> None:
        if self._paused_at is not None:
            return  # `resume` sets the timer again
        # A timer may fire a clock tick early; a rest below one tick counts as passed.
        if not self.due:
            if self.seconds is not None:
                self._handle = self._loop.call_at(self.last + self.seconds, self._check)
        elif turns:
            # A loop that was busy sees the timer before it has read bytes that arrived long ago.
            self._handle = self._loop.call_soon(self._check, turns - 1)
        else:
            self._expired()

    @property
    def due(self) -> bool:
        """Whether the time has passed."""
        return self.seconds is not None and self._loop.time() - self.last >= self.seconds - 1e-3

    def pause(self) -> None:
        """Stop counting until ``resume``."""
        self._paused_at = self._loop.time()

    def resume(self) -> None:
        """Count on with the time that was left."""
        if self._paused_at is not None:
            self.last += self._loop.time() - self._paused_at
            self._paused_at = None
            if self._handle is not None and self.seconds is not None:
                self._handle.cancel()
                self._handle = self._loop.call_at(self.last + self.seconds, self._check)

    def cancel(self) -> None:
        """Cancel the timer."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
