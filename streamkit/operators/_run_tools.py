"""The tools that a model calls, run: so many at a time, their results in the order of the calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..runtime import ToolRunner, is_choice, operator, own_error, scheduler_here
from ..settings import is_positive
from ..tool import Tool, Toolbox, ToolResult, TypedCalls, declared


class _Options(TypedDict):
    width: int
    seconds: float | None
    choice: int
    rerun: bool


def run_tools(
    *tools: Any, concurrency: int = 8, timeout: float | None = None, choice: int = 0, rerun: bool = False
) -> Callable[[Observable[Chunk]], Observable[ToolResult]]:
    r"""Run the tools that the model calls, and emit a result for every call.

    Tools run when the answer has come to its end and was cut neither by its length nor by a filter; one that
    is ``pure`` (``sk.as_tool(…, pure=True)``) as soon as its call is whole. Async tools run on the loop on which
    the chunks come, others in worker threads, all with the subscriber's context variables. Where no loop
    runs, the thread waits for all of them when its source completes. Disposing cancels async tools; a worker
    thread runs on.

    A tool runs once for each Stream, call id and function, however often the flow is subscribed, awaited or
    retried: its result, an error too, is kept beside the Stream's log, and two subscribers at once share the one
    run. A run that was cancelled half-way is not kept. Over any other Observable, and over several Streams
    together, nothing is kept: each subscription runs the tools.

    .. marble::
        :alt: run_tools

        --{"moon":"Io"}--stop--|
        [   run_tools(orbit)   ]
        -----------------------result|

    Args:
        tools: Functions, pydantic model classes with a method ``call``, or ``sk.Tool`` objects.
        concurrency: How many run at a time.
        timeout: Seconds that each may take; ``error`` is a TimeoutError then.
        choice: Which of several answers.
        rerun: Whether each subscription runs them again, instead of taking the results that are kept.

    Returns:
        An operator from chunks to ``ToolResult``, one for each call that was told to its end, in the order of the
        calls. What a tool raises stands in its result's ``error``, as does why one was not run: arguments that
        do not fit, a tool that there is not, or an answer that was cut.

    Raises:
        ConfigurationError: Something given cannot be run, two have the same name, or a number makes no sense.

    >>> import reactivex as rx, streamkit as sk
    >>> def orbit(moon: str) -> str:
    ...     return f"{moon}: 1.8 days"
    >>> call = sk.ToolCallDelta(name="orbit", arguments='{"moon": "Io"}')
    >>> chunks = rx.of(sk.Chunk(tool_calls=(call,)), sk.Chunk(finish_reasons=["tool_calls"]))
    >>> [result.output for result in sk.flow(chunks).pipe(run_tools(orbit))]
    ['Io: 1.8 days']
    """
    box = _checked(tools, concurrency, timeout)
    options: _Options = {"width": concurrency, "seconds": timeout, "choice": choice, "rerun": rerun}

    @operator
    def run(
        source: Observable[Chunk], observer: abc.ObserverBase[ToolResult], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        def emit(result: ToolResult) -> None:
            try:
                observer.on_next(result)
            except BaseException as error:  # raised by the subscriber: a late result has no caller to hand it to
                observer.on_error(own_error(error))

        def on_next(chunk: Chunk) -> None:
            if is_choice(chunk, choice):
                runner.feed(chunk)

        runner = ToolRunner(TypedCalls(box), **options, emit=emit, complete=observer.on_completed)
        with runner.handed.subscribing():
            # A scheduler of ours if none was given: what is subscribed to later on its trampoline is handed over, too.
            scheduler = scheduler or scheduler_here()
            upstream = source.subscribe(on_next, observer.on_error, runner.flush, scheduler=scheduler)
        return CompositeDisposable(upstream, Disposable(runner.cancel))

    return run


def _checked(tools: tuple[Any, ...], concurrency: int, timeout: float | None) -> Toolbox:
    made = declared(tools)
    if not made or not all(isinstance(each, Tool) for each in made):
        raise ConfigurationError("run_tools takes the tools to run: functions, pydantic model classes or sk.Tool(…).")
    if not is_positive(concurrency, whole=True) or not (timeout is None or is_positive(timeout)):
        raise ConfigurationError(f"run_tools(concurrency={concurrency!r}, timeout={timeout!r}): use numbers above 0.")
    return Toolbox(made)
