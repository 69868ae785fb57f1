"""What every operator does that stops early: let through what it looks at, and leave the source with a reason."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable, iscoroutine
from typing import Generic, Protocol, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

from ..errors import ConfigurationError
from ._gate import dispose_because
from ._rest import emit_rest
from ._user_code import own_error

T = TypeVar("T")


class Look(Protocol[T]):
    """Looks at elements, one after the other."""

    def feed(self, item: T) -> tuple[T | None, str | None]:
        """Take the next one; return what may pass, and why that is enough, if it is."""
        ...

    def rest(self) -> T | None:
        """Return what was held back, once nothing more can come."""
        ...


class Asking(Generic[T]):
    """Looks by asking a condition of every element, and holds nothing back.

    Args:
        condition: What is asked.
        inclusive: Whether the element that meets it still passes.
        name: The operator, as its user wrote it.
    """

    def __init__(self, condition: Callable[[T], bool], inclusive: bool, name: str) -> None:
        self._condition = condition
        self._inclusive = inclusive
        self._name = name

    def feed(self, item: T) -> tuple[T | None, str | None]:
        """Ask of the next element.

        Raises:
            ConfigurationError: The condition gives an awaitable, which nobody would wait for.
        """
        met: object = self._condition(item)
        if met is not True and met is not False and isawaitable(met):
            if iscoroutine(met):
                met.close()
            raise ConfigurationError(f"{self._name} got an awaitable: give the async function itself.")
        return (item if self._inclusive or not met else None), self._name if met else None

    def rest(self) -> T | None:
        """Return nothing."""
        return None


class Passing(Generic[T], abc.DisposableBase):
    """A subscription that lets elements through until somebody has enough of them.

    Args:
        observer: Who gets them.
        look: Who looks at them; an exception of its own goes to the observer.
    """

    __slots__ = ("_emit", "_feed", "_look", "_observer", "_upstream")

    def __init__(self, observer: abc.ObserverBase[T], look: Look[T]) -> None:
        self._observer = observer
        self._look = look
        self._feed = look.feed
        self._emit = observer.on_next
        self._upstream = SingleAssignmentDisposable()

    def start(self, source: Observable[T], scheduler: abc.SchedulerBase | None) -> Passing[T]:
        """Subscribe to the source."""
        self._upstream.disposable = source.subscribe(
            self._on_next, self._on_error, self._on_completed, scheduler=scheduler
        )
        return self

    def stop(self, reason: str) -> None:
        """Have enough now: what was held back passes, then the end."""
        self._let_go()
        self._leave(reason)

    def dispose(self) -> None:
        """Leave the source."""
        self._upstream.dispose()

    def _on_next(self, item: T) -> None:
        try:
            free, enough = self._feed(item)
        except BaseException as error:
            self.dispose()
            self._observer.on_error(own_error(error))
            return
        if free is not None:
            self._emit(free)
        if enough is not None:
            self._leave(enough)

    def _on_error(self, error: Exception) -> None:
        self._let_go()
        self._observer.on_error(error)

    def _on_completed(self) -> None:
        self._let_go()
        self._observer.on_completed()

    def _let_go(self) -> None:
        emit_rest(self._observer, self._rest)

    def _rest(self) -> tuple[T, ...]:
        rest = self._look.rest()
        return () if rest is None else (rest,)

    def _leave(self, reason: str) -> None:
        dispose_because(self._upstream, reason)
        self._observer.on_completed()
