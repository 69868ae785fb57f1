"""The async form of ``take_until``: each element, and the source, waits for an async predicate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

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
from .ordered_tasks import OrderedTasks

T = TypeVar("T")


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
