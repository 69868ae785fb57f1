"""The complete tool calls of a stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reactivex import Observable, abc

from ..chunk import Chunk
from ..fold import Fold
from ..tool import ToolCall, ToolCallValidator, ToolRegistry, to_tools
from ._base.machine import operator
from ._base.select import is_choice


def tool_calls(*tools: Any, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[ToolCall]]:
    r"""Emit each tool call at the end of the call, if the arguments are complete, strict JSON and valid for the tool.

    .. marble::
        :alt: tool_calls

        --{"moon":--"Io"}--stop|
        [     tool_calls()     ]
        -------------------{moon: Io}|

    Args:
        tools: Functions, pydantic model classes or ``sk.Tool`` objects that validate the arguments and run the
            calls; without tools, the calls are emitted as the model made them.
        choice: Index of the answer, where the call asked for several.

    Returns:
        An operator from chunks to complete calls, in the order in which they become complete.

    Raises:
        ToolArgumentsError: By ``on_error``, at completion and after all valid calls: the error of the first invalid
            call.
        ConfigurationError: An object cannot be a tool, or two tools have the same name.

    >>> import reactivex as rx, streamkit as sk
    >>> def orbit(moon: str) -> str:
    ...     return f"{moon}: 1.8 days"
    >>> call = sk.ToolCallDelta(name="orbit", arguments='{"moon": "Io"}')
    >>> chunks = rx.of(sk.Chunk(tool_calls=(call,)), sk.Chunk(finish_reasons=["tool_calls"]))
    >>> [call.call() for call in sk.flow(chunks).pipe(tool_calls(orbit))]
    ['Io: 1.8 days']
    """
    box = ToolRegistry(to_tools(tools))

    @operator(emits="many", reads="chunks", gives="other", name="tool_calls()")
    def select(
        source: Observable[Chunk], observer: abc.ObserverBase[ToolCall], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        calls = ToolCallValidator(box)
        fold = Fold()  # the partial Response of an error

        def on_next(chunk: Chunk) -> None:
            of_choice = is_choice(chunk, choice, "tool_calls()")
            if box:
                fold.add((chunk,))
            if of_choice:
                for call in calls.feed(chunk):
                    observer.on_next(call)

        def on_completed() -> None:
            for _, error in calls.flush():
                error.partial = fold.response("complete" if fold.finished else "unknown").attach_tools(box)
                return observer.on_error(error)
            return observer.on_completed()

        return source.subscribe(on_next, observer.on_error, on_completed, scheduler=scheduler)

    return select
