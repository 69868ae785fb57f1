"""Tool stores on their way from a Stream to operators that know only an Observable."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from contextvars import ContextVar
from typing import Any, TypeAlias

from reactivex import abc

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


def hand_over(store: ToolStore) -> None:
    """Pass a store to the subscription that is being made in this context, if that collects any."""
    handed = HANDED.get()
    if handed is not None:
        handed.give(store)
