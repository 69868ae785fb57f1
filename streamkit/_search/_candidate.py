"""Reader: sends one candidate of a race or a search, checks the streamed answer, and stops once it is decided."""

from __future__ import annotations

import asyncio
import inspect
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from .._flow import PairIterator
from .._stream import Stream, compacted, trace
from ..chunk import Chunk
from ..errors import ConfigurationError, StoppedError, StreamError, ToolArgumentsError
from ..response import Response
from ..runtime import shielded
from ..settings import RETRY_AFTER
from ..usage.budget import Budget
from ..usage.budget_meter import Spending
from ._acceptors import Acceptor
from ._ledger import Ledger, Verdict
from ._result import AcceptedResult, Candidate

_BACKOFF = 0.5  # seconds before a refused call is sent again, doubled each time; longer where the provider says so


_TRACED = 256  # candidates of which it is kept what their calls have done and when …

_DELTAS, _CHARS = 200, 16_384  # … and how much of each


class ResultCache(Protocol):
    """Answers of earlier runs, such as a journal's."""

    def recall(self, reader: Reader) -> bool:
        """Decide a candidate by an earlier answer; return False without one."""
        ...

    def note(self, reader: Reader) -> None:
        """Record the outcome of a candidate."""
        ...


@dataclass(frozen=True, slots=True)
class CandidateConfig:
    """Settings that all candidates of a race or a search share.

    Args:
        name: The function as the user wrote it, which becomes ``stopped_by`` of stopped streams.
        new_acceptor: Function that makes an Acceptor for one answer.
        finish: True to read accepted answers to their end.
        retries: Number of times that a call refused before its content is sent again.
        budget: Budget that all candidates share.
        cache: Answers of earlier runs.
        may_send: Predicate that is called before a refused call is sent again.
        on_done: Callback for a reader whose accepted answer has been read to its end.
    """

    name: str
    new_acceptor: Callable[[], Acceptor]
    finish: bool = False
    retries: int = 0
    budget: Budget | None = None
    cache: ResultCache | None = None
    may_send: Callable[[Reader], bool] = lambda _: True
    on_done: Callable[[Reader], None] = lambda _: None


