"""Where a reader begins, and on which loop or scheduler it is served."""

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
    """Where a reader begins.

    Args:
        position: The first chunk of the log that it reads.
        before: What it is given of everything before that.
    """

    position: int = 0
    before: Sequence[T] = ()


def start_position(log: MemoryLog[T], late: Late, fold: Callable[[int], Sequence[T]]) -> StartPosition[T]:
    """Say where a reader begins; for ``fold``, on the loop where the log is written.

    Args:
        log: What it reads.
        late: What it wants of what has come.
        fold: Makes one of everything that has come up to a position.
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
    """Say how a subscriber is served, and whether that is where the log is written.

    Args:
        scheduler: The one that it was given.
        home: The loop that it lives on; None where there is none.
        loop: The loop on which the log is written, likewise.
    """
    if scheduler is not None and not isinstance(scheduler, _OWN_LOOP):

        def soon(action: Callable[[], None]) -> None:
            scheduler.schedule(lambda _scheduler, _state: action())

        return soon, False
    if home is None:
        return (lambda action: action()), loop is None
    return (lambda action: call_soon(home, action)), home is loop
