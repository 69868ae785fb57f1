"""A condition that takes its time: elements are held until it has judged them, and their source with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

from ._gate import GATE, Stage, dispose_because, own_context
from ._loops import call_soon, home_loop, running_loop
from ._user_code import is_own_error, own_error
from ._work import Ordered

T = TypeVar("T")


class Judging(Generic[T], abc.DisposableBase):
    """A subscription whose elements pass one by one, each when it has been judged, until one meets the condition.

    Args:
        observer: Who gets them.
        condition: Asked of each, on the loop on which the subscription was made.
        inclusive: Whether the one that meets it still passes.
        reason: What to say of why the source was stopped.
    """

    def __init__(
        self,
        observer: abc.ObserverBase[T],
        condition: Callable[[T], Awaitable[bool]],
        *,
        inclusive: bool,
        reason: str,
    ) -> None:
        self._observer = observer
        self._condition = condition
        self._inclusive = inclusive
        self._reason = reason
        self._upstream = SingleAssignmentDisposable()
        self._stage = Stage(GATE.get())
        self._end = observer.on_completed
        self._taken = self._given = 0
        self._judged: Ordered[tuple[T, bool | BaseException]] = Ordered(
            home_loop(), own_context(), width=1, give=self._give, over=self._finish
        )

    def start(self, source: Observable[T], scheduler: abc.SchedulerBase | None) -> Judging[T]:
        """Subscribe to the source."""
        token = GATE.set(self._stage)
        try:
            self._upstream.disposable = source.subscribe(
                self._on_next, self._on_error, self._on_completed, scheduler=scheduler
            )
        finally:
            GATE.reset(token)
        return self

    def dispose(self) -> None:
        """Leave the source, and judge nothing more."""
        self._judged.cancel()
        self._upstream.dispose()

    def _on_next(self, item: T) -> None:
        self._stage.hold()
        place, self._taken = self._taken, self._taken + 1
        self._there(lambda: self._judged.start(place, partial(self._judge, item)))

    def _on_error(self, error: Exception) -> None:
        self._end = partial(self._observer.on_error, error)
        self._on_completed()

    def _on_completed(self) -> None:
        self._there(self._judged.finish)

    def _finish(self) -> None:
        self._end()  # the source's, which has come meanwhile

    def _there(self, action: Callable[[], None]) -> None:
        loop = self._judged.loop
        if running_loop() is loop:
            action()
        else:
            call_soon(loop, action)

    async def _judge(self, item: T) -> tuple[T, bool | BaseException]:
        try:
            return item, await self._condition(item)
        except BaseException as error:
            if not is_own_error(error):
                raise
            return item, error

    def _give(self, judged: tuple[T, bool | BaseException]) -> None:
        item, met = judged
        self._given += 1
        try:
            if isinstance(met, BaseException):
                raise met
            if self._inclusive or not met:
                self._observer.on_next(item)
        except BaseException as error:  # the condition's own, or the subscriber's
            self.dispose()
            self._observer.on_error(own_error(error))
            return
        if met:
            self._judged.cancel()
            dispose_because(self._upstream, self._reason)
            self._observer.on_completed()
        elif self._given == self._taken:
            self._stage.release()
