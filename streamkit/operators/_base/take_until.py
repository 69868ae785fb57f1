"""Operators that pass elements on until a condition is met, and then stop the source with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from inspect import isawaitable, iscoroutine
from typing import Generic, Protocol, TypeVar

from reactivex import Observable

from ...errors import ConfigurationError
from ...runtime import dispose_because
from .machine import Machine, MachineSubscription, flush, operator

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


def take_until(make: Callable[[], StopCondition[T]], *, name: str) -> Callable[[Observable[T]], Observable[T]]:
    """Make an operator that emits elements until a stop condition of each subscription's own is met.

    Args:
        make: Function that makes the condition.
        name: The operator as its user wrote it: why the call was stopped.
    """
    return operator(partial(TakeUntilSubscription, make, name=name))
