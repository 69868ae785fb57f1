"""Subscriptions through a guard: elements are emitted when the check of their text has let them through."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from inspect import isawaitable, iscoroutine
from typing import Any, Generic, NamedTuple, TypeVar, cast

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

from ...chunk import Chunk
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
from .machine import MachineSubscription, flush
from .ordered_tasks import OrderedTasks
from .passages import Passage, Passages

T = TypeVar("T")

LATE = object()
"""The answer of a check that has not answered in time."""

_MOST_WAITING = 2**20  # characters that wait for checks


class GuardConfig(NamedTuple):
    """The settings of a guard; see ``guard``."""

    name: str
    check: Callable[[str, str], Any]
    replacement: str | None
    """Text in place of a passage that the check holds; None to end in an error."""
    timeout: float
    ahead: int


class _Verdicts(Generic[T]):
    """Turns the answers of checks into elements, or into the error that ends the subscription."""

    def __init__(self, config: GuardConfig, passages: Passages[T]) -> None:
        self._config = config
        self._passages = passages
        self.error: Exception | None = None
        """The exception that the subscription ends with; None as long as the guard lets text through."""

    def take(self, passage: Passage, answer: object) -> list[T]:
        """Take the answer for the next passage; return the elements to emit."""
        if answer is True:
            return self._passages.release(passage)
        if answer is not False and answer is not LATE:
            self.error = ConfigurationError(
                f"{self._config.name} got {type(answer).__name__} from its check: return True to let the text through, "
                "or False to hold it."
            )
            return []
        if self._config.replacement is not None:
            return self._passages.replace(passage, self._config.replacement)
        reason = f"did not let {len(passage.text):,} characters through"
        if answer is LATE:
            reason += f": the check did not answer within {self._config.timeout:g} s"
        self.error = self._passages.error(passage.choice, f"{reason}.")
        return []


class GuardMachine(Generic[T]):
    """Lets text through as a sync check allows; each passage is checked when it is complete."""

    def __init__(self, config: GuardConfig, passages: Passages[T]) -> None:
        self.done = False
        """Whether the check has held a passage, or failed."""
        self._config = config
        self._passages = passages
        self._verdicts = _Verdicts(config, passages)

    @property
    def error(self) -> Exception | None:
        """The exception that the subscription ends with."""
        return self._verdicts.error

    def feed(self, item: T) -> list[T]:
        """Take the next element; return the elements that are let through."""
        complete, free = self._passages.feed(item)
        return free + self._checked(complete)

    def flush(self) -> list[T]:
        """Check the last passage; return the elements that are let through."""
        if self.done:
            return []
        released = self._checked(self._passages.flush())
        return released if self.done else released + self._passages.rest()

    def error_of_source(self, error: Exception) -> Exception:
        """Return an error of the source, to be passed on."""
        return self._passages.error_of_source(error)

    def _checked(self, complete: list[Passage]) -> list[T]:
        released: list[T] = []
        for passage in complete:
            try:
                answer = self._config.check(passage.text, passage.before)
            except BaseException as error:  # what was let through before is emitted, too
                self._verdicts.error = own_error(error)
            else:
                if isawaitable(answer):
                    if iscoroutine(answer):
                        answer.close()
                    wrong = f"{self._config.name} got an awaitable: give the async function itself."
                    self._verdicts.error = ConfigurationError(wrong)
                else:
                    released += self._verdicts.take(passage, answer)
            if self._verdicts.error is not None:
                self.done = True
                break
        return released


class GuardSubscription(MachineSubscription[T, T]):
    """A subscription whose last passage is checked before an error of the source, too."""

    flush_on_error = True

    def _on_error(self, error: Exception) -> None:
        flush(self._observer, self._machine.flush)
        machine = cast("GuardMachine[T]", self._machine)
        last = machine.error_of_source(error) if machine.error is None else _behind(error, machine.error)
        self._observer.on_error(last)


class AsyncGuard(SingleAssignmentDisposable, Generic[T]):
    """A subscription whose checks run as tasks, several at a time; elements are emitted in order.

    Args:
        config: Settings of the guard.
        make: Function that makes the passages.
        source: Observable of the elements; it is subscribed to at once.
        observer: Observer of the elements.
        scheduler: Scheduler of the observer, if it gave one.
    """

    def __init__(
        self,
        config: GuardConfig,
        make: Callable[[], Passages[T]],
        source: Observable[T],
        observer: abc.ObserverBase[T],
        scheduler: abc.SchedulerBase | None,
    ) -> None:
        super().__init__()
        self._config = config
        self._passages = make()
        self._verdicts = _Verdicts(config, self._passages)
        self._observer = observer
        self._source_error: Exception | None = None
        self._stage = StageGate(GATE.get())
        self._started = self._checked = 0
        self._over = False
        self._checks: OrderedTasks[tuple[Passage, object]] = OrderedTasks(
            current_or_background_loop(),
            context_without_gate(),
            width=config.ahead,
            emit=self._on_checked,
            complete=self._on_flushed,
        )
        token = GATE.set(self._stage)
        try:
            self.disposable = source.subscribe(self._on_next, self._on_error, self._on_completed, scheduler=scheduler)
        finally:
            GATE.reset(token)

    def dispose(self) -> None:
        """Dispose the subscription to the source, and cancel the checks that run."""
        self._over = True
        self._checks.cancel()
        super().dispose()

    def _on_next(self, item: T) -> None:
        self._on_loop(lambda: self._take(item))

    def _take(self, item: T) -> None:
        if self._over:
            return
        try:
            complete, free = self._passages.feed(item)
            for each in free:
                self._observer.on_next(each)
        except BaseException as error:
            self._fail(own_error(error))
            return
        self._start(complete)
        if self._passages.waiting > _MOST_WAITING:
            choice = item.index if isinstance(item, Chunk) else 0
            self._fail(
                self._passages.error(choice, f"has more than {_MOST_WAITING:,} characters that wait for checks.")
            )
            return
        self._regulate()

    def _start(self, complete: list[Passage]) -> None:
        for passage in complete:
            position, self._started = self._started, self._started + 1
            self._checks.start(position, partial(self._check, passage))

    def _regulate(self) -> None:
        """Pause the source while as many checks run as may run at a time."""
        self._stage.pause()
        if self._started - self._checked < self._config.ahead:
            self._stage.resume()

    async def _check(self, passage: Passage) -> tuple[Passage, object]:
        """Return the answer of the check, its exception, or None if it does not answer in time."""
        try:
            answering: Awaitable[object] = self._config.check(passage.text, passage.before)
            task = asyncio.ensure_future(answering)
            task.add_done_callback(_forget)
            try:
                done, _ = await asyncio.wait({task}, timeout=self._config.timeout)
            finally:
                task.cancel()  # not awaited: a check that catches this would be waited for
            if not done:
                return passage, LATE
            if (raised := None if task.cancelled() else task.exception()) is not None:
                return (
                    passage,
                    raised,
                )  # whatever it is: raised here, a GeneratorExit would end this task without a word
            return passage, await task
        except BaseException as error:
            if not is_own_error(error):
                raise
            return passage, error

    def _on_checked(self, checked: tuple[Passage, object]) -> None:
        passage, answer = checked
        self._checked += 1
        try:
            if isinstance(answer, BaseException):
                raise answer
            for each in self._verdicts.take(passage, answer):
                self._observer.on_next(each)
        except BaseException as error:  # raised by the check or by the subscriber
            self._fail(own_error(error))
            return
        if self._verdicts.error is not None:
            self._fail(self._verdicts.error)
        else:
            self._regulate()

    def _on_error(self, error: Exception) -> None:
        self._source_error = error
        self._on_completed()

    def _on_completed(self) -> None:
        self._on_loop(self._flush)

    def _flush(self) -> None:
        if not self._over:
            self._start(self._passages.flush())
            self._checks.flush()

    def _on_flushed(self) -> None:
        flush(self._observer, self._passages.rest)
        if self._source_error is None:
            self._observer.on_completed()
        else:
            self._observer.on_error(self._passages.error_of_source(self._source_error))

    def _fail(self, error: Exception) -> None:
        """Stop the source, and end in an error."""
        self._over = True
        self._checks.cancel()
        dispose_because(self, self._config.name)
        self._observer.on_error(_behind(self._source_error, error))

    def _on_loop(self, action: Callable[[], None]) -> None:
        loop = self._checks.loop
        if running_loop() is loop:
            action()
        else:
            call_soon(loop, action)


def _forget(task: asyncio.Future[object]) -> None:
    """Read the exception of a check whose answer nobody awaits any more, so that asyncio does not report it."""
    if not task.cancelled():
        task.exception()


def _behind(cause: Exception | None, error: Exception) -> Exception:
    """Return an error of the guard, with the error of the source that came before as its cause."""
    if cause is not None:
        error.__cause__ = cause
    return error
