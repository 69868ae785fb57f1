"""One run of one tool: its thread or its task, what it shows meanwhile, and the outcome, for any number of waiters."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, cast

from ...chunk import Chunk
from ...errors import ConfigurationError, ProducerLost, StoppedError
from ...runtime import Latch, call_soon, running_loop
from ...tool import ToolCall, ToolContext, ToolProgress, ToolResult, ToolUpdate, TypedToolCall, check_output
from .ordered_tasks import attempt
from .tool_output import Charge, free, is_pending, of_response, read_output

_CHECK = 1.0  # seconds after which a waiter checks whether the loop that runs the tool has been closed

# A loop holds its tasks weakly, and a task without subscribers would be collected.
_running: set[asyncio.Task[None]] = set()


class Outcome(NamedTuple):
    """The outcome of a tool: the value returned or the exception raised, and the seconds taken."""

    output: Any
    error: Exception | None
    seconds: float


class ToolListener:
    """One reader of a tool's updates, which may make a tool that yields wait.

    Args:
        loop: Event loop of the reader.
        emit: Callback for each update, on that loop.
        is_full: Function that returns whether the reader wants no further part yet.
    """

    __slots__ = ("_emit", "_loop", "_waiting", "is_full")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        emit: Callable[[ToolUpdate], None],
        is_full: Callable[[], bool] = lambda: False,
    ) -> None:
        self.is_full = is_full
        self._loop = loop
        self._emit = emit
        self._waiting: list[Callable[[], None]] = []

    def emit(self, update: ToolUpdate) -> None:
        """Pass an update to the reader; updates keep their order."""
        if running_loop() is self._loop:
            self._emit(update)
        else:
            call_soon(self._loop, partial(self._emit, update))

    def when_ready(self, wake: Callable[[], None]) -> None:
        """Call a function once when the reader may have room again."""
        self._waiting.append(wake)

    def resume(self) -> None:
        """Note that the reader has room again."""
        waiting, self._waiting = self._waiting, []
        for wake in waiting:
            wake()


def idempotency_key(call: ToolCall, choice: int, response_id: str | None) -> str:
    """Return a text that names one call of one answer; a random one if the provider has sent no id of the answer.

    The id of the call alone is not enough: some servers number the calls of each answer from 0.

    Args:
        call: The call.
        choice: Index of the answer that makes the call.
        response_id: The provider's id of the answer.
    """
    if response_id is None:
        return uuid.uuid4().hex
    fields = response_id, call.id or (choice, call.index), call.name, call.arguments_text
    return uuid.uuid5(uuid.NAMESPACE_OID, repr(fields)).hex


class ToolRun:
    """One run of one tool, and the waiters for the outcome.

    Args:
        call: The call.
        key: Idempotency key of the call.
        loop: Event loop of the run.
        dropped: Function that is called if the run is cancelled before its end.
        charge: Function that counts a call which the tool has made: of the tool's name, the Response of the call, and
            the exception that has ended its reading.
    """

    def __init__(
        self,
        call: TypedToolCall,
        key: str,
        loop: asyncio.AbstractEventLoop,
        dropped: Callable[[ToolRun], None] = lambda run: None,
        *,
        charge: Charge = free,
    ) -> None:
        self.over = Latch()
        """Set when the tool has ended, or has been cancelled."""
        self.outcome: Outcome | None = None
        """The outcome; None before the end, and of a run that was cancelled."""
        self.entered = False
        """True once the tool's own code has begun."""
        self.began_at: float | None = None
        """The time of the start on the event loop's clock; None before."""
        self.ended_at: float | None = None
        """The time of the end on the event loop's clock; None before."""
        self._call = call
        self._key = key
        self._loop = loop
        self._dropped = dropped
        self._charge = partial(charge, call.name)
        self._pid = os.getpid()
        self._context: ToolContext | None = None
        self._clock: asyncio.Timeout | None = None
        self._listeners: list[ToolListener] = []
        self._waiters: set[object] = set()
        self._task: asyncio.Task[None] | None = None
        self._began: dict[str, bool] = {}  # whether the worker thread has begun; the first entry decides
        self._returned: Outcome | None = None  # the outcome of the worker thread
        self._task_ended = False  # True once the task has ended; the thread may go on

    @property
    def call(self) -> TypedToolCall:
        """The call that is run."""
        return self._call

    @property
    def started(self) -> bool:
        """Whether the run has been started."""
        return self._task is not None

    def start(self, seconds: float | None) -> None:
        """Start the run on the event loop, with the caller's context variables.

        Args:
            seconds: Timeout of the tool in seconds.
        """
        blocking = not self._call.tool.is_async
        self.began_at = self._loop.time()
        self._context = context = ToolContext(
            self._call.id or self._key,
            key=self._key,
            deadline=None if seconds is None else self._loop.time() + seconds,
            blocks=blocking,
            report=self._report,
            clock=self._loop.time,
        )
        self._task = task = self._loop.create_task(self._run(context, blocking, seconds))
        _running.add(task)
        task.add_done_callback(self._done)

    async def outcome_of(self, listener: ToolListener | None = None) -> Outcome | None:
        """Wait for the outcome, on any loop; return None if the run was cancelled before its end.

        Args:
            listener: Reader of the updates that come while this waits.
        """
        waiter = object()
        self._waiters.add(waiter)
        if listener is not None:
            self._listeners.append(listener)
            if not self.over.happened:
                listener.emit(ToolUpdate(self._call.tool_call, "started"))
        try:
            while not self.over.happened:
                if self._pid != os.getpid():
                    lost = f"{self._call.name!r} was begun before a fork: whether it came to its end is not known here."
                    return Outcome(None, ProducerLost(lost), 0.0)
                if self._loop.is_closed():
                    self._settle()
                await self._wait()
            return self.outcome
        finally:
            self._waiters.discard(waiter)
            if listener is not None:
                self._listeners.remove(listener)
                listener.resume()
            if not (self._waiters or self.over.happened):
                self._leave()

    def cancel(self) -> None:
        """Cancel the tool, whoever waits; a thread that has begun is told, and runs on. Callable on the run's loop."""
        if self._context is not None:
            self._context.cancel()
        if self._task is not None and not self._began.get("thread"):
            self._task.cancel()

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if running_loop() is self._loop else _CHECK):
                await self.over.wait()

    def _leave(self) -> None:
        """Cancel the run if nobody waits any more."""
        if running_loop() is self._loop:
            self._cancel()
        else:
            call_soon(self._loop, self._cancel)

    def _cancel(self) -> None:
        if not self._waiters:
            self.cancel()

    async def _run(self, context: ToolContext, blocking: bool, seconds: float | None) -> None:
        work = partial(self._enter, partial(self._call.tool.run, self._call.value, context))
        read = partial(
            read_output,
            emit=self._emit_part,
            ready=self._ready,
            charge=self._charge,
            wait_closed=lambda: context.remaining != 0.0,
        )
        self._clock = clock = asyncio.timeout(seconds)
        found = await attempt(
            partial(self._in_thread, work) if blocking else work,
            blocking=blocking,
            seconds=seconds,
            read=read,
            clock=clock,
        )
        self._end(Outcome(*found))
        context.cancel()  # a thread may go on after the timeout

    def _enter(self, work: Callable[[], Any]) -> Any:
        self.entered = True
        return work()

    def _in_thread(self, work: Callable[[], Any]) -> Any:
        """Run the tool in a worker thread, and keep the outcome even if the task has ended meanwhile."""
        if not self._began.setdefault("thread", True):
            return None  # it was cancelled before it could begin
        started = time.monotonic()
        try:
            output = of_response(work(), self._charge)
        except BaseException as raised:
            error = raised if isinstance(raised, Exception) else RuntimeError(f"it raised {raised!r}")
            self._thread_done(Outcome(None, error, time.monotonic() - started))
            raise
        if is_pending(output):
            self._thread_done(None)
        else:
            self._thread_done(Outcome(output, None, time.monotonic() - started))
        return output

    def _thread_done(self, outcome: Outcome | None) -> None:
        """Note that the thread is done; with None, the task awaits the outcome and may be cancelled."""
        self._returned = outcome
        if outcome is None:
            self._began["thread"] = False
        if self._task_ended:
            self._settle()

    def _done(self, task: asyncio.Task[None]) -> None:
        _running.discard(task)
        if not self.over.happened:
            self._settle()

    def _settle(self) -> None:
        """Handle the end of the task without an outcome: a thread goes on, anything else is dropped."""
        self._task_ended = True
        if not self._began.setdefault("thread", False):
            self._drop()
        elif self._returned is not None:
            self._end(self._returned)

    def _end(self, outcome: Outcome) -> None:
        """Set the outcome, unless one is set."""
        if self.outcome is None and not self.over.happened:
            if isinstance(outcome.error, StoppedError) and self._context is not None and self._context.cancelled:
                return self._drop()  # the tool has seen that it was cancelled
            self.outcome, self.ended_at = outcome, self._loop.time()
            self.over.set()
        return None

    def _drop(self) -> None:
        self.ended_at = self._loop.time()
        self._dropped(self)
        self.over.set()

    # What the tool shows while it runs.

    def _emit(self, update: ToolUpdate) -> None:
        if not self.over.happened:
            for listener in list(self._listeners):
                listener.emit(update)

    def _emit_part(self, part: Any) -> None:
        call = self._call.tool_call
        if isinstance(part, Chunk):
            self._emit(ToolUpdate(call, "chunk", chunk=cast("Chunk", part)))
        else:
            self._emit(ToolUpdate(call, "output", output=part))

    def _report(self, progress: ToolProgress) -> None:
        update = ToolUpdate(self._call.tool_call, "progress", progress=progress)
        if running_loop() is self._loop:
            self._emit(update)
        else:
            call_soon(self._loop, partial(self._emit, update))

    async def _ready(self) -> None:
        """Wait while every reader has more than it has read; without readers, the tool goes on.

        The timeout stands still meanwhile: a slow reader is no fault of the tool.
        """
        clock, context = self._clock, self._context
        end = None if clock is None else clock.when()
        if clock is None or context is None or end is None:
            return await self._wait_for_readers()
        began = self._loop.time()
        clock.reschedule(None)
        await self._wait_for_readers()
        context.deadline = end + self._loop.time() - began
        return clock.reschedule(context.deadline)

    async def _wait_for_readers(self) -> None:
        while (listeners := list(self._listeners)) and all(each.is_full() for each in listeners):
            woken = self._loop.create_future()
            wake = partial(call_soon, self._loop, partial(_wake, woken))
            for each in listeners:
                each.when_ready(wake)
            if all(each.is_full() for each in listeners):  # one may have been read meanwhile, on another thread
                await woken


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)


def result_of(call: TypedToolCall, outcome: Outcome) -> ToolResult:
    """Return the result of a call, which is an error if the output can be read only once."""
    output, error, seconds = outcome
    try:
        check_output(output)
    except ConfigurationError as invalid:
        output, error = None, invalid
    return ToolResult(call, output, error, seconds)
