"""A subscription with a pacer: elements are emitted when the pacer's time has come, on the subscriber's clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import SerialDisposable, SingleAssignmentDisposable

from ...forks import new_lock
from ...runtime import LoopScheduler, current_or_background_loop, own_error
from .machine import flush
from .pacer import Pacer

T = TypeVar("T")


class PacedSubscription(SingleAssignmentDisposable, Generic[T]):
    """One observer's subscription to a source through a pacer, with one timer while text is buffered.

    Args:
        make: Function that makes the pacer.
        source: Observable of the elements; it is subscribed to at once.
        observer: Observer of the elements.
        scheduler: Scheduler of the observer, whose clock is used; without one, the loop of the subscription.
    """

    def __init__(
        self,
        make: Callable[[], Pacer[T]],
        source: Observable[T],
        observer: abc.ObserverBase[T],
        scheduler: abc.SchedulerBase | None,
    ) -> None:
        super().__init__()
        self._pacer = make()
        self._observer = observer
        self._clock = scheduler or LoopScheduler(current_or_background_loop())
        self._begin = self._clock.now
        # The source and the clock may run on two threads: they take turns.
        self._turn = new_lock()
        self._timer = SerialDisposable()
        self._fires: float | None = None  # when the timer does
        self._over = False
        self.disposable = source.subscribe(self._on_next, self._on_error, self._on_completed, scheduler=scheduler)

    def dispose(self) -> None:
        """Dispose the timer and the subscription to the source; buffered elements are dropped."""
        self._over = True
        self._timer.dispose()
        super().dispose()

    def _now(self) -> float:
        return (self._clock.now - self._begin).total_seconds()

    def _on_next(self, item: T) -> None:
        with self._turn:
            now = self._now()
            try:
                released = self._pacer.feed(item, now)
            except BaseException as error:
                self.dispose()
                self._observer.on_error(own_error(error))
                return
            for each in released:
                self._observer.on_next(each)
            self._set_timer(now)

    def _time_is_up(self, _scheduler: abc.SchedulerBase, _state: object) -> None:
        with self._turn:
            self._fires = None
            if not self._over:
                now = self._now()
                flush(self._observer, lambda: self._pacer.advance(now))
                self._set_timer(now)

    def _set_timer(self, now: float) -> None:
        """Set the timer to the pacer's next time, unless the timer fires before; it looks again then."""
        at = self._pacer.next_time
        if at is not None and not self._over and (self._fires is None or at < self._fires):
            self._fires = at
            self._timer.disposable = self._clock.schedule_relative(max(at - now, 0.0), self._time_is_up)

    def _on_error(self, error: Exception) -> None:
        self._end(lambda: self._observer.on_error(error))

    def _on_completed(self) -> None:
        self._end(self._observer.on_completed)

    def _end(self, deliver: Callable[[], None]) -> None:
        with self._turn:
            self._over = True
            self._timer.dispose()
            flush(self._observer, self._pacer.flush)
            deliver()
