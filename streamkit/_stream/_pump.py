"""The pump: the task of one call, which sends the request, reads the answer into the log, and closes the connection."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from ..chunk import Chunk, Usage
from ..errors import ConfigurationError, LimitExceeded, StalledError, StoppedError, StreamError
from ..fold import Fold
from ..providers import Connection, Request, final_error, shown_name
from ..runtime import Deadline, Latch, LimitLease, close_fully, is_own_error, to_thread
from ..runtime.logging import warning
from ..settings import Timeouts
from ..traces import drop_our_frames
from ..transport import attempt, is_unanswered
from ..wire import Decoder
from ._conversing import Conversing
from ._lifecycle import Lifecycle, Phase
from ._pumped import Pumped
from ._retry_policy import AttemptBuffer, Retries, RetryPolicy

if TYPE_CHECKING:
    from ._cached import CachedCall
    from ._recorded_attempt import Decoding


def tokens_used(fold: Fold, prompt_tokens: int, model: str) -> int:
    """Count the tokens of a call; an estimate stands in for what the provider has not reported.

    Args:
        fold: The fold of what has arrived.
        prompt_tokens: The estimated tokens of the prompt.
        model: The name of the requested model.
    """
    usage = (fold.usage if fold.finished else fold.response("stopped", requested_model=model).usage) or Usage()
    return (prompt_tokens if usage.input_tokens is None else usage.input_tokens) + (usage.output_tokens or 0)


_LINGER = 2.0  # seconds that usage and the sentinel may take after the provider's finish reason

_DRAIN = 0.1  # seconds that the body may take to end after the sentinel, so that the connection can be kept

_SLOW = 0.1  # seconds of one delivery above which the user is warned of a slow subscriber

_SILENCE = {"total": "The answer took longer than", "between": "No content for", "first": "No content within"}

_loaded: set[tuple[type, str]] = set()  # one class of requests may serve several providers, each with its own imports

# Stands for the decoder until an answer begins: the request is on its way before a decoder is made.
_NOTHING_SEEN = cast(
    "Decoder",
    SimpleNamespace(error=None, saw_content=False, finish_seen=False, done=False, end_is_proven=True, notes=()),
)


class Pump:
    """The work of the one task of a call: sending, reading, clocks, backpressure, retries and closing.

    Args:
        call: The call, with the log and the fold that chunks are added to.
        request: The request to send.
        timeouts: The clocks of the call, in seconds.
        retries: The policies for an attempt that has failed; without any, the error ends the call.
    """

    def __init__(
        self, call: Pumped, request: Request, *, timeouts: Timeouts, retries: tuple[RetryPolicy, ...] = ()
    ) -> None:
        self.calls = 0
        """The number of requests sent."""
        self.resent = 0
        """The number of times that a request was sent again, see ``_open``."""
        self.request = request
        """The request of the current attempt, or of the last one."""
        self.life = self._life = Lifecycle()
        """The phase of the call."""
        self.conversation: Conversing | None = None
        """The turns of a conversation; None for a single call."""
        self._retries = retries
        self._cached: CachedCall | None = None
        self._call = call
        self._held = AttemptBuffer() if retries else None  # until the first content of an attempt
        self._attempt_end: asyncio.Timeout | None = None  # expires when a clock ends an attempt that may be retried
        self._failure: Exception | None = None  # of such an attempt
        self._received = 0  # bytes of all attempts that have failed
        self._timeouts = timeouts
        self._caps = request.ask.caps
        self._log, self._fold = call.log, call.fold  # of the running attempt
        self._loop = loop = call.loop
        self._name = call.stream_id
        self._decoder: Decoder = _NOTHING_SEEN
        self._connection: Connection | None = None
        expired = self._expired
        self._clock, self._total = Deadline(loop, expired), Deadline(loop, expired)
        self._task: asyncio.Task[Any] | None = (
            None  # set by the task's first step: from then on the task may be cancelled
        )
        self._slow_noted = False
        self._lease: LimitLease | None = None
        self._shown_id: tuple[str | None, str | None] = (None, None)  # the raw id, and the id without secrets
        self._take = self._hold_back if retries else self._deliver

    @property
    def request_id(self) -> str | None:
        """The provider's id of the request; None until the answer begins."""
        given = None if self._connection is None else self._connection.request_id
        if given != self._shown_id[0]:
            self._shown_id = given, shown_name(self.request, given)
        return self._shown_id[1]

    @property
    def answered(self) -> bool:
        """Whether an answer to the request of the current attempt has begun."""
        return self._connection is not None

    async def run(self) -> None:
        """Read until the call ends, deliver the end, and close the connection.

        Raises:
            BaseException: A cancellation that did not come from streamkit, after everything is closed.
        """
        self._task = asyncio.current_task()
        foreign: BaseException | None = None
        try:
            if self._life.phase is Phase.WAITING:
                await (self._pump_attempts(Retries(self._retries)) if self._retries else self._pump())
        except GeneratorExit:
            self.leave_limits()
            raise
        except BaseException as error:
            foreign = self._end_by(error)
        self._life.move(Phase.STOPPING)
        self._clock.cancel()
        self._total.cancel()
        try:
            # Only some connections know that the pool has them again already, so that there is nothing to close.
            if self._connection is not None and not getattr(self._connection, "released", False):
                await close_fully(self._connection)
        finally:
            self.leave_limits()
        if foreign is not None:
            drop_our_frames(foreign)
            raise foreign

    def _end_by(self, error: BaseException) -> BaseException | None:
        """Deliver the end that an exception means; return the exception to raise after everything is closed."""
        try:
            if is_own_error(error):
                self._finish(None if self._decoder.finish_seen else self._in_our_terms(error))
            elif self._life.phase is not Phase.STOPPING:
                # Somebody else stops the task: the loop ends, all its tasks are cancelled, or a callback exits.
                by = "the end of its event loop" if isinstance(error, asyncio.CancelledError) else type(error).__name__
                self._finish(StoppedError(f"The stream was stopped by {by}."))
                return error
        except BaseException as raised:  # a subscriber ends the program while the end is delivered
            return raised
        return None

    def leave_limits(self) -> None:
        """Release the lease of the shared limits, so that the next call gets a turn; do nothing the second time."""
        ask, lease, self._lease = self.request.ask, self._lease, None
        if ask.limits is not None and lease is not None:
            used = None if ask.limits.tpm is None else tokens_used(self._fold, lease.tokens, ask.model)
            ask.limits.leave(lease, used)

    def let_go(self) -> None:
        """Drop what points back to this pump or its call: a closed call is freed without the garbage collector."""
        if self._cached is not None:
            self._cached.end(None)
        del self._call, self._clock, self._total, self._take

    def interrupt(self) -> None:
        """Cut the connection and wake the pump, which then closes; called on the pump's loop."""
        if not self._life.move(Phase.STOPPING):
            return
        self.cut()
        if self._task is not None and self._task is not asyncio.current_task(self._loop):
            self._task.cancel()

    def cut(self) -> None:
        """Shut the connection down at once; callable from any thread."""
        if self._connection is not None:
            with contextlib.suppress(Exception):  # the task must be cancelled even if this fails
                self._connection.shut_down()

    def drain_for_usage(self, seconds: float) -> None:
        """Deliver nothing more; read on for the provider's usage for at most ``seconds``, on the pump's loop."""
        self._life.move(Phase.DRAINING)
        self._take = self._read_usage
        if self._log.paused is not None:
            self._log.paused()  # the reader that the pump waits for has left
        self._clock.cancel()
        self._total.resume()
        self._total.set(seconds)

    async def _pump(self) -> None:
        """Send the request, and read the answer to the end."""
        source = await self._find_cached() if self.request.ask.cache else self.request
        await self._prepare(source)
        tapped = [each for each in (self._call.recording, self._cached) if each is not None]
        for each in tapped:
            each.begin(self, self._loop.time)
        self._connection = connection = await (self._open() if source is self.request else source.open())
        conversation = self.conversation = getattr(connection, "conversation", None)
        if conversation is not None:
            conversation.life = self._life
        fed = self._decoder = source.decoder() if conversation is None else conversation.decoder
        for each in tapped:
            fed = each.tap(connection, fed)
        body = connection.__aiter__()
        if not self.request.ask.stream and self.conversation is None:  # whose turns read their bodies themselves
            from ._whole_body import WholeBody

            body = WholeBody(body, self.request)
        await self._read(body, fed)
        if self._decoder.done and self._decoder.finish_seen and self._decoder.error is None:
            await self._drain(body, None if getattr(connection, "released", False) else _DRAIN)

    async def _pump_attempts(self, retries: Retries) -> None:
        """Send one request after the other, until one is answered or no other attempt may follow."""
        while (error := await self._attempt()) is not None:
            if self._connection is not None:
                await close_fully(self._connection)
            self.leave_limits()
            pause = await self._pause_before_next(retries, error)
            if pause is None:
                return
            await asyncio.sleep(pause)

    async def _attempt(self) -> StreamError | None:
        """Send a request and read the answer; return the error of an attempt that fails while the call goes on."""
        self._failure = None
        self._attempt_end = clock = asyncio.timeout(None)
        try:
            async with clock:
                await self._pump()
        except BaseException as error:
            if self._decoder.finish_seen or self._life.phase is Phase.STOPPING:
                raise
            if not (isinstance(error, TimeoutError) and clock.expired()):
                if not is_own_error(error):
                    raise
                self._failure = cast("Exception", error)
        finally:
            self._attempt_end = None
            self._clock.cancel()
            if self._cached is not None:
                self._cached.end(None, self._failure)
        if self._failure is None or self._log.end is not None:
            return None
        found = self._in_our_terms(self._failure)
        found.provider = found.provider or self.request.provider
        found.request_id = found.request_id or self.request_id
        return found

    async def _pause_before_next(self, retries: Retries, error: StreamError) -> float | None:
        """Make everything ready for the next attempt; return the seconds before it, or None if the call has ended."""
        self._received += self._fold.received
        following = None
        if self._received > self._caps.log:
            full = f"The failed attempts are {self._received} bytes together (caps.log): no other one may follow."
            cause, error = error, LimitExceeded(full)
            error.__cause__ = cause
        elif self._call.may_restart():
            following = await retries.next_attempt(error)
        if following is None or not self._call.restart(error):
            self._finish(error)
            return None
        next_one, pause = following
        self._log, self._fold = self._call.log, self._call.fold
        self.request, self._connection, self.conversation = next_one.request, None, None
        self._timeouts = replace(next_one.timeouts, total=self._timeouts.total)
        self._decoder, self._held, self._take = _NOTHING_SEEN, AttemptBuffer(), self._hold_back
        return pause

    async def _find_cached(self) -> Request:
        """Return what plays the answer that the cache has, else the request."""
        from ._cached import find_cached  # which few calls need

        found = self._cached = await find_cached(self.request)
        self._fold.cached = found is not None and found.hit is not None
        return (found and found.hit) or self.request

    async def _prepare(self, source: Request) -> None:
        """Import the provider's modules and wait for the call's turn, but for a cached answer; and start the clocks."""
        if self._life.stop_pending:
            await self._let_stop()
        if source is self.request and (type(source), source.provider) not in _loaded:
            await to_thread(self._load)
        ask = self.request.ask
        if ask.limits is not None and source is self.request:
            self._lease = await ask.limits.enter(ask.prompt_tokens)
        if not self._life.sent and self._timeouts.total is not None:
            self._total.set(self._timeouts.total)
        self._life.move(Phase.OPENING)
        self._clock.set(self._timeouts.first)
        self._life.sent_at = self._clock.last

    async def _open(self) -> Connection:
        """Send the request, and once more over a new connection if a kept one was lost before any answer.

        A client that the user has passed never sends twice: its connections are the user's.
        """
        ask = self.request.ask
        self.calls += 1
        try:
            with attempt(error_body=ask.caps.error_body):
                return await self.request.open()
        except Exception as error:
            if not (is_unanswered(error) and ask.resend and ask.client is None):
                raise
        if self._life.stop_pending:
            await self._let_stop()
        self.calls += 1
        self.resent += 1
        warning("request_resent", stream=self._name, provider=self.request.provider)
        with attempt(fresh=True, error_body=ask.caps.error_body):
            return await self.request.open()

    def _load(self) -> None:
        """Import the provider's modules in a worker thread, since the first import takes a second."""
        importlib.import_module("streamkit.response")
        self.request.load()
        self.request.decoder()
        _loaded.add((type(self.request), self.request.provider))

    async def _read(self, body: AsyncIterator[bytes], decoder: Decoding) -> None:
        """Feed the body to the decoder, or to what stands before it, until the answer ends."""
        feed, log, life = decoder.feed, self._log, self._life
        async for data in body:
            if self._take(feed(data), len(data)) or life.phase is Phase.STOPPING:
                return
            if life.stop_pending:
                await self._let_stop()
            if log.behind() >= self._caps.ahead and life.phase is not Phase.DRAINING:
                await self._wait_for_readers()
        if not self._take(decoder.finish(), 0):
            self._finish(None)

    async def _drain(self, body: AsyncIterator[bytes], seconds: float | None) -> None:
        """Read to the end of the body if that is near, so that the connection can be used again.

        Args:
            body: The rest of the body.
            seconds: Seconds that it may take; None if all of it has arrived.
        """
        with contextlib.suppress(Exception):
            async with contextlib.nullcontext() if seconds is None else asyncio.timeout(seconds):
                async for data in body:
                    self._decoder.feed(data)
                    self._log_notes()

    def _read_usage(self, chunks: list[Chunk], size: int) -> bool:
        """Read the usage of chunks that nobody gets; return whether the answer has ended."""
        try:
            self._fold.add_after_stop(chunks, size, ended=self._decoder.finish_seen)
        except LimitExceeded:
            return True
        return self._decoder.done or self._decoder.error is not None

    def _hold_back(self, chunks: list[Chunk], size: int) -> bool:
        """Keep the chunks before the first content of an attempt from the readers; return whether it has failed."""
        decoder, held = self._decoder, self._held
        if held is None or decoder.saw_content or decoder.finish_seen:
            self.release()
            self._take = self._deliver
            return self._deliver(chunks, size)
        try:
            self._fold.add(chunks, size)
            held.add(chunks, size, at=self._loop.time(), caps=self._caps)
        except LimitExceeded as error:
            self._fail(error)
            return True
        if decoder.error is not None:
            self._fail(decoder.error)
        return decoder.error is not None

    def release(self) -> None:
        """Let the readers have the chunks that came before the first content of the attempt."""
        held, self._held = self._held, None
        if held is not None and held.chunks:
            self._log.append(held.chunks, size=held.size, at=held.at)

    def _deliver(self, chunks: list[Chunk], size: int) -> bool:
        """Fold, log and deliver the decoded chunks; return whether the answer has ended."""
        decoder = self._decoder
        now = self._loop.time()
        if decoder.saw_content:
            decoder.saw_content = False
            self._touch(now)
        if chunks:
            before = self._fold.count
            try:
                self._fold.add(chunks, size)
                self._log.append(chunks, size=size, at=now)
            except LimitExceeded as error:
                fit = chunks[: self._fold.count - before]
                if len(fit) < len(chunks):  # the fold has refused a chunk: those before it are part of the answer
                    self._log.append(fit, size=size, at=now)
                self._fail(error)
                return True
            if self._log.push_readers and not self._slow_noted and self._loop.time() - now > _SLOW:
                self._slow_noted = True
                warning("slow_subscriber", stream=self._name, seconds=self._loop.time() - now)
        if decoder.notes:
            self._log_notes()
        if decoder.error is not None:
            self._fail(decoder.error)
            return True
        if decoder.done:
            self._finish(None)
        return self._log.end is not None

    def _fail(self, error: StreamError) -> None:
        """End the running attempt with an error; and the call, if no other attempt may follow."""
        if self._attempt_end is None:
            self._finish(self._in_our_terms(error))
        else:
            self._failure = error

    def _touch(self, now: float) -> None:
        """Note that content has arrived, and start the clock for the next content."""
        seconds = _LINGER if self._decoder.finish_seen else self._timeouts.between
        if self._life.saw_content and self._clock.seconds == seconds:
            self._clock.last = now
            return
        if not self._life.saw_content:
            self._life.content_at = now
            self._life.move(Phase.STREAMING)
        if not self._decoder.done:
            self._clock.set(seconds)

    async def _let_stop(self) -> None:
        """Yield one turn to a stop that is pending on the loop, before anything more is sent or read."""
        self._life.stop_pending = False
        await asyncio.sleep(0)

    async def _wait_for_readers(self) -> None:
        """Stop reading the socket until the fastest reader has halved the lag; the clocks are paused."""
        caught_up = Latch()

        def read_on() -> None:
            if self._log.behind() <= self._caps.ahead // 2:
                caught_up.set()

        self._log.paused = read_on
        self._clock.pause()
        self._total.pause()
        try:
            read_on()
            await caught_up.wait()
        finally:
            self._log.paused = None
            self._clock.resume()
            self._total.resume()

    def _expired(self) -> None:
        clock = "total" if self._total.due else "between" if self._life.saw_content else "first"
        stalled = StalledError(f"{_SILENCE[clock]} {getattr(self._timeouts, clock)} s (timeouts.{clock}).")
        if self._attempt_end is not None and clock != "total" and not self._decoder.finish_seen:
            self._failure = stalled
            self._attempt_end.reschedule(self._loop.time())
            return
        try:
            self._finish(None if self._decoder.finish_seen else self._in_our_terms(stalled))
        finally:
            self.interrupt()

    def _finish(self, error: StreamError | None) -> None:
        decoder = self._decoder
        ended = "complete" if decoder.end_is_proven else "unknown"
        if error is None and (stop := getattr(decoder, "stop_sequence", None)) is not None:
            self._fold.stop_sequence = stop
            if not decoder.finish_seen:  # streamkit's own end, for a provider that has no stop strings
                self.cut()
                ended, self._call.stopped_by = "stopped", f"stop={stop!r}"
        self._call.finish(error, ended)
        if self._cached is not None:
            self._cached.end(self._call, error)

    def _in_our_terms(self, error: BaseException) -> StreamError:
        """Return the StreamError for an exception, with the exception as the cause."""
        found = final_error(self.request, cast("Exception", error))
        if isinstance(found, ConfigurationError) and not self.answered and self.calls:
            self.calls -= 1  # nothing was sent
        limits = self.request.ask.limits
        if limits is not None:
            limits.brake(found.retry_after, now=self._loop.time())
        return found

    def _log_notes(self) -> None:
        for name, fields in self._decoder.notes:
            warning(name, stream=self._name, provider=self.request.provider, **fields)
        self._decoder.notes.clear()
