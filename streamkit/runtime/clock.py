"""Time: one deadline that is moved often and set seldom, and the scheduler that is handed to operators."""

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

# What the time of day was when a loop's clock stood at 0.
_began: WeakKeyDictionary[asyncio.AbstractEventLoop, datetime] = WeakKeyDictionary()

_TURNS = 10  # of the loop: in fewer than these, bytes that wait in a socket have become content


class LoopScheduler(AsyncIOScheduler):
    """Timers on the loop, immediate work on the trampoline, and the loop's own clock as the time of day.

    The stock scheduler would give every inner element a turn of the loop of its own, past any gate; a timer
    that another thread sets there would not wake the loop; and what is measured with it would jump whenever the
    system's clock is set, and stand still in virtual time.
    """

    @property
    def now(self) -> datetime:
        """The time of day, as the loop's clock has gone on since it was first asked."""
        passed = timedelta(seconds=self._loop.time())
        began = _began.get(self._loop)
        if began is None:
            began = _began[self._loop] = datetime.now(UTC) - passed
        return began + passed

    def schedule(self, action: abc.ScheduledAction[Any], state: Any = None) -> abc.DisposableBase:
        """Run an action as soon as the current one is done; what it subscribes to is handed over as from here."""
        handed = HANDED.get()
        if handed is not None:
            action = handed.around(action)
        return CurrentThreadScheduler.singleton().schedule(action, state=state)

    def schedule_relative(
        self, duetime: typing.RelativeTime, action: abc.ScheduledAction[Any], state: Any = None
    ) -> abc.DisposableBase:
        """Run an action on the loop after a time, whichever thread asks for it."""
        if running_loop() is self._loop:
            return super().schedule_relative(duetime, action, state=state)
        return AsyncIOThreadSafeScheduler(self._loop).schedule_relative(duetime, action, state=state)


def scheduler_here() -> LoopScheduler | None:
    """Return a scheduler for the loop that runs here, if one does."""
    loop = running_loop()
    return None if loop is None else LoopScheduler(loop)


class Deadline:
    """One timer that is moved often and set seldom; it does not run until ``set``.

    Args:
        loop: Whose clock it is.
        expired: Called on the loop when ``seconds`` have passed since the last ``touch``.
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
        """Start to count again, with another length; None never expires."""
        self.cancel()
        self.seconds = seconds
        self.last = self._loop.time()
        if seconds is not None:
            self._handle = self._loop.call_later(seconds, self._check)

    def _check(self, turns: int = _TURNS) -> None:
        if self._paused_at is not None:
            return  # `resume` sets the timer again
        # Timers may fire a clock tick early; what is left below that tick counts as passed.
        if not self.due:
            if self.seconds is not None:
                self._handle = self._loop.call_at(self.last + self.seconds, self._check)
        elif turns:
            # A loop that was kept busy sees the timer before it has read what has long arrived.
            self._handle = self._loop.call_soon(self._check, turns - 1)
        else:
            self._expired()

    @property
    def due(self) -> bool:
        """Whether its time has passed."""
        return self.seconds is not None and self._loop.time() - self.last >= self.seconds - 1e-3

    def pause(self) -> None:
        """Stand still until ``resume``."""
        self._paused_at = self._loop.time()

    def resume(self) -> None:
        """Go on with what was left."""
        if self._paused_at is not None:
            self.last += self._loop.time() - self._paused_at
            self._paused_at = None
            if self._handle is not None and self.seconds is not None:
                self._handle.cancel()
                self._handle = self._loop.call_at(self.last + self.seconds, self._check)

    def cancel(self) -> None:
        """Never expire."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
