"""What a subscription carries to its sources, through every operator between: the reader's gate, and tool stores."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from contextvars import Context, ContextVar, copy_context
from typing import Any, Protocol, TypeAlias

from reactivex import abc


class Pausable(Protocol):
    """A cursor that a gate can pause."""

    def wake(self) -> None:
        """Note that the gate has opened."""
        ...

    async def wait_left(self) -> None:
        """Wait until the leaving has taken effect on the source."""
        ...


class Gate:
    """A bound on the elements that wait for a pulling reader, through every operator between reader and sources.

    The gate travels to the sources in a context variable that is set around ``subscribe``, and from there in the
    cursor's own context, so that a source to which an operator subscribes later is paused too.
    """

    __slots__ = ("_sources", "cap", "failed", "full", "pulls")

    def __init__(self, *, pulls: bool) -> None:
        self.cap = 64
        """The number of elements that may wait for the reader."""
        self.pulls = pulls
        self.full = False
        self.failed: Callable[[Exception], bool] | None = None
        """A function that takes an exception at a source's end that no observer can get, and returns True if it has."""
        self._sources: list[Pausable] = []

    def add_source(self, source: Pausable) -> None:
        """Add a source that this gate pauses."""
        self._sources.append(source)

    def fail(self, error: Exception) -> bool:
        """Pass an exception at a source's end to the reader; return whether the reader has taken it."""
        return self.failed is not None and self.failed(error)

    def open(self) -> None:
        """Resume the sources."""
        self.full = False
        for source in self._sources:
            source.wake()

    async def wait_left(self) -> None:
        """Wait until the reader's leaving has taken effect on every source."""
        for source in self._sources:
            await source.wait_left()


class StageGate(Gate):
    """The gate of a slow operator, which pauses the sources as the reader's gate does.

    Args:
        outer: The reader's gate; None if there is none.
    """

    __slots__ = ("_outer", "_paused")

    def __init__(self, outer: Gate | None) -> None:
        super().__init__(pulls=True)
        self._paused = False
        self._outer = outer
        if outer is not None:
            outer.add_source(self)
            self.failed = outer.fail

    def pause(self) -> None:
        """Pause the sources."""
        self._paused = self.full = True

    def resume(self) -> None:
        """Resume the sources, unless the reader's gate is full."""
        self._paused = False
        if self._outer is None or not self._outer.full:
            self.open()

    def wake(self) -> None:
        """Note that the reader's gate has opened."""
        if not self._paused:
            self.open()


GATE: ContextVar[Gate | None] = ContextVar("streamkit_gate", default=None)

STOPPED_BY: ContextVar[str | None] = ContextVar("streamkit_stopped_by", default=None)

"""The reason for ``stopped_by``, set around a ``dispose`` by an operator that needs no more input."""

ToolStore: TypeAlias = Any
"""A store of tool results. Its class stands above this room, with the operator that runs tools."""


class Handed:
    """The tool stores of the Streams behind one subscription, through every operator in between.

    The object travels to the Streams in a context variable that is set around ``subscribe``, as the gate does.
    """

    __slots__ = ("_given",)

    def __init__(self) -> None:
        self._given: list[ToolStore] = []

    @contextlib.contextmanager
    def subscribing(self) -> Generator[None]:
        """Collect the tool stores that are handed over while a source is subscribed to."""
        token = HANDED.set(self)
        try:
            yield
        finally:
            HANDED.reset(token)

    def around(self, action: abc.ScheduledAction[Any]) -> abc.ScheduledAction[Any]:
        """Return an action that collects tool stores for this subscription when it subscribes to sources later."""

        def within(scheduler: abc.SchedulerBase, state: Any = None) -> abc.DisposableBase | None:
            with self.subscribing():
                return action(scheduler, state)

        return within

    def give(self, store: ToolStore) -> None:
        """Add the store of a Stream, or the stores of a shared subscription."""
        if not any(each is store for each in self._given):
            self._given.append(store)

    @property
    def store(self) -> ToolStore:
        """The store of the one Stream behind the subscription; None if there is no Stream, or more than one."""
        found = set(self._stores())
        return found.pop() if len(found) == 1 else None

    def _stores(self) -> Iterator[ToolStore]:
        for each in self._given:
            if isinstance(each, Handed):
                yield from each._stores()
            else:
                yield each


HANDED: ContextVar[Handed | None] = ContextVar("streamkit_handed", default=None)


def context_without_gate() -> Context:
    """Copy the caller's context for a pump, without the caller's gate and tool stores."""
    context = copy_context()
    if GATE in context:
        context.run(GATE.set, None)
    if HANDED in context:
        context.run(HANDED.set, None)
    return context


def dispose_because(subscription: abc.DisposableBase, reason: str) -> None:
    """Dispose a subscription; a call that this stops gets the reason as ``stopped_by``."""
    token = STOPPED_BY.set(reason)
    try:
        subscription.dispose()
    finally:
        STOPPED_BY.reset(token)
