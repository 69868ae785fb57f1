"""Operators that pass elements on until a condition is met, and then stop the source; the condition may be async."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from inspect import isawaitable, iscoroutine
from typing import Generic, Protocol, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

from ...errors import ConfigurationError
from ...runtime import (
    GATE,
    call_soon,
    context_without_gate,
    current_or_background_loop,
    dispose_because,
    is_own_error,
    own_error,
    running_loop,
)
from ...runtime.backpressure import StageGate
from .machine import Machine, MachineSubscription, flush, operator
from .marks import Elements
from .ordered_tasks import OrderedTasks

T = TypeVar("T")


class StopCondition(Machine[T, T], Protocol[T]):
    """A machine that passes elements on, whole or cut, until the machine is done."""


class PredicateCondition(Generic[T]):
    """Stops at the first element for which a predicate is true.

    Args:
        predicate: Function that is called once with every element.
        inclusive: True to emit the element that matches.
        name: The operator as its user wrote it, for error messages.
    """

    error = None
    """None: an exception of the predicate is raised by ``feed``."""

    def __init__(self, predicate: Callable[[T], bool], inclusive: bool, name: str) -> None:
        self.done = False
        """Whether an element has matched."""
        self._predicate = predicate
        self._inclusive = inclusive
        self._name = name

    def feed(self, item: T) -> Iterable[T]:
        """Test the next element; return the elements to emit: the tested one, or none.

        Raises:
            ConfigurationError: The predicate returns an awaitable, which would never be awaited.
        """
        matched: object = self._predicate(item)
        if matched is not True and matched is not False and isawaitable(matched):
            if iscoroutine(matched):
                matched.close()
            raise ConfigurationError(f"{self._name} got an awaitable: give the async function itself.")
        if not matched:
            return (item,)
        self.done = True
        return (item,) if self._inclusive else ()

    def flush(self) -> Iterable[T]:
        """Return nothing: no element is buffered."""
        return ()


class TakeUntilSubscription(MachineSubscription[T, T]):
    """A subscription that ends when the stop condition is met, or when ``stop`` is called."""

    flush_on_error = True

    def stop(self, reason: str) -> None:
        """Flush the condition, stop the source, and complete.

        Args:
            reason: The operator as its user wrote it: why the call was stopped.
        """
        flush(self._observer, self._machine.flush)
        dispose_because(self, reason)
        self._observer.on_completed()


def take_until(
    make: Callable[[], StopCondition[T]], *, name: str, reads: Elements = "any"
) -> Callable[[Observable[T]], Observable[T]]:
    """Make an operator that emits elements until a stop condition of each subscription's own is met.

    Args:
        make: Function that makes the condition.
        name: The operator as its user wrote it: why the call was stopped.
        reads: Kind of the elements. The operator is marked as one that emits the same elements as its source.
    """
    subscribe = partial(TakeUntilSubscription, make, name=name)
    return operator(subscribe, emits="same", reads=reads, gives="same", name=name)


class AsyncTakeUntil(SingleAssignmentDisposable, Generic[T]):
    """A subscription that tests each element with an async predicate, and emits elements until one matches.

    Args:
        predicate: Async function that is called with each element, on the loop on which the subscription was made.
        source: Observable of the elements; it is subscribed to at once.
        observer: Observer of the elements.
        scheduler: Scheduler of the observer, if it gave one.
        inclusive: True to emit the element that matches.
        name: The operator as its user wrote it: why the call was stopped.
    """

    def __init__(
        self,
        predicate: Callable[[T], Awaitable[bool]],
        source: Observable[T],
        observer: abc.ObserverBase[T],
        scheduler: abc.SchedulerBase | None,
        *,
        inclusive: bool,
        name: str,
    ) -> None:
        super().__init__()
        self._observer = observer
        self._predicate = predicate
        self._inclusive = inclusive
        self._name = name
        self._stage = StageGate(GATE.get())
        self._end = observer.on_completed
        self._received = self._tested = 0
        self._tests: OrderedTasks[tuple[T, bool | BaseException]] = OrderedTasks(
            current_or_background_loop(),
            context_without_gate(),
            width=1,
            emit=self._on_tested,
            complete=self._on_flushed,
        )
        token = GATE.set(self._stage)
        try:
            self.disposable = source.subscribe(self._on_next, self._on_error, self._on_completed, scheduler=scheduler)
        finally:
            GATE.reset(token)

    def dispose(self) -> None:
        """Dispose the subscription to the source, and cancel the test that runs."""
        self._tests.cancel()
        super().dispose()

    def _on_next(self, item: T) -> None:
        self._stage.pause()
        position, self._received = self._received, self._received + 1
        self._on_loop(lambda: self._tests.start(position, partial(self._test, item)))

    def _on_error(self, error: Exception) -> None:
        self._end = partial(self._observer.on_error, error)
        self._on_completed()

    def _on_completed(self) -> None:
        self._on_loop(self._tests.flush)

    def _on_flushed(self) -> None:
        self._end()  # looked up late: the source's error may have replaced it

    def _on_loop(self, action: Callable[[], None]) -> None:
        loop = self._tests.loop
        if running_loop() is loop:
            action()
        else:
            call_soon(loop, action)

    async def _test(self, item: T) -> tuple[T, bool | BaseException]:
        try:
            return item, await self._predicate(item)
        except BaseException as error:
            if not is_own_error(error):
                raise
            return item, error

    def _on_tested(self, tested: tuple[T, bool | BaseException]) -> None:
        item, matched = tested
        self._tested += 1
        try:
            if isinstance(matched, BaseException):
                raise matched
            if self._inclusive or not matched:
                self._observer.on_next(item)
        except BaseException as error:  # raised by the predicate or by the subscriber
            self.dispose()
            self._observer.on_error(own_error(error))
            return
        if matched:
            self._tests.cancel()
            dispose_because(self, self._name)
            self._observer.on_completed()
        elif self._tested == self._received:
            self._stage.resume()