class Reader:
    """Reads the answer of one candidate."""

    def __init__(self, ledger: Ledger, candidate: Any, make: Candidate, config: CandidateConfig) -> None:
        self.row = ledger.open()
        self.candidate = candidate
        self.stream: Stream | None = None
        self.error: StreamError | None = None
        self.accepted: AcceptedResult | None = None
        self.value: Any = None
        self.key: str | None = None
        """The key of the candidate in the journal."""
        self.reserved = 1
        """Number of requests that the candidate may send."""
        self.done = False
        """True once nothing more will be read."""
        self._ledger = ledger
        self._make = make
        self._config = config
        self._chunks: PairIterator[Any] | None = None
        self._spending = None if config.budget is None else Spending[Chunk](config.budget)
        self._owns_call = False  # the call was sent for this reader, and not for another one
        self._calls_before = 0  # which others had made of the stream
        self._decided: float | None = None
        self._began = False
        self._between_calls = False  # the last call was refused, and the next one has not begun
        self._row_is_final = False  # nothing will change in the row any more

    async def run(self, report: Callable[[Reader], None]) -> None:
        """Send the call, read until it is decided, report that, and close.

        Raises:
            Exception: Raised by the function that makes the stream or by the acceptor; everything is closed then.
        """
        self._began = True
        if self._ledger.began is None:
            self._ledger.began = asyncio.get_running_loop().time()
        self.settle("open")
        self._ledger.open_rows[self.row.index] = self._update_row
        try:
            accepted = await self._attempts()
            if accepted is not None:
                await self._decide(accepted)
            report(self)
            if not self.done:
                await self._read_the_rest()
        finally:
            await shielded(self._close())

    @property
    def response(self) -> Response:
        """The Response so far."""
        assert self.stream is not None
        return self.stream.response

    def settle(self, verdict: Verdict) -> None:
        """Set the verdict of the candidate's row."""
        self._ledger.settle(self.row, verdict)

    def accept(self, response: Response) -> None:
        """Accept an answer."""
        self.accepted = AcceptedResult(self.row.index, response, self.value, self.candidate)

    def recall(self, response: Response) -> None:
        """Accept an answer that was accepted in an earlier run."""
        self.value = self._config.new_acceptor().recall(response)
        self.accept(response)

    def drop(self) -> None:
        """Stop reading, because the search has ended; the caller cancels the task."""
        if self.row.verdict == "open":
            self.settle("stopped")
        if self._chunks is not None:
            self._chunks.leave(self._config.name)
        if not self._began and inspect.iscoroutine(self._make):
            self._make.close()

    def refresh(self) -> None:
        """Update an accepted answer whose reading was cut short with all that has arrived."""
        if self.accepted is not None and not self.done:
            response = self._update_row()
            if response is not None:
                self.accept(response)

    async def _attempts(self) -> bool | None:
        """Send the call until it is answered; return whether the answer is accepted, None for one of an earlier run."""
        try:
            made = await self._make_stream()
        except StreamError as error:
            self.error = error
            return False
        if not isinstance(made, Stream):
            raise ConfigurationError(f"A candidate must give a Stream, not {type(made).__name__}.")
        self.stream = stream = cast("Stream", made)
        stream.refuse_copies()
        self.row.model = f"{stream.provider}/{stream.request.model}"
        self.row.prompt_tokens = stream.request.prompt_tokens
        if self._config.cache is not None and self._config.cache.recall(self):
            self.done = True
            return None
        self._calls_before = 0 if stream.log is None else stream.response.calls
        attempt = 0
        while not await self._read_until_decided(stream):
            error = self.error
            if error is None or not (error.retryable and stream.refused and attempt < self._config.retries):
                return False
            if (error.retry_after or 0.0) > RETRY_AFTER:  # too long to wait; the row records the error
                return False
            if not self._config.may_send(self):
                return False
            self._update_row()
            self._between_calls = True
            jitter = random.Random(f"{self.row.index}-{attempt}").uniform(0.5, 1.0)  # reproducible
            await asyncio.sleep(max(error.retry_after or 0.0, _BACKOFF * 2**attempt * jitter))
            attempt += 1
        return True

    async def _make_stream(self) -> object:
        made: object = self._make
        if not isinstance(made, Stream) and callable(made):
            made = made()
        # A Stream can be awaited too, for its Response.
        if not isinstance(made, Stream) and inspect.isawaitable(cast("object", made)):
            made = await cast("Awaitable[object]", made)
        return cast("object", made)

    async def _read_until_decided(self, stream: Stream) -> bool:
        """Read a call until it is decided; return whether the answer is accepted, and keep an error of the stream."""
        self.error = None
        acceptor, before = self._config.new_acceptor(), stream.log
        self._chunks = aiter(stream)
        self._owns_call, self._between_calls = stream.log is not before, False
        while (chunk := await self._next(self._chunks)) is not None:
            spent = self._spent(chunk)
            accepted = acceptor.check(chunk, stream)
            if accepted is True or (accepted is not False and await accepted):
                self.value = acceptor.value
                return True
            if spent:
                return False
        accepted = acceptor.check_whole(stream) if self.error is None else False
        if accepted is True or (accepted is not False and await accepted):
            self.value = acceptor.value
            return True
        return False

    async def _next(self, chunks: PairIterator[Any]) -> Chunk | None:
        try:
            chunk, _ = await anext(chunks)
        except (StopAsyncIteration, ToolArgumentsError):  # invalid tool arguments come after all chunks
            return None
        except StreamError as error:
            self.error = error
            return None
        return chunk

    def _spent(self, chunk: Chunk) -> bool:
        if self._spending is None:
            return False
        self._spending.feed(chunk)
        return self._spending.done

    async def _decide(self, accepted: bool) -> None:
        """Set the verdict, as far as it is known before the stream is closed."""
        self._decided = asyncio.get_running_loop().time()
        self.done = not (accepted and self._config.finish)
        if self.done and self._chunks is not None:
            self._chunks.leave(self._config.name)
            await asyncio.sleep(0)  # lets a stop that is due happen
        if accepted:
            self.settle("accepted")
        elif self.error is not None and not isinstance(self.error, StoppedError):
            self.settle("failed")
        else:
            whole = self.stream is not None and self.stream.state in ("complete", "unknown")
            self.settle("rejected" if whole else "stopped")
        self._end()

    async def _read_the_rest(self) -> None:
        """Read an accepted answer to its end; if the stream fails, the answer so far stays accepted."""
        assert self._chunks is not None
        while (chunk := await self._next(self._chunks)) is not None:
            if self._spent(chunk):
                self._chunks.leave(self._config.name)
                await asyncio.sleep(0)
                break
        self._decided = asyncio.get_running_loop().time()
        self.done = True
        self._end()
        self._config.on_done(self)

    def _end(self) -> None:
        """Update the row, and record the outcome if nothing more will be read."""
        if self.error is not None:
            self.row.error = f"{type(self.error).__name__}: {self.error}"
        response = self._update_row()
        if response is not None and self.row.verdict == "accepted":
            self.accept(response)
        self._row_is_final = self.row.state in ("complete", "failed", "unknown")
        if self.done and self.error is None and self._config.cache is not None:
            self._config.cache.note(self)

    def _update_row(self) -> Response | None:
        """Update the row and return the Response so far."""
        stream = self.stream
        if stream is None or stream.log is None or self._between_calls:
            return None
        response = stream.response
        if self._owns_call:
            self.row.calls = response.calls - self._calls_before
        self.row.update(response)
        return response

    async def _close(self) -> None:
        """Stop reading and wait until the stream is closed, unless another subscriber reads it."""
        stream, chunks, loop = self.stream, self._chunks, asyncio.get_running_loop()
        if self.row.verdict == "open":
            self.settle("stopped")
        began = self._decided or self._ledger.decided or loop.time()
        try:
            if stream is not None and chunks is not None:
                await chunks.aclose()
                if stream.state != "streaming":
                    await stream.wait_closed()
                    self.row.close_ms = (loop.time() - began) * 1000
                elif self.row.verdict == "stopped":
                    self.settle("left")
        finally:
            del self._ledger.open_rows[self.row.index]
            if not self._row_is_final:
                self._update_row()
                self.refresh()
            if stream is not None and stream.log is not None and self.row.index < _TRACED:
                whole = trace(stream, start=self._ledger.began, figures=False)
                self.row.trace = compacted(whole, deltas=_DELTAS, chars=_CHARS)
            self.done, self.stream, self._chunks = True, None, None
