"""The machine of ``run_tools``: runs the tools that one answer calls, on the event loop of the chunks or on ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from ...chunk import Chunk
from ...errors import ConfigurationError, TruncatedError
from ...runtime import Handed, call_soon, context_without_gate, running_loop, wait_for
from ...tool import ToolCall, ToolCallValidator, ToolResult, TypedToolCall, arguments_error, check_output
from .ordered_tasks import OrderedTasks, attempt


class ToolRunner:
    """Runs the tool calls of one answer: pure tools at once, others at the end of the answer.

    Args:
        calls: Validator of the calls.
        choice: Index of the answer that makes the calls.
        rerun: True if a tool runs again although its result is stored.
        width: Maximum number of tools that run at a time.
        seconds: Timeout of each tool; None for no timeout.
        emit: Callback for each result, in the order of the calls.
        complete: Callback after the last result.
    """

    def __init__(
        self,
        calls: ToolCallValidator,
        *,
        choice: int,
        rerun: bool,
        width: int,
        seconds: float | None,
        emit: Callable[[ToolResult], None],
        complete: Callable[[], None],
    ) -> None:
        self.handed = Handed()
        """The store that the source hands over while it is subscribed to."""
        self._calls = calls
        self._choice = choice
        self._rerun = rerun
        self._width = width
        self._seconds = seconds
        self._emit = emit
        self._complete = complete
        self._context = context_without_gate()
        self._waiting: list[ToolCall] = []
        self._runner: OrderedTasks[ToolResult] | None = None

    def feed(self, chunk: Chunk) -> None:
        """Take the next chunk; pure tools start at once, if an event loop runs here."""
        for call in self._calls.feed(chunk):
            if isinstance(call, TypedToolCall) and call.tool.pure and (loop := running_loop()) is not None:
                self._runner = self._runner or self._on(loop, self._emit, self._complete)
                self._start(self._runner, call)
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
            return self._run_remaining(runner)
        return call_soon(loop, lambda: self._run_remaining(runner))

    def cancel(self) -> None:
        """Cancel the running tools, and emit nothing more; may be called on any thread."""
        if self._runner is not None:
            self._runner.cancel()

    def _on(
        self, loop: asyncio.AbstractEventLoop, emit: Callable[[ToolResult], None], complete: Callable[[], None]
    ) -> OrderedTasks[ToolResult]:
        return OrderedTasks(loop, self._context, width=self._width, emit=emit, complete=complete)

    async def _all(self) -> list[ToolResult]:
        loop = asyncio.get_running_loop()
        results: list[ToolResult] = []
        done = loop.create_future()
        runner = self._on(loop, results.append, lambda: done.set_result(None))
        try:
            self._run_remaining(runner)
            await done
        finally:
            runner.cancel()
        return results

    def _run_remaining(self, runner: OrderedTasks[ToolResult]) -> None:
        """Start the remaining tools, or emit why they are not run."""
        for call, error in self._calls.flush():
            runner.put(call.index, ToolResult(call, error=error))
        for call in self._waiting:
            if not isinstance(call, TypedToolCall):
                runner.put(
                    call.index, ToolResult(call, error=arguments_error(call, "The model called a tool without a name."))
                )
            elif call.tool.pure or self._calls.ended:
                self._start(runner, call)
            else:
                why = f"{call.name!r} was not run: the answer did not come to its end, or was cut."
                runner.put(call.index, ToolResult(call, error=TruncatedError(why)))
        runner.flush()

    def _start(self, runner: OrderedTasks[ToolResult], call: TypedToolCall) -> None:
        runner.start(call.index, partial(self._result, call))

    async def _result(self, call: TypedToolCall) -> ToolResult:
        store, blocking = self.handed.store, not call.tool.is_async
        if store is None:
            output, error, seconds = await attempt(call.call, blocking=blocking, seconds=self._seconds)
        else:
            output, error, seconds = await store.once(
                call, self._choice, blocking=blocking, seconds=self._seconds, rerun=self._rerun
            )
        try:
            check_output(output)
        except ConfigurationError as invalid:
            output, error = None, invalid
        return ToolResult(call, output, error, seconds)
