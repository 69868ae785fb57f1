"""The gate: how a pulling reader holds back what is pushed to it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from typing import Protocol

from reactivex import abc

from .handed import HANDED


class Pausable(Protocol):
    """A cursor that a gate holds back."""

    def wake(self) -> None:
        """The gate has opened."""
        ...

    async def wait_left(self) -> None:
        """Wait until leaving has had its effect on the source."""
        ...


class Gate:
    """How far a pulling reader may be run ahead of, through every operator between it and the sources.

    It travels to the sources in a context variable set around ``subscribe``, and from there with the
    cursor's own context, so that what an operator subscribes to later is held back too.
    """

    __slots__ = ("_sources", "cap", "failed", "full", "pulls")

    def __init__(self, *, pulls: bool) -> None:
        self.cap = 64
        """Elements that may wait for the reader."""
        self.pulls = pulls
        self.full = False
        self.failed: Callable[[Exception], bool] | None = None
        """Told of what is raised at a source's end, where no observer is left to tell; says if it has heard."""
        self._sources: list[Pausable] = []

    def add_source(self, source: Pausable) -> None:
        """Take a source under this gate."""
        self._sources.append(source)

    def fail(self, error: Exception) -> bool:
        """Tell the reader what was raised at a source's end; return whether it has heard."""
        return self.failed is not None and self.failed(error)

    def open(self) -> None:
        """Let the sources go on."""
        self.full = False
        for source in self._sources:
            source.wake()

    async def wait_left(self) -> None:
        """Wait until every source has taken note that its reader is gone."""
        for source in self._sources:
            await source.wait_left()


class StageGate(Gate):
    """The gate of an operator that takes its time: it holds back the sources as its reader's gate does.

    Args:
        outer: The reader's, if it has one.
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
        """Let the sources wait."""
        self._paused = self.full = True

    def resume(self) -> None:
        """Let them go on, if the reader does."""
        self._paused = False
        if self._outer is None or not self._outer.full:
            self.open()

    def wake(self) -> None:
        """Take note that the reader's gate has opened."""
        if not self._paused:
            self.open()


GATE: ContextVar[Gate | None] = ContextVar("streamkit_gate", default=None)

STOPPED_BY: ContextVar[str | None] = ContextVar("streamkit_stopped_by", default=None)

"""Set around a ``dispose`` by an operator that has enough: what to say of why the stream was stopped."""


def context_without_gate() -> Context:
    """Copy the caller's context for a pump: everything in it but the caller's gate, and what it is handed."""
    context = copy_context()
    context.run(GATE.set, None)
    context.run(HANDED.set, None)
    return context


def dispose_because(subscription: abc.DisposableBase, reason: str) -> None:
    """Dispose a subscription, and let a call that this stops know what it was.

    Args:
        subscription: What to dispose.
        reason: The operator, as its user wrote it.
    """
    token = STOPPED_BY.set(reason)
    try:
        subscription.dispose()
    finally:
        STOPPED_BY.reset(token)
