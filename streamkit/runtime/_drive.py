"""An operator made of a machine that takes elements and gives values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

from ._gate import dispose_because
from ._rest import emit_rest

T = TypeVar("T")


class Machine(Protocol):
    """Takes elements and gives values; it never raises."""

    name: str
    """The operator, as its user wrote it: what to say of why the source was stopped."""
    error: Exception | None
    """What has ended it."""
    enough: bool
    """Nothing more is wanted of the source."""

    def feed(self, item: Any) -> Iterable[Any]:
        """Take the next element; return what can be emitted."""
        ...

    def finish(self) -> Iterable[Any]:
        """Take note that the source is complete; return what can still be emitted."""
        ...


def driven(make: Callable[[], Machine]) -> Callable[[Observable[Any]], Observable[Any]]:
    """Make an operator that has a machine of its own for each subscription.

    Args:
        make: Makes the machine.
    """

    def operator(source: Observable[Any]) -> Observable[Any]:
        def subscribe(
            observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            return _drive(make(), source, observer, scheduler)

        return Observable(subscribe)

    return operator


def _drive(
    machine: Machine,
    source: Observable[Any],
    observer: abc.ObserverBase[Any],
    scheduler: abc.SchedulerBase | None,
) -> abc.DisposableBase:
    upstream = SingleAssignmentDisposable()

    def on_next(item: Any) -> None:
        for value in machine.feed(item):
            observer.on_next(value)
        if machine.error is not None or machine.enough:
            dispose_because(upstream, machine.name)
            end()

    def on_completed() -> None:
        emit_rest(observer, machine.finish)
        end()

    def end() -> None:
        if machine.error is not None:
            observer.on_error(machine.error)
        else:
            observer.on_completed()

    upstream.disposable = source.subscribe(on_next, observer.on_error, on_completed, scheduler=scheduler)
    return upstream
