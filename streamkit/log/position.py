"""The start position of a reader, and the loop or scheduler that delivers to the reader."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

from reactivex import abc
from reactivex.scheduler import CurrentThreadScheduler, ImmediateScheduler
from reactivex.scheduler.eventloop import AsyncIOScheduler
from typing_extensions import TypeVar

from ..chunk import Chunk
from ..runtime import Schedule, call_soon
from ..subscription import Late, Tail
from .memory import MemoryLog

T = TypeVar("T", default=Chunk)

_OWN_LOOP = (AsyncIOScheduler, CurrentThreadScheduler, ImmediateScheduler)


@dataclass(frozen=True, slots=True)
class StartPosition(Generic[T]):
    """The start position of a reader.

    Args:
        position: The position of the first chunk that the reader reads from the log.
        before: The chunks to deliver in place of everything before that position.
    """

    position: int = 0
    before: Sequence[T] = ()


def start_position(log: MemoryLog[T], late: Late, fold: Callable[[int], Sequence[T]]) -> StartPosition[T]:
    """Compute the start position of a reader; for ``fold``, on the loop where the log is written.

    Args:
        log: The log to read.
        late: The reader's option for the chunks before it.
        fold: A function that merges all chunks up to a position into few.
    """
    if late == "replay":
        return StartPosition()
    if late == "live":
        return StartPosition(log.length)
    if isinstance(late, Tail):
        return StartPosition(max(log.first, log.length - late.count))
    position = log.length
    return StartPosition(position, fold(position))


def delivery(
    scheduler: abc.SchedulerBase | None, home: asyncio.AbstractEventLoop | None, loop: asyncio.AbstractEventLoop | None
) -> tuple[Schedule, bool]:
    """Return how to schedule deliveries to a subscriber, and whether they run on the loop where the log is written.

    Args:
        scheduler: The scheduler of the subscription; None if it has none.
        home: The subscriber's loop; None if no loop runs.
        loop: The loop on which the log is written; None if no loop runs.
    """
    if scheduler is not None and not isinstance(scheduler, _OWN_LOOP):

        def soon(action: Callable[[], None]) -> None:
            scheduler.schedule(lambda _scheduler, _state: action())

        return soon, False
    if home is None:
        return (lambda action: action()), loop is None
    return (lambda action: call_soon(home, action)), home is loop
