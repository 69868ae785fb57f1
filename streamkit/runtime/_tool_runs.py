"""The tools that one answer calls, run where its chunks come: on the loop there, or while the thread waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from ..chunk import Chunk
from ..errors import ConfigurationError, TruncatedError
from ..tool import ToolCall, ToolResult, TypedCalls, TypedToolCall, check_output, refused
from ._gate import own_context
from ._handed import Handed
from ._loops import call_soon, home_loop, running_loop, wait_for
from ._work import OrderedTasks, attempt


class ToolRunner:
    """The calls of one answer: those that run, those that wait for its end, and those that do not fit.

    Args:
        calls: What reads them.
        choice: Which of several answers makes them.
        rerun: Whether a tool runs again whose result is kept.
        width: How many run at a time.
        seconds: The time that each has.
        give: Called with each result, in the order of the calls.
        over: Called behind the last.
    """

    def __init__(
        self,
        calls: TypedCalls,
        *,
        choice: int,
        rerun: bool,
        width: int,
        seconds: float | None,
        emit: Callable[[ToolResult], None],
        complete: Callable[[], None],
    ) -> None:
        self.handed = Handed()
        """What its source hands over while it is subscribed to."""
        self._calls = calls
        self._choice = choice
        self._rerun = rerun
        self._width = width
        self._seconds = seconds
        self._emit = emit
        self._complete = complete
        self._context = own_context()
        self._waiting: list[ToolCall] = []
        self._runner: OrderedTasks[ToolResult] | None = None

    def feed(self, chunk: Chunk) -> None:
        """Take the next chunk; what has no side effects runs at once, if a loop runs here."""
        for call in self._calls.feed(chunk):
            if isinstance(call, TypedToolCall) and call.tool.pure and (loop := running_loop()) is not None:
                self._runner = self._runner or self._on(loop, self._emit, self._complete)
                self._start(self._runner, call)
            else:
                self._waiting.append(call)

    def flush(self) -> None:
        """Take the end of the answer, and run what waited for it."""
        loop = self._runner.loop if self._runner else running_loop()
        if loop is None:
            for result in wait_for(self._all, home_loop()):
                self._emit(result)
            return self._complete()
        runner = self._runner = self._runner or self._on(loop, self._emit, self._complete)
        if running_loop() is loop:
            return self._run_rest(runner)
        return call_soon(loop, lambda: self._run_rest(runner))

    def cancel(self) -> None:
        """Run nothing more, and give nothing more; any thread."""
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
            self._run_rest(runner)
            await done
        finally:
            runner.cancel()
        return results

    def _run_rest(self, runner: OrderedTasks[ToolResult]) -> None:
        """Run what may run, and say of everything else why it does not."""
        for call, error in self._calls.flush():
            runner.put(call.index, ToolResult(call, error=error))
        for call in self._waiting:
            if not isinstance(call, TypedToolCall):
                runner.put(call.index, ToolResult(call, error=refused(call, "The model called a tool without a name.")))
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
        except ConfigurationError as unfit:
            output, error = None, unfit
        return ToolResult(call, output, error, seconds)
