"""Events of an answer: blocks with a start, deltas and an end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from reactivex import Observable

from ..chunk import Chunk
from ..events import Event, EventDeriver
from ._base.machine import MachineSubscription, flush, operator


class _EventSubscription(MachineSubscription[Chunk, Event]):
    """A subscription that emits an error of the source as an event, in front of ``on_error``."""

    flush_on_error = True
    _machine: EventDeriver

    def _fail(self, error: Exception) -> None:
        self._on_error(error)

    def _on_error(self, error: Exception) -> None:
        flush(self._observer, partial(self._machine.fail, error))
        self._observer.on_error(error)


def events() -> Callable[[Observable[Chunk]], Observable[Event]]:
    r"""Emit the answer as events: each block as a start, deltas and an end, then usage and finish, or an error.

    The events are the classes of ``streamkit.events``. Every event has ``kind``, ``index`` (the choice) and ``id`` (of
    its block). The events of all choices are emitted. A block of text ends where the next block starts, or when the
    source completes; a tool call ends at its own end. An error of the source comes as an ``Error`` event that names the
    open blocks, and then by ``on_error``: a block that is not whole has no end. The turns of a conversation have a
    start and an end each, and each tool that runs has a block.

    .. marble::
        :alt: events

        --Eu--------ro----stop--|
        [        events()       ]
        --start-Eu--ro----------end-finish|

    Returns:
        An operator from chunks to events. Joined by block, the deltas do not depend on how the answer was cut.

    >>> import reactivex as rx, streamkit as sk
    >>> chunks = rx.of(sk.Chunk(content="Io"), sk.Chunk(finish_reasons=["stop"]))
    >>> [event.kind for event in sk.flow(chunks).pipe(events())]
    ['text_start', 'text_delta', 'text_end', 'finish']
    """
    return operator(
        partial(_EventSubscription, EventDeriver), emits="many", reads="chunks", gives="other", name="events()"
    )
