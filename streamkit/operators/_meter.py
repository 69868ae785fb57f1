"""Metrics of a stream that is passed on unchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import reactivex
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, SingleAssignmentDisposable

from ..errors import ConfigurationError
from ..runtime import LoopScheduler, current_or_background_loop, own_error
from ..settings import is_positive
from ._base.machine import operator
from ._base.metrics import Ended, Measure, Metrics

T = TypeVar("T")


def meter(
    report: Callable[[Metrics], None], *, every: float | None = None, stall: float = 1.0
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Emit all elements unchanged, and report the stream's metrics at the end.

    .. marble::
        :alt: meter

        --Eu--ro------pa--|
        [   meter(print)  ]
        --Eu--ro------pa--|   report: 3 elements, 6 characters, longest gap 0.8 s

    Times are measured where the operator stands in the pipe: behind an operator that buffers, or before a slow reader
    that pauses the source, they are not the times at which the provider sent. Each subscription is measured separately.

    Args:
        report: Callback that gets the ``Metrics`` at the end, also when disposed, before the subscriber is notified.
        every: Seconds after which the metrics so far are reported, again and again; None for never.
        stall: Seconds without content that count as a stall.

    Returns:
        An operator on any elements.

    Raises:
        ConfigurationError: A number is not above 0.
        Exception: By ``on_error``, the exception of ``report``.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Eu", "ropa")).pipe(meter(lambda metrics: print(metrics.chunks, metrics.chars))))
    2 6
    ['Eu', 'ropa']
    """
    for name, value in (("every", every), ("stall", stall)):
        if value is not None and not is_positive(value):
            raise ConfigurationError(f"meter({name}={value!r}): give seconds above 0.")

    @operator(emits="same", gives="same", name="meter()")
    def measure(
        source: Observable[T], observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        clock = scheduler or LoopScheduler(current_or_background_loop())
        return _subscribe(_Reporter(report, clock, stall), every, source, observer, scheduler)

    return measure


class _Reporter:
    """Measures one subscription, and reports."""

    def __init__(self, report: Callable[[Metrics], None], clock: abc.SchedulerBase, stall: float) -> None:
        self.clock = clock
        self._report = report
        self._began = clock.now
        self._measure = Measure(stall=stall)
        self._reported = False

    @property
    def _now(self) -> float:
        return (self.clock.now - self._began).total_seconds()

    def feed(self, item: object) -> None:
        self._measure.feed(item, self._now)

    def report(self, ended: Ended | None = None) -> None:
        if not self._reported:
            self._reported = True  # also if the callback raises
            self._report(self._measure.metrics(self._now, ended))
            self._reported = ended is not None


def _subscribe(
    reporter: _Reporter,
    every: float | None,
    source: Observable[T],
    observer: abc.ObserverBase[T],
    scheduler: abc.SchedulerBase | None,
) -> abc.DisposableBase:
    upstream, timer = SingleAssignmentDisposable(), SingleAssignmentDisposable()

    def on_next(item: T) -> None:
        reporter.feed(item)
        observer.on_next(item)

    def report(then: Callable[[], None], ended: Ended | None = None) -> None:
        try:
            reporter.report(ended)
        except BaseException as error:
            upstream.dispose()
            return observer.on_error(own_error(error))
        return then()

    if every is not None:
        timer.disposable = reactivex.interval(every, scheduler=reporter.clock).subscribe(lambda _: report(lambda: None))
    upstream.disposable = source.subscribe(
        on_next,
        lambda error: report(lambda: observer.on_error(error), "failed"),
        lambda: report(observer.on_completed, "completed"),
        scheduler=scheduler,
    )
    return CompositeDisposable(upstream, timer, Disposable(lambda: reporter.report("left")))
