"""An operator made of something that holds elements back, until it is sure of them or for a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, SerialDisposable, SingleAssignmentDisposable

from ..forks import new_lock
from ._clock import LoopScheduler
from ._loops import home_loop
from ._rest import emit_rest
from ._user_code import own_error

A_contra = TypeVar("A_contra", contravariant=True)
B_co = TypeVar("B_co", covariant=True)
A = TypeVar("A")
B = TypeVar("B")


class Holder(Protocol[A_contra, B_co]):
    """Takes elements, and lets go what it is sure of."""

    def feed(self, item: A_contra, /) -> Iterable[B_co]:
        """Take the next element; return what can be emitted."""
        ...

    def rest(self) -> Iterable[B_co]:
        """Let go of everything that is held."""
        ...


class TimedHolder(Holder[A_contra, B_co], Protocol[A_contra, B_co]):
    """One that holds nothing for longer than a time."""

    @property
    def holds(self) -> bool:
        """Whether anything is held."""
        ...


def held(make: Callable[[], Holder[A, B]]) -> Callable[[Observable[A]], Observable[B]]:
    """Make an operator that has a holder of its own for each subscription; an error waits for what is held.

    Args:
        make: Makes the holder. What it raises is an error of this subscriber's own.
    """

    def operator(source: Observable[A]) -> Observable[B]:
        def subscribe(observer: abc.ObserverBase[B], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            return _hold(make(), source, observer, scheduler)

        return Observable(subscribe)

    return operator


def held_for(seconds: float, make: Callable[[], TimedHolder[A, B]]) -> Callable[[Observable[A]], Observable[B]]:
    """Make an operator whose holder lets go of everything when it has held something for a time.

    Args:
        seconds: How long, on the subscriber's scheduler or the loop on which it subscribes.
        make: Makes the holder.
    """

    def operator(source: Observable[A]) -> Observable[B]:
        def subscribe(observer: abc.ObserverBase[B], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            clock = scheduler or LoopScheduler(home_loop())
            return _Window(make(), observer, seconds, clock).start(source, scheduler)

        return Observable(subscribe)

    return operator


def _hold(
    holder: Holder[A, B], source: Observable[A], observer: abc.ObserverBase[B], scheduler: abc.SchedulerBase | None
) -> abc.DisposableBase:
    upstream = SingleAssignmentDisposable()
    feed, emit = holder.feed, observer.on_next

    def on_next(item: A) -> None:
        try:
            free = feed(item)
        except BaseException as error:
            upstream.dispose()
            on_error(own_error(error))
            return
        for each in free:
            emit(each)

    def on_error(error: Exception) -> None:
        emit_rest(observer, holder.rest)
        observer.on_error(error)

    def on_completed() -> None:
        emit_rest(observer, holder.rest)
        observer.on_completed()

    upstream.disposable = source.subscribe(on_next, on_error, on_completed, scheduler=scheduler)
    return upstream


class _Window(abc.DisposableBase):
    """A subscription with one timer, which runs while something is held."""

    def __init__(
        self, holder: TimedHolder[Any, Any], observer: abc.ObserverBase[Any], seconds: float, clock: abc.SchedulerBase
    ) -> None:
        self._holder = holder
        self._observer = observer
        self._seconds = seconds
        self._clock = clock
        # The source may speak on another thread than the clock's: they take turns.
        self._turn = new_lock()
        self._runs = False
        self._timer = SerialDisposable()
        self._upstream = SingleAssignmentDisposable()
        self._both = CompositeDisposable(self._timer, self._upstream)

    def start(self, source: Observable[Any], scheduler: abc.SchedulerBase | None) -> _Window:
        """Subscribe to the source."""
        self._upstream.disposable = source.subscribe(
            self._on_next, self._on_error, self._on_completed, scheduler=scheduler
        )
        return self

    def dispose(self) -> None:
        """Leave the source, and drop what is held."""
        self._both.dispose()

    def _on_next(self, item: Any) -> None:
        with self._turn:
            try:
                free = self._holder.feed(item)
            except BaseException as error:
                self._upstream.dispose()
                self._on_error(own_error(error))
                return
            if free:
                self._stop_timer()
                for each in free:
                    self._observer.on_next(each)
            if self._holder.holds and not self._runs:
                self._runs = True
                self._timer.disposable = self._clock.schedule_relative(self._seconds, self._time_is_up)

    def _time_is_up(self, _scheduler: abc.SchedulerBase, _state: object) -> None:
        with self._turn:
            if self._runs:
                self._runs = False
                emit_rest(self._observer, self._holder.rest)

    def _on_error(self, error: Exception) -> None:
        with self._turn:
            self._stop_timer()
            emit_rest(self._observer, self._holder.rest)
            self._observer.on_error(error)

    def _on_completed(self) -> None:
        with self._turn:
            self._stop_timer()
            emit_rest(self._observer, self._holder.rest)
            self._observer.on_completed()

    def _stop_timer(self) -> None:
        self._runs = False
        self._timer.disposable = Disposable()
