"""The machine of ``run_tools``: runs the tools that one answer calls, on the event loop of the chunks or on ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from reactivex import abc

from ...chunk import Chunk
from ...errors import ConfigurationError, TruncatedError
from ...runtime import GATE, Handed, call_soon, context_without_gate, own_error, running_loop, wait_for
from ...settings import is_positive
from ...tool import (
    Tool,
    ToolCall,
    ToolCallValidator,
    ToolRegistry,
    ToolResult,
    ToolUpdate,
    TypedToolCall,
    arguments_error,
    to_tools,
)
from .ordered_tasks import OrderedTasks
from .tool_run import ToolListener, ToolRun, idempotency_key, result_of


def runnable_tools(tools: tuple[Any, ...], concurrency: int, timeout: float | None) -> ToolRegistry:
    """Return the tools to run, by name.

    Raises:
        ConfigurationError: An object cannot be run, two tools have the same name, or a number is not above 0.
    """
    made = to_tools(tools)
    if not made or not all(isinstance(each, Tool) for each in made):
        raise ConfigurationError("run_tools takes the tools to run: functions, pydantic model classes or sk.Tool(…).")
    if not is_positive(concurrency, whole=True) or not (timeout is None or is_positive(timeout)):
        raise ConfigurationError(f"run_tools(concurrency={concurrency!r}, timeout={timeout!r}): use numbers above 0.")
    return ToolRegistry(made)


class ToolRunner:
    """Runs the tool calls of one answer: pure tools at once, others at the end of the answer.

    Args:
        calls: Validator of the calls.
        observer: Observer of each result, in the order of the calls, and of each update, as soon as there is one.
        choice: Index of the answer that makes the calls.
        rerun: True if a tool runs again although its result is stored.
        width: Maximum number of tools that run at a time.
        seconds: Timeout of each tool; None for no timeout.
        updates: True to emit what running tools show, too.
    """

    def __init__(
        self,
        calls: ToolCallValidator,
        observer: abc.ObserverBase[Any],
        *,
        choice: int,
        rerun: bool,
        width: int,
        seconds: float | None,
        updates: bool,
    ) -> None:
        self.handed = Handed()
        """The store that the source hands over while it is subscribed to."""
        self._calls = calls
        self._choice = choice
        self._rerun = rerun
        self._width = width
        self._seconds = seconds
        self._updates = updates
        self._observer = observer
        self._complete = observer.on_completed
        self._context = context_without_gate()
        self._waiting: list[ToolCall] = []
        self._response_id: str | None = None
        self._cancelled = False
        self._listeners: set[ToolListener] = set()
        self._gate = GATE.get() if updates else None
        if self._gate is not None:
            self._gate.add_source(self)
        self._runner: OrderedTasks[ToolResult] | None = None

    def feed(self, chunk: Chunk) -> None:
        """Take the next chunk; pure tools start at once, if an event loop runs here."""
        self._response_id = self._response_id or chunk.id
        for call in self._calls.feed(chunk):
            if isinstance(call, TypedToolCall) and call.tool.pure and (loop := running_loop()) is not None:
                self._runner = self._runner or self._on(loop, self._emit, self._complete)
                self._start(self._runner, call, self._emit)
            else:
                self._waiting.append(call)

    def flush(self) -> None:
        """End the input, and run the tools that waited for the end of the answer."""
        loop = self._runner.loop if self._runner else running_loop()
        if loop is None:
            for result in wait_for(self._all):
                self._emit(result)
            return self._complete()
        runner = self._runner = self._runner or self._on(loop, self._emit, self._complete)
        if running_loop() is loop:
            return self._run_remaining(runner, self._emit)
        return call_soon(loop, lambda: self._run_remaining(runner, self._emit))

    def cancel(self) -> None:
        """Cancel the running tools, and emit nothing more; may be called on any thread."""
        self._cancelled = True
        if self._runner is not None:
            self._runner.cancel()

    def _emit(self, event: ToolUpdate | ToolResult) -> None:
        try:
            self._observer.on_next(event)
        except BaseException as error:  # raised by the subscriber: a late result has no caller to hand it to
            self._observer.on_error(own_error(error))

    def wake(self) -> None:
        """Note that the reader has room again."""
        for listener in list(self._listeners):
            listener.resume()

    async def wait_left(self) -> None:
        """Return at once: leaving cancels the tools and waits for none."""

    def _on(
        self, loop: asyncio.AbstractEventLoop, emit: Callable[[ToolResult], None], complete: Callable[[], None]
    ) -> OrderedTasks[ToolResult]:
        return OrderedTasks(loop, self._context, width=self._width, emit=emit, complete=complete)

    async def _all(self) -> list[ToolUpdate | ToolResult]:
        loop = asyncio.get_running_loop()
        results: list[ToolUpdate | ToolResult] = []
        done = loop.create_future()
        runner = self._on(loop, results.append, lambda: done.set_result(None))
        try:
            self._run_remaining(runner, results.append)
            await done
        finally:
            runner.cancel()
        return results

    def _run_remaining(self, runner: OrderedTasks[ToolResult], emit: Callable[[ToolUpdate | ToolResult], None]) -> None:
        """Start the remaining tools, or emit why they are not run."""
        for call, error in self._calls.flush():
            runner.put(call.index, ToolResult(call, error=error, state="not_run"))
        for call in self._waiting:
            if not isinstance(call, TypedToolCall):
                error = arguments_error(call, "The model called a tool without a name.")
                runner.put(call.index, ToolResult(call, error=error, state="not_run"))
            elif call.tool.pure or self._calls.ended:
                self._start(runner, call, emit)
            else:
                why = f"{call.name!r} was not run: the answer did not come to its end, or was cut."
                runner.put(call.index, ToolResult(call, error=TruncatedError(why), state="not_run"))
        runner.flush()

    def _start(
        self,
        runner: OrderedTasks[ToolResult],
        call: TypedToolCall,
        emit: Callable[[ToolUpdate | ToolResult], None],
    ) -> None:
        runner.start(call.index, partial(self._result, call, emit))

    async def _result(self, call: TypedToolCall, emit: Callable[[ToolUpdate | ToolResult], None]) -> ToolResult:
        loop, store = asyncio.get_running_loop(), self.handed.store
        key = idempotency_key(call, self._choice, self._response_id)
        listener = self._listener(loop, emit) if self._updates else None
        try:
            if store is None:
                run = ToolRun(call, key, loop)
                run.start(self._seconds)
                outcome = await run.outcome_of(listener)
                if outcome is None:
                    raise asyncio.CancelledError
            else:
                outcome = await store.once(
                    call, self._choice, key=key, seconds=self._seconds, rerun=self._rerun, listener=listener
                )
        finally:
            if listener is not None:
                self._listeners.discard(listener)
        return result_of(call, outcome)

    def _listener(
        self, loop: asyncio.AbstractEventLoop, emit: Callable[[ToolUpdate | ToolResult], None]
    ) -> ToolListener:
        gate = self._gate

        def emit_update(update: ToolUpdate) -> None:
            if not self._cancelled:
                emit(update)

        listener = ToolListener(loop, emit_update, lambda: gate is not None and gate.full)
        self._listeners.add(listener)
        return listener
