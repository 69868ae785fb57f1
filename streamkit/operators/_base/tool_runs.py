"""The tools of one turn side by side, as an async iterator: what they show while they run, and their results."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable

from ...errors import StoppedError
from ...runtime import context_without_gate
from ...tool import ToolResult, ToolState, ToolUpdate, TypedToolCall
from .tool_output import Charge, free
from .tool_run import ToolListener, ToolRun, idempotency_key, result_of

_STOPPED_BEFORE = "was not run: it was stopped before it began"

_MOST = 64  # events that wait for the reader before tools that yield wait, too


class ToolRuns(AsyncIterator[ToolUpdate | ToolResult]):
    """Runs tool calls, and iterates over their events; used on one event loop, by one reader.

    Of each call ``started`` comes first, then its updates in the order in which the tool made them, then its
    ``ToolResult``, and nothing after that. Events of different calls come as they happen: results come in the order in
    which the tools end. A tool that yields waits while 64 events have not been read; of progress that has not been
    read, the newest of each call is kept.

    Args:
        concurrency: Maximum number of tools that run at a time.
        timeout: Seconds that each tool may take; None for no timeout.
        grace: Seconds that ``stop`` waits for tools that cannot be cancelled.
        choice: Index of the answer that makes the calls.
        response_id: The provider's id of the answer, if it is known already.
        may_stop: Function that returns whether a stop may be due in this turn of the loop, which comes first.
    """

    def __init__(
        self,
        *,
        concurrency: int = 8,
        timeout: float | None = None,
        grace: float = 5.0,
        choice: int = 0,
        response_id: str | None = None,
        may_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._slots = concurrency
        self._timeout = timeout
        self._grace = grace
        self._choice = choice
        self.response_id = response_id
        """The provider's id of the answer, by which the idempotency keys of calls that start later are made."""
        self.charge: Charge = free
        """The function that counts the calls which tools make."""
        self.times: dict[int, tuple[float, float | None]] = {}
        """The start and the end of each run on the loop's clock, by the index of the call; the end is None before."""
        self._loop = asyncio.get_running_loop()
        self._context = context_without_gate()
        self._events: deque[ToolUpdate | ToolResult] = deque()
        self._changed = asyncio.Event()
        self._waiting: deque[TypedToolCall] = deque()
        self._active: dict[asyncio.Task[None], tuple[TypedToolCall, ToolRun]] = {}
        self._listener = ToolListener(self._loop, self._on_update, lambda: len(self._events) >= _MOST)
        self._may_stop = may_stop
        self._finished = False
        self._held = False  # nothing more begins
        self._stopped = False

    def start(self, call: TypedToolCall) -> None:
        """Run a call, now or as soon as fewer tools run than may run at a time.

        Args:
            call: The call, with valid arguments.
        """
        if not self._stopped:
            self._waiting.append(call)
            self._fill()

    def put(self, result: ToolResult) -> None:
        """Add the result of a call that is not run, such as one that is refused.

        Args:
            result: The result.
        """
        self._push(result)

    def finish(self) -> None:
        """Note that no further call comes: the iterator ends after the last result."""
        self._finished = True
        self._changed.set()

    async def __anext__(self) -> ToolUpdate | ToolResult:
        while not self._events:
            if self._stopped or (self._finished and not (self._active or self._waiting)):
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        event = self._events.popleft()
        if len(self._events) <= _MOST // 2:
            self._listener.resume()
        return event

    def hold(self) -> None:
        """Let no further tool begin, since ``stop`` follows; callable from any thread."""
        self._held = True

    async def stop(self) -> list[ToolResult]:
        """Stop all tools; return the results that have not been read, in the order of the calls.

        Async tools and generators are cancelled. A sync tool is told by its ``ToolContext``, and is waited for, at most
        ``grace`` seconds for all. The ``state`` of each result says what became of the call: ``done``, ``failed``,
        ``cancelled``, ``not_run``, or ``unknown`` if its thread still runs.
        """
        self._held = self._stopped = True
        active = [each for each in self._active.values() if each[1].started]
        waiting = [call for call, run in self._active.values() if not run.started] + list(self._waiting)
        self._waiting.clear()
        found = [each for each in self._events if isinstance(each, ToolResult)]
        self._events.clear()
        self._listener.resume()
        for _, run in active:
            run.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._grace):
                for _, run in active:
                    await run.over.wait()
        for task in list(self._active):
            task.cancel()
        self._changed.set()
        found += [_ended(call, run, self._grace) for call, run in active]
        found += [_not_done(call, "not_run", _STOPPED_BEFORE) for call in waiting]
        return sorted(found, key=lambda each: each.call.index)

    def _fill(self) -> None:
        while self._waiting and len(self._active) < self._slots and not self._held:
            call = self._waiting.popleft()
            key = idempotency_key(call, self._choice, self.response_id)
            run = ToolRun(call, key, self._loop, charge=self.charge)
            task = self._loop.create_task(self._run(call, run), context=self._context.copy())
            self._active[task] = call, run
            task.add_done_callback(self._done)

    async def _run(self, call: TypedToolCall, run: ToolRun) -> None:
        if self._may_stop():
            await asyncio.sleep(0)
        if self._held:
            self._waiting.appendleft(call)
            return
        run.start(self._timeout)
        began = self._loop.time()
        self.times[call.index] = began, None
        await run.outcome_of(self._listener)
        self.times[call.index] = began, run.ended_at
        if not self._stopped:
            self._push(_ended(call, run, 0.0))

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._active[task]
        self._changed.set()
        self._fill()

    def _on_update(self, update: ToolUpdate) -> None:
        if update.kind == "progress":
            for at, event in enumerate(self._events):
                if isinstance(event, ToolUpdate) and event.kind == "progress" and event.call == update.call:
                    del self._events[at]
                    break
        self._push(update)

    def _push(self, event: ToolUpdate | ToolResult) -> None:
        if not self._stopped:
            self._events.append(event)
            self._changed.set()


def _ended(call: TypedToolCall, run: ToolRun, grace: float) -> ToolResult:
    """Return the result of a run that has ended, or was left."""
    if run.outcome is not None:
        return result_of(call, run.outcome)
    if run.over.happened and run.entered:
        return _not_done(call, "cancelled", "was cancelled while it ran")
    if run.over.happened:
        return _not_done(call, "not_run", _STOPPED_BEFORE)
    return _not_done(call, "unknown", f"was left after {grace:g} s while it still ran: its end is not known")


def _not_done(call: TypedToolCall, state: ToolState, what: str) -> ToolResult:
    return ToolResult(call, error=StoppedError(f"{call.name!r} {what}."), state=state)
