"""Partial tool calls, while their arguments arrive."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..chunk import Chunk
from ..tool import PartialToolCall, PartialToolCalls
from ._base.machine import operator
from ._base.select import is_choice


def partial_tool_calls(*, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[PartialToolCall]]:
    r"""Emit a partial tool call for each delta, with the arguments so far.

    A partial call is for display, and of another type than a complete call: it cannot be run, and its last value may
    be incomplete. The provider chooses the number of deltas.

    .. marble::
        :alt: partial_tool_calls

        --{"moon":--"Io"}--stop|
        [ partial_tool_calls() ]
        --{}--------{moon: Io}-|

    Args:
        choice: Index of the answer, where the call asked for several.

    Returns:
        An operator from chunks to ``PartialToolCall``: ``index``, ``id``, ``name``, ``delta`` (the new characters),
        ``arguments_text`` and ``arguments`` (both so far, computed when read).

    >>> import reactivex as rx, streamkit as sk
    >>> deltas = [sk.ToolCallDelta(name="orbit"), sk.ToolCallDelta(arguments='{"moon": "I')]
    >>> chunks = rx.of(*(sk.Chunk(tool_calls=(each,)) for each in deltas))
    >>> [(call.name, call.arguments) for call in sk.flow(chunks).pipe(partial_tool_calls())]
    [('orbit', None), ('orbit', {'moon': 'I'})]
    """

    @operator(emits="many", reads="chunks", gives="other", name="partial_tool_calls()")
    def select(
        source: Observable[Chunk], observer: abc.ObserverBase[PartialToolCall], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        calls = PartialToolCalls()

        def on_next(chunk: Chunk) -> None:
            if is_choice(chunk, choice, "partial_tool_calls()") and chunk.tool_calls:
                for call in calls.feed(chunk):
                    observer.on_next(call)

        return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

    return select
