"""The pump: one task that owns one paid call, from opening it to closing it.

Whatever happens, in this order: the state is set, the end is appended to the log and so delivered,
and then the connection is closed, by a task that nothing cancels.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
import uuid
import warnings
from contextvars import Context
from typing import TYPE_CHECKING

from . import telemetry
from .chunk import Chunk
from .errors import LimitExceeded, StalledError, StoppedError, StreamError
from .fold import Fold
from .log import End, MemoryLog
from .providers import Connection, Request
from .runtime import STOPPED_BY, Deadline, Signal, call_soon, in_worker, shielded, start_task
from .settings import CAPS, Keep, Timeouts
from .wire import open_decoder

if TYPE_CHECKING:
    from .response import Response, State

_LINGER = 2.0  # seconds that usage and the sentinel may come after the provider's end
_DRAIN = 0.1  # seconds that the body may take to end after the sentinel, to keep the connection
_SLOW = 0.1  # seconds of one delivery past which the loop's owner should hear of it
_loaded: set[str] = set()
# A loop holds its tasks weakly: a call that waits for nothing the loop knows would be collected.
_running: set[Call] = set()


class Call:
    """One paid call: its log, its fold and its pump.

    Args:
        request: What to open.
        timeouts: Its clocks.
        keep: What its log keeps.
        loop: Where it lives.
        context: The context variables that it runs in.
    """

    def __init__(
        self, request: Request, *, timeouts: Timeouts, keep: Keep, loop: asyncio.AbstractEventLoop, context: Context
    ) -> None:
        self.stream_id = uuid.uuid4().hex[:12]
        self.loop = loop
        self.log = MemoryLog(keep)
        self.fold = Fold()
        self.state: State = "streaming"
        self.stopped_by: str | None = None
        self.started = time.time()
        self.ended: float | None = None
        self.closed = Signal()
        self._request = request
        self._timeouts = timeouts
        self._context = context
        self._decoder = open_decoder(request.api, vendor=request.vendor, choices=request.choices)
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._clock: Deadline | None = None
        self._total: Deadline | None = None
        self._subscribers = 0
        self._content = False
        self._leaving = False
        self._stopping = False
        self._stepping = False  # the pump has taken its first step and may be cancelled
        self._slow_noted = False
        self._lock = threading.Lock()

    # What readers do -------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the pump on its loop; any thread."""
        _running.add(self)
        start_task(self.loop, self._run, self._context, self._own)

    def join(self) -> None:
        """Count one more subscriber."""
        with self._lock:
            self._subscribers += 1

    def leave(self) -> None:
        """Count one less; the last one stops the call, unless somebody joins in the same turn."""
        with self._lock:
            self._subscribers -= 1
            last = self._subscribers == 0
        if last and self.log.end is None:
            by = STOPPED_BY.get()
            self._leaving = True
            if self.loop.is_closed():
                self._abandon()
            else:
                call_soon(self.loop, lambda: self._stop_if_left(by))

    async def settled(self) -> None:
        """Wait until having left has had its effect: if it stopped the call, until that is closed."""
        if self._subscribers or self.state not in ("streaming", "stopped"):
            return
        if not self._stopping:
            turn = Signal()
            call_soon(self.loop, turn.set)  # behind the stop that leaving has scheduled
            await turn.wait()
        if self._stopping:
            await self.closed.wait()

    def stop(self, by: str | None = None) -> None:
        """Stop for everybody; any thread, returns at once."""
        if self.log.end is not None:
            return
        self._leaving = True
        self._cut()
        if self.loop.is_closed():
            self._abandon()
        else:
            call_soon(self.loop, lambda: self._stop_now(by))

    @property
    def response(self) -> Response:
        """The fold so far."""
        request_id = None if self._connection is None else self._connection.request_id
        return self.fold.response(self.state, stopped_by=self.stopped_by, request_id=request_id)

    @property
    def replaceable(self) -> bool:
        """Whether the next subscriber gets a new call: this one failed before its first content."""
        return self.state == "failed" and not self._content

    @property
    def running(self) -> bool:
        """Whether it is not closed yet."""
        return not self.closed.happened

    # The pump --------------------------------------------------------------------------------------

    def _own(self, task: asyncio.Task[None]) -> None:
        self._task = task

    async def _run(self) -> None:
        self._stepping = True
        foreign: BaseException | None = None
        try:
            if not self._stopping:
                await self._pump()
        except GeneratorExit:
            raise  # the loop was closed over this task: nothing can be awaited any more
        except Exception as error:
            self._finish(None if self._decoder.ended else self._told(error))
        except BaseException as error:
            if not self._stopping:
                # Not by us: the loop is ending, or somebody cancels every task on it.
                self._finish(self._stopped("the end of its event loop"))
                foreign = error
        await self._close()
        _running.discard(self)
        if foreign is not None:
            raise foreign

    async def _pump(self) -> None:
        if self._leaving:
            await self._let_stop()
        if self._request.provider not in _loaded:
            await in_worker(self._load)
        self._clock = Deadline(self.loop, self._timeouts.first, self._expired)
        self._total = Deadline(self.loop, self._timeouts.total, self._expired)
        connection = await self._request.open()
        self._connection = connection
        if self._stopping:
            return
        body = connection.__aiter__()
        async for data in body:
            if self._take(self._decoder.feed(data), len(data)) or self._stopping:
                break
            if self._leaving:
                await self._let_stop()
            if self.log.behind() >= CAPS.ahead:
                await self._wait_for_readers()
        else:
            if not self._take(self._decoder.finish(), 0):
                self._finish(None)
        if self.state == "complete":
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_DRAIN):
                    async for data in body:
                        self._decoder.feed(data)
                        self._log_notes()

    def _load(self) -> None:
        """Import what the call will need, off the loop: it takes a second the first time."""
        from . import response  # noqa: F401 - only for its being imported

        telemetry.load()
        self._request.load()
        _loaded.add(self._request.provider)

    def _take(self, chunks: list[Chunk], size: int) -> bool:
        """Fold, log and deliver what has been decoded; return whether that was the end."""
        decoder = self._decoder
        now = self.loop.time()
        if decoder.moved:
            decoder.moved = False
            self._touch(now)
        if chunks:
            self.fold.add(chunks)
            try:
                self.log.append(chunks, size=size, at=now)
            except LimitExceeded as error:
                self._finish(error)
                return True
            if not self._slow_noted and self.loop.time() - now > _SLOW:
                self._slow_noted = True
                telemetry.warning("slow_subscriber", stream=self.stream_id, seconds=self.loop.time() - now)
        if decoder.notes:
            self._log_notes()
        if decoder.error is not None:
            self._finish(self._told(decoder.error))
        elif decoder.closed:
            self._finish(None)
        return self.log.end is not None

    def _touch(self, now: float) -> None:
        """Note that content has come, and which clock runs from here."""
        clock = self._clock
        assert clock is not None
        clock.last = now
        seconds = _LINGER if self._decoder.ended else self._timeouts.between
        if not self._content or clock.seconds != seconds:
            self._content = True
            clock.set(seconds)

    async def _let_stop(self) -> None:
        """Let a stop happen that is due in this turn of the loop, before anything more is sent or read."""
        self._leaving = False
        await asyncio.sleep(0)

    async def _wait_for_readers(self) -> None:
        """Leave the socket alone until the fastest reader has caught up by half; no clock runs meanwhile."""
        clocks = [clock for clock in (self._clock, self._total) if clock is not None]
        caught_up = Signal()

        def read_on() -> None:
            if self.log.behind() <= CAPS.ahead // 2:
                caught_up.set()

        for clock in clocks:
            clock.pause()
        self.log.paused = read_on
        try:
            read_on()
            await caught_up.wait()
        finally:
            self.log.paused = None
            for clock in clocks:
                clock.resume()

    def _told(self, error: Exception) -> StreamError:
        """Say what an exception means in our terms, with it as the cause."""
        told = self._request.error(error)
        if told is not error:
            told.__cause__ = error
        return told

    # How it ends -----------------------------------------------------------------------------------

    def _expired(self) -> None:
        if self._decoder.ended:
            self._finish(None)
        elif self._total is not None and self._total.due:
            self._finish(StalledError(f"The answer took longer than timeouts.total, {self._timeouts.total} s."))
        elif self._content:
            self._finish(StalledError(f"No content for {self._timeouts.between} s (timeouts.between)."))
        else:
            self._finish(StalledError(f"No content within {self._timeouts.first} s (timeouts.first)."))
        self._interrupt()

    def _stop_if_left(self, by: str | None) -> None:
        if not self._subscribers:
            self._stop_now(by)

    def _stop_now(self, by: str | None) -> None:
        self._finish(self._stopped(by))
        self._interrupt()

    def _stopped(self, by: str | None) -> StoppedError:
        self.stopped_by = by
        return StoppedError(f"The stream was stopped{f' by {by}' if by else ''} before its end.")

    def _finish(self, error: StreamError | None) -> None:
        """Set the state and deliver the end; only the first end counts."""
        if self.log.end is not None:
            return
        self.ended = time.time()
        for clock in (self._clock, self._total):
            if clock is not None:
                clock.cancel()
        self.state = "complete" if error is None else "stopped" if isinstance(error, StoppedError) else "failed"
        if error is not None:
            response = self.response
            error.partial = error.partial or response
            error.provider = error.provider or self._request.provider
            error.request_id = error.request_id or response.request_id
        self._log_end(error)
        self.log.close(End(error))

    def _interrupt(self) -> None:
        """Wake the pump out of whatever it waits for; the rest is its own."""
        self._stopping = True
        self._cut()
        if self._task is not None and self._stepping and self._task is not asyncio.current_task(self.loop):
            self._task.cancel()

    def _abandon(self) -> None:
        """Close what a loop has left behind that was closed without ending its tasks."""
        self._cut()
        self._finish(self._stopped("the end of its event loop"))
        self.closed.set()
        _running.discard(self)
        if self._task is not None:
            self._task._log_destroy_pending = False  # pyright: ignore[reportAttributeAccessIssue] - told below
        warnings.warn(f"stream {self.stream_id} was open when its event loop was closed", ResourceWarning, stacklevel=3)

    def _cut(self) -> None:
        if self._connection is not None:
            self._connection.shut_down()

    async def _close(self) -> None:
        connection = self._connection
        if connection is not None:
            try:
                await shielded(_closing(connection))
            finally:
                self.closed.set()
        self.closed.set()

    # What it says ----------------------------------------------------------------------------------

    def _log_end(self, error: StreamError | None) -> None:
        assert self.ended is not None
        usage = self.fold.usage
        told = {"error": type(error).__name__} if error is not None and self.state == "failed" else {}
        telemetry.info(
            "stream_ended",
            stream=self.stream_id,
            provider=self._request.provider,
            model=self.fold.model or self._request.ask.model,
            state=self.state,
            input_tokens=usage.input_tokens if usage else None,
            output_tokens=usage.output_tokens if usage else None,
            chunks=self.fold.count,
            ms=round((self.ended - self.started) * 1000),
            **told,
        )

    def _log_notes(self) -> None:
        for name, fields in self._decoder.notes:
            telemetry.warning(name, stream=self.stream_id, provider=self._request.provider, **fields)
        self._decoder.notes.clear()


async def _closing(connection: Connection) -> None:
    """Close a connection; one that has been cut may complain, and that is no news."""
    with contextlib.suppress(Exception):
        await connection.aclose()
