"""Questions about the text so far, asked beside the stream; the first answer that is yes ends the stream."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextvars import Context
from functools import partial
from inspect import isawaitable, iscoroutine
from typing import Any, Generic, NamedTuple, TypeVar, cast

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

from ...errors import ConfigurationError
from ...forks import new_lock
from ...runtime import (
    GATE,
    HANDED,
    Handed,
    Latch,
    call_soon,
    context_without_gate,
    current_or_background_loop,
    dispose_because,
    is_own_error,
    own_error,
    running_loop,
    scheduler_here,
    shielded,
)
from .element_queue import text_of
from .pacer import Splitter
from .side_calls import SideCallCounter

T = TypeVar("T")

_MOST = 2**20  # characters of the text that a question is about

_CLOSE = 5.0  # seconds that closing a question may take

_YES_OR_NO = re.compile(r"\W*(?:(yes|true)|no|false)\b", re.IGNORECASE)

# An event loop has only weak references to its tasks.
_running: set[asyncio.Task[None]] = set()


class QuestionConfig(NamedTuple):
    """The settings of ``until_judged``; see there."""

    name: str
    ask: Callable[[str], Any]
    lag: float
    choice: int


class UntilAnswer(SingleAssignmentDisposable, Generic[T]):
    """A subscription that passes elements on at once, and ends when a question about their text is answered with yes.

    One question is asked at a time, about the text up to the last complete unit.

    Args:
        config: Settings of the operator.
        make: Function that makes the splitter.
        source: Observable of the elements; it is subscribed to at once.
        observer: Observer of the elements.
        scheduler: Scheduler of the observer, if it gave one.
    """

    def __init__(
        self,
        config: QuestionConfig,
        make: Callable[[], Splitter],
        source: Observable[T],
        observer: abc.ObserverBase[T],
        scheduler: abc.SchedulerBase | None,
    ) -> None:
        super().__init__()
        self._config = config
        self._observer = observer
        self._splitter = make()
        self._loop = current_or_background_loop()
        self._context = context_without_gate()
        self._counts = SideCallCounter(config.name)
        self._text = ""  # up to the last complete unit
        self._news = False  # whether the text has grown since the last question
        self._open = False  # whether a question is open
        self._task: asyncio.Task[None] | None = None
        self._closed = Latch()
        # The source and the answers may come on two threads: they take turns.
        self._turn = new_lock()
        self._over = False
        self._handed = Handed()
        if (outer := HANDED.get()) is not None:
            outer.give(self._handed)
        if (gate := GATE.get()) is not None:
            gate.add_source(self)  # so that leaving waits until the last question is closed
        with self._handed.subscribing():
            scheduler = scheduler or scheduler_here()
            self.disposable = source.subscribe(self._on_next, self._on_error, self._on_completed, scheduler=scheduler)

    def dispose(self) -> None:
        """Dispose the subscription to the source, and stop the question that is open."""
        self._stop_asking()
        super().dispose()

    def wake(self) -> None:
        """Nothing is paused here: the reader's gate pauses the source."""

    async def wait_left(self) -> None:
        """Wait until the question that is open has been closed."""
        if self._over and self._open:
            await self._closed.wait()

    def _on_next(self, item: T) -> None:
        with self._turn:
            if self._over:
                return
            try:
                text = text_of(item, self._config.choice, self._config.name)
                units = self._splitter.feed(text) if text else []
            except BaseException as error:
                self.dispose()
                self._observer.on_error(own_error(error))
                return
            self._observer.on_next(item)
            if units:
                self._text = ("".join((self._text, *units)))[-_MOST:]
                self._news = True
                self._ask_next()

    def _ask_next(self) -> None:
        """Ask about the text so far, unless a question is open or nothing is new."""
        if self._over or self._open or not self._news:
            return
        self._news = False
        if self._counts.calls == 0 and (store := self._handed.store) is not None:
            store.add_side_calls(self._counts)
        self._counts.calls += 1
        context = self._context.copy()
        try:
            found = context.run(self._config.ask, self._text)
        except BaseException as error:
            self._counts.fail(own_error(error))
            return
        if isinstance(found, bool):
            self._take_answer(found)
        else:
            self._open = True
            self._on_loop(partial(self._start, found, context))

    def _start(self, found: object, context: Context) -> None:
        if self._over:
            if iscoroutine(found):
                found.close()
            self._counts.stopped += 1
            self._open = False
            self._closed.set()
            return
        self._task = task = self._loop.create_task(self._question(found), context=context)
        _running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        _running.discard(task)
        with self._turn:
            self._task = None
            self._open = False
            if self._over:
                self._closed.set()
            self._ask_next()

    def _take_answer(self, yes: bool) -> None:
        self._counts.answered += 1
        if yes:
            self._stop()

    async def _question(self, found: object) -> None:
        """Wait for an answer, and end the stream if it is yes.

        Args:
            found: Result of the user's function: a Stream or another awaitable.
        """
        answering = asyncio.ensure_future(self._answer(found))
        try:
            done, _ = await asyncio.wait({answering}, timeout=self._config.lag)
            if not done:
                self._counts.late += 1
                return
            yes = await answering
        except BaseException as error:
            if not is_own_error(error):
                self._counts.stopped += 1
                raise
            self._counts.fail(error)
            return
        finally:
            if not answering.done():
                answering.cancel()
                await shielded(_ended(answering))
        self._take_answer(yes)

    async def _answer(self, found: object) -> bool:
        """Return the answer; close the call that gives it, and count what the call has used."""
        stream = getattr(found, "stream", None)
        answer: Any = found
        try:
            while isawaitable(answer):
                answer = await answer
                stream = getattr(answer, "stream", stream)
            return _is_yes(answer, self._config.name)
        finally:
            if stream is not None and hasattr(stream, "aclose"):
                await shielded(stream.aclose())
                self._counts.charge(stream.response)
            elif hasattr(answer, "usage") and hasattr(answer, "cost"):
                self._counts.charge(cast("Any", answer))

    def _stop(self) -> None:
        """Stop the source, and complete."""
        with self._turn:
            if self._over:
                return
            self._over = True
            dispose_because(self, self._config.name)
            self._observer.on_completed()

    def _on_error(self, error: Exception) -> None:
        with self._turn:
            self._stop_asking()
            self._observer.on_error(error)

    def _on_completed(self) -> None:
        with self._turn:
            self._stop_asking()
            self._observer.on_completed()

    def _stop_asking(self) -> None:
        self._over = True
        self._on_loop(self._cancel)

    def _cancel(self) -> None:
        if self._task is not None and self._task is not asyncio.current_task(self._loop):
            self._task.cancel()

    def _on_loop(self, action: Callable[[], None]) -> None:
        if running_loop() is self._loop:
            action()
        else:
            call_soon(self._loop, action)


async def _ended(task: asyncio.Task[bool]) -> None:
    """Wait until a task has ended, with any outcome; one that takes no cancellation is left alone."""
    await asyncio.wait({task}, timeout=_CLOSE)
    if task.done() and not task.cancelled():
        task.exception()


def _is_yes(answer: Any, name: str) -> bool:
    """Read an answer: a bool, a text that begins with yes or no, or a Response of one of the two.

    Raises:
        ConfigurationError: The answer is none of these.
    """
    if isinstance(getattr(answer, "parsed", None), bool):
        return answer.parsed
    if isinstance(answer, bool):
        return answer
    text = getattr(answer, "content", answer)
    found = _YES_OR_NO.match(text) if isinstance(text, str) else None
    if found is None:
        kind = "a text that begins otherwise" if isinstance(text, str) else type(answer).__name__
        raise ConfigurationError(f"{name} takes True, False, or a text that begins with yes or no; {kind} came.")
    return found[1] is not None
