"""The results of the tools that a model calls, in the order of the calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, overload

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..runtime import scheduler_here
from ..tool import ToolCallValidator, ToolResult, ToolUpdate
from ._base.machine import operator
from ._base.select import is_choice
from ._base.tool_runner import ToolRunner, runnable_tools


@overload
def run_tools(
    *tools: Any,
    concurrency: int = 8,
    timeout: float | None = None,
    choice: int = 0,
    rerun: bool = False,
    updates: Literal[False] = False,
) -> Callable[[Observable[Chunk]], Observable[ToolResult]]: ...


@overload
def run_tools(
    *tools: Any,
    updates: Literal[True],
    concurrency: int = 8,
    timeout: float | None = None,
    choice: int = 0,
    rerun: bool = False,
) -> Callable[[Observable[Chunk]], Observable[ToolUpdate | ToolResult]]: ...


def run_tools(
    *tools: Any,
    concurrency: int = 8,
    timeout: float | None = None,
    choice: int = 0,
    rerun: bool = False,
    updates: bool = False,
) -> Callable[[Observable[Chunk]], Observable[Any]]:
    r"""Run the tools that the model calls, and emit a result for every call.

    Tools run at the end of an answer that was cut neither by its length nor by a filter; a ``pure`` tool
    (``sk.as_tool(…, pure=True)``) runs as soon as its call is complete. Async tools run on the event loop of the
    chunks, others in worker threads, all with the subscriber's context variables. Where no event loop runs, the
    thread waits for all tools when the source completes. Disposing cancels async tools and generators; a worker thread
    runs on, and sees it in its ``ToolContext``.

    A tool may yield its result in parts, or return a Stream or a Flow, of which the whole is the result.

    A tool runs once for each Stream, call id and function, however often the flow is subscribed, awaited or
    retried: the result or error is kept beside the Stream's log, and two subscribers at once share one run. A
    cancelled run is not kept. Over any other Observable, and over several Streams together, nothing is kept: each
    subscription runs the tools.

    .. marble::
        :alt: run_tools

        --{"moon":"Io"}--stop--|
        [   run_tools(orbit)   ]
        -----------------------(Io goes round)|

    Args:
        tools: Functions, pydantic model classes with a method ``call``, or ``sk.Tool`` objects.
        concurrency: Maximum number of tools that run at a time.
        timeout: Seconds that each tool may take; after them ``error`` is a TimeoutError.
        choice: Index of the answer, where the call asked for several.
        rerun: True if each subscription runs the tools again, instead of taking the results that are kept.
        updates: True to emit each ``ToolUpdate`` too: the start, the parts, the chunks and the progress of a tool that
            still runs, before the call's result. Who reads a result that is kept gets no updates.

    Returns:
        An operator from chunks to ``ToolResult``, one for each complete call, in the order of the calls. The ``error``
        of a result is the exception of the tool, or the reason why the tool was not run: invalid arguments, an
        unknown tool, or an answer that was cut.

    Raises:
        ConfigurationError: An object cannot be run, two tools have the same name, or a number is not above 0.

    >>> import reactivex as rx, streamkit as sk
    >>> def orbit(moon: str) -> str:
    ...     return f"{moon}: 1.8 days"
    >>> call = sk.ToolCallDelta(name="orbit", arguments='{"moon": "Io"}')
    >>> chunks = rx.of(sk.Chunk(tool_calls=(call,)), sk.Chunk(finish_reasons=["tool_calls"]))
    >>> [result.output for result in sk.flow(chunks).pipe(run_tools(orbit))]
    ['Io: 1.8 days']
    """
    box = runnable_tools(tools, concurrency, timeout)
    runs = partial(ToolRunner, width=concurrency, seconds=timeout, choice=choice, rerun=rerun, updates=updates)

    @operator(emits="many", reads="chunks", gives="other", name="run_tools()")
    def run(
        source: Observable[Chunk], observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        def on_next(chunk: Chunk) -> None:
            if type(chunk) is not Chunk and (origin := getattr(chunk, "origin", None)) and origin.runs_tools:
                raise ConfigurationError(
                    "run_tools() would run the tools of a conversation again: chunk.origin.result has their results."
                )
            if is_choice(chunk, choice, "run_tools()"):
                runner.feed(chunk)

        runner = runs(ToolCallValidator(box), observer)
        with runner.handed.subscribing():
            # A scheduler of ours if none was given: what is subscribed to later on its trampoline is handed over, too.
            scheduler = scheduler or scheduler_here()
            upstream = source.subscribe(on_next, observer.on_error, runner.flush, scheduler=scheduler)
        return CompositeDisposable(upstream, Disposable(runner.cancel))

    return run
