"""Operators that transform elements and buffer some of them, until they are certain or for a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar, Unpack

from reactivex import Observable, abc
from reactivex.disposable import Disposable, SerialDisposable

from ...forks import new_lock
from ...runtime import LoopScheduler, current_or_background_loop, own_error
from .machine import Machine, MachineSubscription, flush, operator
from .marks import MarkFields

A_contra = TypeVar("A_contra", contravariant=True)

B_co = TypeVar("B_co", covariant=True)

A = TypeVar("A")

B = TypeVar("B")


class Transformer(Machine[A_contra, B_co], Protocol[A_contra, B_co]):
    """A machine that reads the source to the end: a transformer is never done, and reports errors by raising."""


class TimedTransformer(Transformer[A_contra, B_co], Protocol[A_contra, B_co]):
    """A transformer whose buffer is flushed after a time."""

    @property
    def buffered(self) -> bool:
        """Whether anything is buffered."""
        ...


def transform(
    make: Callable[[], Transformer[A, B]], **mark: Unpack[MarkFields]
) -> Callable[[Observable[A]], Observable[B]]:
    """Make an operator that runs a new transformer for each subscription, and flushes it before an error, too.

    Args:
        make: Function that makes the transformer.
        mark: ``emits``, which is required, and ``reads``, ``gives`` and ``name``; see ``marks.py``.
    """
    return operator(partial(_TransformSubscription, make), **mark)


def transform_timed(
    make: Callable[[], TimedTransformer[A, B]], *, seconds: float, **mark: Unpack[MarkFields]
) -> Callable[[Observable[A]], Observable[B]]:
    """Make an operator whose transformer is also flushed when elements have been buffered for a time.

    Args:
        make: Function that makes the transformer.
        seconds: Seconds on the subscriber's scheduler, or else on the loop on which it subscribes.
        mark: ``emits``, which is required, and ``reads``, ``gives`` and ``name``; see ``marks.py``.
    """
    return operator(partial(_TimedSubscription, make, seconds=seconds), **mark)


class _TransformSubscription(MachineSubscription[A, B]):
    """A subscription whose buffered values are emitted before every end."""

    flush_on_error = True

    def _fail(self, error: Exception) -> None:
        self._on_error(error)


class _TimedSubscription(_TransformSubscription[A, B]):
    """A subscription with one timer, which runs while something is buffered."""

    _machine: TimedTransformer[A, B]

    def __init__(
        self,
        make: Callable[[], TimedTransformer[A, B]],
        source: Observable[A],
        observer: abc.ObserverBase[B],
        scheduler: abc.SchedulerBase | None,
        *,
        seconds: float,
    ) -> None:
        self._seconds = seconds
        self._clock = scheduler or LoopScheduler(current_or_background_loop())
        # The source and the clock may run on two threads: they take turns.
        self._turn = new_lock()
        self._timer_runs = False
        self._timer = SerialDisposable()
        super().__init__(make, source, observer, scheduler)

    def _start(self, source: Observable[A], scheduler: abc.SchedulerBase | None) -> None:
        self.disposable = source.subscribe(self._on_next, self._on_error, self._on_completed, scheduler=scheduler)

    def dispose(self) -> None:
        """Dispose the timer and the subscription to the source; buffered values are dropped."""
        self._timer.dispose()
        super().dispose()

    def _on_next(self, item: A) -> None:
        with self._turn:
            try:
                values = self._feed(item)
            except BaseException as error:
                self.dispose()
                self._fail(own_error(error))
                return
            if values:
                self._stop_timer()
                for value in values:
                    self._emit(value)
            if self._machine.buffered and not self._timer_runs:
                self._timer_runs = True
                self._timer.disposable = self._clock.schedule_relative(self._seconds, self._time_is_up)

    def _time_is_up(self, _scheduler: abc.SchedulerBase, _state: object) -> None:
        with self._turn:
            if self._timer_runs:
                self._timer_runs = False
                flush(self._observer, self._machine.flush)

    def _on_error(self, error: Exception) -> None:
        with self._turn:
            self._stop_timer()
            super()._on_error(error)

    def _on_completed(self) -> None:
        with self._turn:
            self._stop_timer()
            super()._on_completed()

    def _stop_timer(self) -> None:
        self._timer_runs = False
        self._timer.disposable = Disposable()
