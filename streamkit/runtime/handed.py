"""What a Stream hands to the operators that subscribe to it, though they know no Stream: its store of tool results."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from reactivex import abc

if TYPE_CHECKING:
    from ..operators._base.tool_store import ToolStore


class Handed:
    """What one subscription is handed by the Streams that it leads to, through every operator in between.

    It travels to them in a context variable set around ``subscribe``, as the gate does.
    """

    __slots__ = ("_given",)

    def __init__(self) -> None:
        self._given: list[ToolStore | Handed] = []

    @contextlib.contextmanager
    def subscribing(self) -> Generator[None]:
        """Take what is handed over while a source is subscribed to."""
        token = HANDED.set(self)
        try:
            yield
        finally:
            HANDED.reset(token)

    def around(self, action: abc.ScheduledAction[Any]) -> abc.ScheduledAction[Any]:
        """Return an action that subscribes to sources later, for this subscription."""

        def within(scheduler: abc.SchedulerBase, state: Any = None) -> abc.DisposableBase | None:
            with self.subscribing():
                return action(scheduler, state)

        return within

    def give(self, store: ToolStore | Handed) -> None:
        """Take a Stream's store, or what somebody who shares a subscription was handed."""
        if not any(each is store for each in self._given):
            self._given.append(store)

    @property
    def store(self) -> ToolStore | None:
        """The store of the one Stream behind the subscription; None if there is none, or more than one."""
        found = set(self._stores())
        return found.pop() if len(found) == 1 else None

    def _stores(self) -> Iterator[ToolStore]:
        for each in self._given:
            if isinstance(each, Handed):
                yield from each._stores()
            else:
                yield each


HANDED: ContextVar[Handed | None] = ContextVar("streamkit_handed", default=None)


def hand_over(store: ToolStore | Handed) -> None:
    """Give a store to whoever subscribes in this context, if it takes one."""
    handed = HANDED.get()
    if handed is not None:
        handed.give(store)
