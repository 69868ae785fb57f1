"""The scheduler of operators: timers on the loop, and the loop's clock as the time of day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from reactivex import abc, typing
from reactivex.scheduler import CurrentThreadScheduler
from reactivex.scheduler.eventloop import AsyncIOScheduler, AsyncIOThreadSafeScheduler

from .backpressure import HANDED
from .loops import running_loop

# The time of day when a loop's clock stood at 0.
_began: WeakKeyDictionary[asyncio.AbstractEventLoop, datetime] = WeakKeyDictionary()


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
