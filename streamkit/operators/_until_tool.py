"""Stop the call as soon as a tool call is complete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

from ..chunk import Chunk
from ..runtime import dispose_because
from ..tool import ToolCallValidator, ToolRegistry, as_tool
from ._base.machine import operator
from ._base.select import is_choice


def until_tool(tool: Any = None, *, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[Chunk]]:
    r"""Complete as soon as a tool call is complete, and stop the source at once.

    A call is complete at its own end: when its block stops, when the next call starts, or with the finish reason.

    .. marble::
        :alt: until_tool

        --Eu--{"moon":"Io"}--stop--more--|
        [          until_tool()          ]
        --Eu--{"moon":"Io"}--stop|

    Args:
        tool: Name of the tool; or the tool, a function or a pydantic model class: then only a call with valid
            arguments counts. By default any call counts.
        choice: Index of the answer, where the call asked for several.

    Returns:
        An operator that emits all chunks up to the one that completes the call.

    Raises:
        ConfigurationError: ``tool`` cannot be a tool.

    >>> import reactivex as rx, streamkit as sk
    >>> calls = [sk.ToolCallDelta(index=at, name="orbit", arguments="{}", complete=True) for at in range(3)]
    >>> chunks = rx.of(*(sk.Chunk(tool_calls=(each,)) for each in calls))
    >>> len(list(sk.flow(chunks).pipe(until_tool("orbit"))))
    1
    """
    made = None if tool is None or isinstance(tool, str) else as_tool(tool)
    name = tool if made is None else made.name
    box = ToolRegistry(() if made is None else (made,))
    reason = "until_tool()" if name is None else f"until_tool({name!r})"

    @operator(emits="same", reads="chunks", gives="chunks", name=reason)
    def take_until_call(
        source: Observable[Chunk], observer: abc.ObserverBase[Chunk], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        upstream = SingleAssignmentDisposable()
        calls = ToolCallValidator(box)

        def on_next(chunk: Chunk) -> None:
            completed = calls.feed(chunk) if is_choice(chunk, choice, "until_tool()") else ()
            observer.on_next(chunk)
            if any(name in (None, call.name) for call in completed):
                dispose_because(upstream, reason)
                observer.on_completed()

        upstream.disposable = source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)
        return upstream

    return take_until_call
