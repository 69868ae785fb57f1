"""One paid call: the log, the fold and the subscribers of a request that is sent once, and the end of the call."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import time
import warnings
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import TYPE_CHECKING, Any

from .._compat.private import silence_pending_task
from ..chunk import Usage
from ..errors import ProducerLost, StoppedError, StreamError
from ..fold import Fold
from ..fold_snapshots import Snapshots
from ..forks import new_lock
from ..log import End, MemoryLog, ReaderCount, StartPosition
from ..operators._base.tool_run import ToolRun
from ..operators._base.tool_store import ToolStore, with_side_calls
from ..providers import Request
from ..runtime import (
    STOPPED_BY,
    Latch,
    after,
    call_soon,
    running_loop,
)
from ..runtime.logging import info_is_on
from ..settings import Keep, Timeouts
from ..subscription import Late
from ..tool import ToolRegistry
from ..usage.sums import added
from ..wire.formats import EventSource
from ._display import StreamDisplay
from ._ended_event import log_stream_ended
from ._lifecycle import Lifecycle, Phase, RunningCalls
from ._pump import Pump
from ._retry_policy import NONE_FAILED, FailedAttempts, RetryPolicy

if TYPE_CHECKING:
    from ..response import Response, State
    from ._recorded import CallRecording


_NO_GUARD = contextlib.nullcontext()

_OVER = (Phase.DRAINING, Phase.STOPPING, Phase.CLOSED)
_running = RunningCalls()


class Call:
    """One paid call, from the first subscriber to the closed connection.

    Args:
        request: The request to send.
        timeouts: The clocks of the call, in seconds.
        keep: ``"all"``, or the number of chunks that the log keeps.
        loop: The event loop that the call runs on.
        context: The context variables that the call runs with.
        retries: The policies for an attempt that has failed, the outer ones first.
        before: The call that this one replaces, since it failed before any content.
    """

    display: StreamDisplay | None = None  # while a notebook shows it
    recording: CallRecording | None = None  # if it is recorded

    _snapshots: tuple[MemoryLog, Snapshots] | None = None  # of the log, once an earlier moment is asked for

    def __init__(
        self,
        request: Request,
        *,
        timeouts: Timeouts,
        keep: Keep,
        loop: asyncio.AbstractEventLoop,
        context: Context,
        retries: tuple[RetryPolicy, ...] = (),
        before: Call | None = None,
    ) -> None:
        self.stream_id = os.urandom(6).hex()
        self.loop = loop
        self.log = MemoryLog(keep, caps=request.ask.caps)
        self.fold = Fold(request.ask.caps)
        self.state: State = "streaming"
        self.stopped_by: str | None = None
        self.started = time.time()
        self.began_at = loop.time()
        """The time of the start on the loop's clock, which the log has its times of."""
        self.ended: float | None = None
        self.closed = Latch()
        self._declared = request.ask.tools
        self._tools: ToolRegistry | None = None
        self._context = context
        self._pump = Pump(self, request, timeouts=timeouts, retries=retries)
        self._life = self._pump.life
        self._task: asyncio.Task[None] | None = None
        self._readers = ReaderCount()
        self._drain = timeouts.drain_for_usage
        self.logs_end = True
        """False for a call that is part of another one, which logs the end of both."""
        self._logged = False
        self._in_parent = False  # the call began before this process was forked, and goes on in the parent
        self._error: StreamError | None = None
        self.parsed: tuple[Any, Exception | None] | None = None
        """The value of the ``response_model`` and the error of parsing it; None before the answer's end."""
        self._guard = new_lock() if retries else _NO_GUARD  # while readers come and attempts fail
        self._seen = False  # a cursor has been opened on this call
        self._failed = NONE_FAILED if before is None else before.as_failed()

    @property
    def tools(self) -> ToolRegistry:
        """The tools of the call."""
        if self._tools is None:
            self._tools = ToolRegistry(self._declared)
        return self._tools

    @property
    def tool_results(self) -> ToolStore:
        """The results of the tools that operators run, for all subscribers."""
        return vars(self).setdefault("_tool_results", ToolStore())  # one step: two threads may be here at once

    @property
    def tool_runs(self) -> list[ToolRun]:
        """The runs of tools that operators have begun."""
        store: ToolStore | None = vars(self).get("_tool_results")
        return [] if store is None else store.runs()

    @property
    def turns(self) -> Sequence[Any]:
        """The turns of a conversation, as far as they have begun; none of a single call."""
        return () if self._pump.conversation is None else self._pump.conversation.turns

    def start(self) -> None:
        """Start the pump on the call's loop; callable from any thread."""
        _running.all.add(self)
        if running_loop() is self.loop:
            self._start_task()
        else:
            self.loop.call_soon_threadsafe(self._start_task)

    def _start_task(self) -> None:
        self._task = task = self.loop.create_task(self._run(), context=self._context)
        task.add_done_callback(self._never_stepped)

    def _never_stepped(self, _: object) -> None:
        """End a call whose task was cancelled before the code of ``_run`` began."""
        if not self.closed.happened:
            self.finish(self._stopped("the end of its event loop"))
            self._closed()

    async def _run(self) -> None:
        if self._task is not None:
            self._task.remove_done_callback(self._never_stepped)
        try:
            await self._pump.run()
        except GeneratorExit:
            raise  # the loop was closed while this task was open: nothing can be awaited any more
        except BaseException:
            self._closed()
            raise
        self._closed()
        self._pump.let_go()

    def _closed(self) -> None:
        self._life.move(Phase.CLOSED)
        self._life.closed_at = self.loop.time()
        if not self._logged and self.log.end is not None:
            self._log_end(self.log.end.error)
        self.closed.set()
        _running.all.discard(self)

    @property
    def request(self) -> Request:
        """The request of the current attempt, or of the last one."""
        return self._pump.request

    @property
    def answering(self) -> tuple[str, str]:
        """The provider and the model that were asked last; in a conversation those of the last turn."""
        conversation, request = self._pump.conversation, self._pump.request
        last = None if conversation is None else conversation.answering
        return last or (request.provider, request.ask.model)

    def join(self, linger_seconds: float = 0.0, *, reads: bool = True) -> None:
        """Count one more subscriber.

        Args:
            linger_seconds: Seconds that the call goes on without any reader; the longest time of all readers counts.
            reads: True if the subscriber opens a cursor: no attempt that it may have seen is retried. False if it waits
                for the end only.
        """
        if reads:
            with self._guard:
                self._seen = True
        self._readers.join(linger_seconds)
        error = self._error
        if error is not None and error.partial is None:
            self._add_what_arrived(error)

    def wait_for_end(self, change: int) -> None:
        """Change the number of those who wait for the end without reading, for whom the pump never waits."""
        with self._guard:
            self.log.count_push(change)

    def leave(self) -> None:
        """Count one subscriber less; the last one stops the call, unless another joins in the same turn or in time."""
        joins, linger_seconds = self._readers.leave(), self._readers.linger_seconds
        if joins is None or self.log.end is not None or linger_seconds == math.inf:
            return
        by = STOPPED_BY.get()
        self._life.stop_pending = not linger_seconds
        if self.loop.is_closed():
            self._abandon()
        elif linger_seconds:
            call_soon(self.loop, lambda: after(self.loop, linger_seconds, lambda: self._stop_if_left(by, joins)))
        else:
            call_soon(self.loop, lambda: self._stop_if_left(by, joins))

    def find_start(self, late: Late, then: Callable[[StartPosition], None]) -> None:
        """Compute a reader's start position; for ``late="fold"`` on the call's loop, which owns the fold.

        Args:
            late: The reader's option for the chunks before it.
            then: A function that is called with the start position.
        """
        if late == "fold" and self.log.end is None and self.loop is not running_loop() and not self.loop.is_closed():
            call_soon(self.loop, lambda: self.find_start(late, then))
        else:
            # Before the first content of an attempt the fold has chunks that are not in the log.
            then(self.log.start(late, lambda position: self.fold.chunks() if position else ()))

    async def wait_left(self) -> None:
        """Wait until a ``leave`` has taken effect; wait until the connection is closed if the call was stopped."""
        if self._readers.count or self.closed.happened or self.state not in ("streaming", "stopped"):
            return
        if self._life.phase not in _OVER:
            turn = Latch()
            call_soon(self.loop, turn.set)  # behind the stop that leaving has scheduled
            await turn.wait()
        if self._life.phase in _OVER:
            await self.closed.wait()

    def stop(self, by: str | None = None) -> None:
        """Stop the call for every subscriber; callable from any thread, returns at once."""
        if self.log.end is not None:
            if self._life.phase is Phase.DRAINING:
                call_soon(self.loop, lambda: self._stop_now(by))
            return
        self._life.stop_pending = True
        if self.loop.is_closed():
            self._abandon()
            return
        # The order matters: a pump that sees its connection cut before the stop would report a failure.
        call_soon(self.loop, lambda: self._stop_now(by))
        self._pump.cut()

    @property
    def response(self) -> Response:
        """The Response of everything that has arrived."""
        with self._guard:
            log, fold, failed = self.log, self.fold, self._failed
        response = self._response(fold, log, failed, state=self.state, stopped_by=self.stopped_by, ended=self.ended)
        if self.parsed is not None:
            response.attach_parsed(self.parsed[0])
        return with_side_calls(response, vars(self).get("_tool_results"))

    def response_at(self, count: int) -> Response:
        """Return the Response of the moment when the log had a number of chunks, and the call went on.

        Args:
            count: The number of chunks; the log keeps all, and has as many.
        """
        with self._guard:
            log, failed = self.log, self._failed
        snapshots = self._snapshots
        if snapshots is None or snapshots[0] is not log:
            self._snapshots = snapshots = log, Snapshots(log.read)
        return self._response(snapshots[1].fold_of(count), log, failed, moment=count)

    def count_at(self, seconds: float) -> int | None:
        """Return the number of chunks that had arrived at a time; None if the call had ended by then.

        Args:
            seconds: Seconds since the call's start.
        """
        time, ended = self.began_at + seconds, self._life.ended_at
        return None if ended is not None and time >= ended else self.log.count_at(time)

    def _response(
        self,
        fold: Fold,
        log: MemoryLog,
        failed: FailedAttempts,
        *,
        state: State = "streaming",
        stopped_by: str | None = None,
        ended: float | None = None,
        moment: int | None = None,
    ) -> Response:
        ask, count = self._pump.request.ask, fold.count
        response = fold.response(
            state,
            stopped_by=stopped_by,
            request_id=self._pump.request_id,
            resent=failed.resent + self._pump.resent,
            calls=failed.calls + self._pump.calls,
            attempts=failed.responses,
            spent=failed.usage,
            requested_model=ask.model,
            max_tokens=ask.max_tokens,
        )
        if self._pump.conversation is not None:
            response = self._pump.conversation.combined(response, failed, moment)
        response.attach_tools(self.tools).attach_rebuilder(EventSource(lambda: log.read(0, count)))
        response.attach_request_info(ask.question(self.started, ended))
        return response if self._pump.conversation is None else self._pump.conversation.attached(response)

    def as_failed(self) -> FailedAttempts:
        """Return the failed attempts of this call, the last one included, for the attempt or call that follows."""
        pump, error = self._pump, self._error
        ask = pump.request.ask
        response = self.fold.response(
            "failed",
            request_id=(error and error.request_id) or pump.request_id,
            resent=pump.resent,
            calls=pump.calls,
            requested_model=ask.model,
        )
        if pump.conversation is not None:
            response = pump.conversation.combined(response, NONE_FAILED, None)
        elif response.usage is None and pump.answered:  # the provider began to work, and has not said on what
            response = response.model_copy(update={"usage": Usage(source="partial")})
        info = ask.question(self.started, time.time())
        return self._failed.plus(response.attach_tools(self.tools).attach_request_info(info))

    def may_restart(self) -> bool:
        """Return whether another attempt may follow: no reader has seen the running one, and no tool has been run."""
        if self._pump.conversation is not None and self._pump.conversation.has_run_tools:
            return False
        results: ToolStore | None = vars(self).get("_tool_results")
        return not ((self._seen and self.log.length) or (results is not None and results.used))

    def restart(self, error: StreamError) -> bool:
        """Set a failed attempt aside, with its log and fold; return False if readers have seen it meanwhile.

        Args:
            error: The error that ended the attempt.
        """
        with self._guard:
            if not self.may_restart():
                return False
            self._error = error
            self._failed = self.as_failed()
            self._error = None
            if self.recording is not None:
                self.recording.attempt_failed(error)
            self._pump.calls = self._pump.resent = 0
            if self.log.length:
                self.log = self.log.successor()
            self.fold = Fold(self._pump.request.ask.caps)
            self._life.move(Phase.WAITING)
            return True

    @property
    def replaceable(self) -> bool:
        """Whether the next subscriber gets a new call: this one failed before any content, in this process."""
        return self.state == "failed" and not (self._life.saw_content or self._in_parent)

    @property
    def saw_content(self) -> bool:
        """Whether content of the running attempt has arrived."""
        return self._life.saw_content

    @property
    def life(self) -> Lifecycle:
        """The phase of the call, and the times on the loop's clock."""
        return self._life

    @property
    def request_id(self) -> str | None:
        """The provider's id of the request; None until the answer begins."""
        return self._pump.request_id

    @property
    def sent(self) -> bool:
        """Whether the request has been sent; until then the call may wait for its turn under limits."""
        return self._life.sent

    @property
    def running(self) -> bool:
        """Whether the call is not closed yet."""
        return not self.closed.happened

    def _stop_if_left(self, by: str | None, joins: int) -> None:
        if self._readers.is_empty_since(joins):
            self._stop_now(by, drain=self._drain if self._life.saw_content else None)

    def _stop_now(self, by: str | None, drain: float | None = None) -> None:
        if self.log.end is None:
            if drain is None:
                self._pump.cut()  # first: readers take their time with the end
            else:
                self._pump.drain_for_usage(drain)
            try:
                self.finish(self._stopped(by))
            finally:
                if drain is None:
                    self._pump.interrupt()
        elif self._life.phase is Phase.DRAINING:
            self._pump.interrupt()

    def _stopped(self, by: str | None) -> StoppedError:
        self.stopped_by = by
        return StoppedError(f"The stream was stopped{f' by {by}' if by else ''} before its end.", by=by)

    def finish(self, error: StreamError | None, ended: State = "complete") -> None:
        """Set the state and deliver the end; only the first end counts.

        Args:
            error: The error that ended the call; None if there was none.
            ended: The state of a call that ends without an error.
        """
        if self.log.end is not None:
            return
        self.ended, self._life.ended_at = time.time(), self.loop.time()
        self._pump.release()
        if error is None and self._pump.conversation is not None:
            self.parsed = self._pump.conversation.parsed
        elif error is None and (answer := self._pump.request.ask.answer) is not None:
            self.parsed = answer.read(self.fold.chunks())
        if error is None:
            self.state = ended
        else:
            self.state = "stopped" if isinstance(error, StoppedError) else "failed"
            self.stopped_by = self.stopped_by or getattr(error, "by", None)  # of a recorded stop
        self._error = error
        if error is not None and self._readers.count:  # without readers: when a reader joins, who gets the error
            self._add_what_arrived(error)
        if self.state != "stopped":  # a stopped call: when its connection is closed and the usage is known
            self._log_end(error)
        if self.display is not None:
            self.display.update()  # first: who reads the end may end a notebook's cell
        if self.recording is not None:
            self.recording.end(self, error)
        self.log.close(End(error))

    def _add_what_arrived(self, error: StreamError) -> None:
        response = self.response
        error.partial = error.partial or response
        error.provider = error.provider or self._pump.request.provider
        error.request_id = error.request_id or response.request_id

    def leave_to_parent(self) -> None:
        """End the call in a forked child; the chunks so far stay readable, and nothing is sent again."""
        if self.closed.happened:
            return
        self.closed = Latch()
        self.closed.set()
        _running.all.discard(self)
        self._life.move(Phase.CLOSED)
        lost = None
        if self.log.end is None:
            self._in_parent = self._life.sent = True
            self.state = "failed"
            self._error = lost = ProducerLost(
                "This call runs in the parent process, which began it before the fork: stream.again() asks anew.",
                retryable=False,  # the parent pays for the call, and may still get the answer
                provider=self._pump.request.provider,
            )
        self.log.leave_to_parent(End(lost))

    def _abandon(self) -> None:
        """Close a call whose event loop was closed while the call was open."""
        self._pump.cut()
        self._pump.leave_limits()
        self.finish(self._stopped("the end of its event loop"))
        self._closed()
        if self._task is not None:
            silence_pending_task(self._task)  # the warning below names the stream
        warnings.warn(f"stream {self.stream_id} was open when its event loop was closed", ResourceWarning, stacklevel=3)

    def _log_end(self, error: StreamError | None) -> None:
        self._logged = True
        if self.logs_end and info_is_on():
            turns = None if self._pump.conversation is None else self._pump.conversation.turn_count or None
            usage = added(self._failed.usage, self.fold.total_usage)
            log_stream_ended(self, self._pump.request, usage, error, turns=turns)
