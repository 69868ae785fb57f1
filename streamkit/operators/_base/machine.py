"""The kit of stateful operators: the machine protocol, the ``operator`` helper, and the subscription to a machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import ClassVar, Generic, Protocol, TypeAlias, TypeVar, Unpack, overload

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

from ...runtime import dispose_because, own_error
from .marks import MarkFields, with_mark

A = TypeVar("A")

B = TypeVar("B")

A_contra = TypeVar("A_contra", contravariant=True)

B_co = TypeVar("B_co", covariant=True)


Subscribe: TypeAlias = Callable[[Observable[A], abc.ObserverBase[B], abc.SchedulerBase | None], abc.DisposableBase]


@overload
def operator(subscribe: Subscribe[A, B], /, **mark: Unpack[MarkFields]) -> Callable[[Observable[A]], Observable[B]]: ...


@overload
def operator(
    **mark: Unpack[MarkFields],
) -> Callable[[Subscribe[A, B]], Callable[[Observable[A]], Observable[B]]]: ...


def operator(
    subscribe: Subscribe[A, B] | None = None, /, **mark: Unpack[MarkFields]
) -> Callable[[Observable[A]], Observable[B]] | Callable[[Subscribe[A, B]], Callable[[Observable[A]], Observable[B]]]:
    """Make an operator of a function that serves one subscription; without the function, return a decorator.

    Args:
        subscribe: Function of the source, the observer and its scheduler (or None). It subscribes to the source and
            returns the subscription.
        mark: ``emits``, which is required, and ``reads``, ``gives`` and ``name``; see ``marks.py``.
    """
    if subscribe is None:
        return lambda function: operator(function, **mark)

    def apply(source: Observable[A]) -> Observable[B]:
        return Observable(partial(subscribe, source))

    return with_mark(apply, **mark)


class Machine(Protocol[A_contra, B_co]):
    """The protocol of stateful operators: one machine serves one subscription, and knows no observer.

    What ``feed`` or ``flush`` raises ends the subscription with ``on_error``.
    """

    @property
    def done(self) -> bool:
        """True once no more input is needed; the source is disposed then."""
        ...

    @property
    def error(self) -> Exception | None:
        """The exception that the subscription ends with, once the machine is done or flushed; None to complete."""
        ...

    def feed(self, item: A_contra, /) -> Iterable[B_co]:
        """Take the next element; return the values to emit now."""
        ...

    def flush(self) -> Iterable[B_co]:
        """Return the values that are still buffered; no more input comes."""
        ...


class MachineSubscription(SingleAssignmentDisposable, Generic[A, B]):
    """One observer's subscription to a source through a machine; the source is subscribed to at once."""

    flush_on_error: ClassVar[bool] = False
    """Whether buffered values are emitted in front of an error of the source."""

    def __init__(
        self,
        make: Callable[[], Machine[A, B]],
        source: Observable[A],
        observer: abc.ObserverBase[B],
        scheduler: abc.SchedulerBase | None,
        *,
        name: str = "",
    ) -> None:
        super().__init__()
        self._name = name
        self._observer = observer
        self._machine = machine = make()
        self._feed, self._emit = machine.feed, observer.on_next
        self._start(source, scheduler)

    def _start(self, source: Observable[A], scheduler: abc.SchedulerBase | None) -> None:
        machine, feed, emit = self._machine, self._feed, self._emit

        def on_next(item: A) -> None:
            try:
                values = feed(item)
            except BaseException as error:
                self.dispose()
                self._fail(own_error(error))
                return
            for value in values:
                emit(value)
            if machine.done:
                self._stop()

        on_error = self._on_error if self.flush_on_error else self._observer.on_error
        self.disposable = source.subscribe(on_next, on_error, self._on_completed, scheduler=scheduler)

    def _stop(self) -> None:
        """Stop the source, and end."""
        dispose_because(self, self._name)
        if (error := self._machine.error) is None:
            self._observer.on_completed()
        else:
            self._observer.on_error(error)

    def _fail(self, error: Exception) -> None:
        """End with an exception of the machine's own."""
        self._observer.on_error(error)

    def _on_error(self, error: Exception) -> None:
        flush(self._observer, self._machine.flush)
        self._observer.on_error(error)

    def _on_completed(self) -> None:
        flush(self._observer, self._machine.flush)
        if (error := self._machine.error) is None:
            self._observer.on_completed()
        else:
            self._observer.on_error(error)


def from_machine(
    make: Callable[[], Machine[A, B]], **mark: Unpack[MarkFields]
) -> Callable[[Observable[A]], Observable[B]]:
    """Make an operator that runs a new machine for each subscription; errors of the source bypass the machine.

    Args:
        make: Function that makes the machine.
        mark: ``emits``, which is required, and ``reads``, ``gives`` and ``name``; see ``marks.py``. The name is also
            why the call was stopped, if the machine is done early.
    """
    return operator(partial(MachineSubscription, make, name=mark.get("name", "")), **mark)


def flush(observer: abc.ObserverBase[B], buffered: Callable[[], Iterable[B]]) -> None:
    """Flush buffered values. An exception raised while flushing ends the subscription with ``on_error``.

    The source has ended, so no caller is left that could hand the exception on.

    Args:
        observer: Observer of the values. It may be ended again afterwards: only the first end counts.
        buffered: Function that returns the values, such as a machine's ``flush``.
    """
    try:
        for value in buffered():
            observer.on_next(value)
    except BaseException as error:
        observer.on_error(own_error(error))
