"""Virtual time for operators with timers: what comes out when, and which timers are left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reactivex import Observable, abc, typing
from reactivex.disposable import SingleAssignmentDisposable
from reactivex.testing import TestScheduler
from reactivex.testing.hotobservable import HotObservable


class CountingClock(TestScheduler):
    """Counts the timers that are set, and knows those that neither fired nor were taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.timers = 0
        self._set: list[tuple[SingleAssignmentDisposable, list[bool]]] = []

    @property
    def waiting(self) -> int:
        return sum(not handle.is_disposed and not fired for handle, fired in self._set)

    def schedule_relative(
        self, duetime: typing.RelativeTime, action: abc.ScheduledAction[Any], state: Any = None
    ) -> abc.DisposableBase:
        self.timers += 1
        fired: list[bool] = []

        def fire(scheduler: abc.SchedulerBase, given: Any = None) -> Any:
            fired.append(True)
            return action(scheduler, given)

        handle = SingleAssignmentDisposable()
        handle.disposable = super().schedule_relative(duetime, fire, state)
        self._set.append((handle, fired))
        return handle


def play(
    operator: Callable[[Observable[Any]], Observable[Any]],
    *signals: Any,
    clock: TestScheduler | None = None,
    disposed: int = 1000,
) -> list[Any]:
    """Play signals to an operator, and return what came out, and when."""
    scheduler = clock or TestScheduler()
    source: HotObservable[Any] = scheduler.create_hot_observable(*signals)
    return scheduler.start(lambda: source.pipe(operator), disposed=disposed).messages
