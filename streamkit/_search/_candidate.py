"""One candidate: asked, judged while it answers, and left as soon as that is enough."""

from __future__ import annotations

import asyncio
import inspect
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from .._flow import PairIterator
from .._stream import Stream
from ..chunk import Chunk
from ..errors import ConfigurationError, StoppedError, StreamError, ToolArgumentsError
from ..response import Response
from ..runtime import shielded
from ..settings import RETRY_AFTER
from ..usage.budget import Budget
from ..usage.budget_meter import Spending
from ._judge import Acceptor
from ._ledger import Bill, Ledger, Verdict
from ._result import AcceptedResult, Candidate

_BACKOFF = 0.5  # seconds before a refused call is sent again, doubled each time; longer where the provider says so


class ResultCache(Protocol):
    """What remembers answers."""

    def recall(self, reader: Reader) -> bool:
        """Decide on a candidate if it was answered before; return whether it was."""
        ...

    def note(self, reader: Reader) -> None:
        """Write down what was decided on a candidate."""
        ...


@dataclass(frozen=True, slots=True)
class CandidateConfig:
    """What all candidates of a race or a search have in common.

    Args:
        name: The function, as its user wrote it: what to say of why a stream was stopped.
        judge: Makes what judges an answer.
        finish: Whether an accepted answer is read to its end.
        retries: How often a call that was refused before its content is sent again.
        budget: What all of them may use together.
        memory: What remembers answers.
        may_send: Asked before a refused call is sent again.
        on_done: Given a reader whose accepted answer has been read to its end.
    """

    name: str
    judge: Callable[[], Acceptor]
    finish: bool = False
    retries: int = 0
    budget: Budget | None = None
    memory: ResultCache | None = None
    may_send: Callable[[Reader], bool] = lambda _: True
    on_done: Callable[[Reader], None] = lambda _: None


class Reader:
    """Reads one candidate.

    Args:
        ledger: Where its row stands.
        candidate: What the user gave.
        make: Its Stream, or what makes it.
        terms: What it has in common with the others.
    """

    def __init__(self, ledger: Ledger, candidate: Any, make: Candidate, terms: CandidateConfig) -> None:
        self.row = ledger.open()
        self.candidate = candidate
        self.stream: Stream | None = None
        self.error: StreamError | None = None
        self.accepted: AcceptedResult | None = None
        self.value: Any = None
        self.key: str | None = None
        """What its journal knows it by."""
        self.reserved = 1
        """How many requests it was allowed."""
        self.done = False
        """Nothing more will be read of it."""
        self._ledger = ledger
        self._make = make
        self._terms = terms
        self._chunks: PairIterator[Any] | None = None
        self._spending = None if terms.budget is None else Spending[Chunk](terms.budget)
        self._mine = False  # the call was sent for this reader, and not for somebody else
        self._refused: tuple[int, tuple[Bill, ...]] = (0, ())  # calls before this one, and their bills
        self._decided: float | None = None
        self._began = False
        self._between = False  # its last call was refused, and the next one has not begun
        self._final = False  # nothing will change in its row any more

    async def run(self, tell: Callable[[Reader], None]) -> None:
        """Ask, judge, tell that it is decided, and close.

        Raises:
            Exception: What making or judging has raised; everything is closed then.
        """
        self._began = True
        self.settle("open")
        self._ledger.open_rows[self.row.index] = self._note
        try:
            met = await self._attempts()
            if met is not None:
                await self._decide(met)
            tell(self)
            if not self.done:
                await self._read_the_rest()
        finally:
            await shielded(self._close())

    @property
    def response(self) -> Response:
        """What has arrived."""
        assert self.stream is not None
        return self.stream.response

    def settle(self, verdict: Verdict) -> None:
        """Say what has become of it."""
        self._ledger.settle(self.row, verdict)

    def accept(self, response: Response) -> None:
        """Take an answer as good enough."""
        self.accepted = AcceptedResult(self.row.index, response, self.value, self.candidate)

    def recall(self, response: Response) -> None:
        """Take an answer that was accepted before."""
        self.value = self._terms.judge().recall(response)
        self.accept(response)

    def drop(self) -> None:
        """Leave it, since it is no longer wanted; its task is to be cancelled."""
        if self.row.verdict == "open":
            self.settle("stopped")
        if self._chunks is not None:
            self._chunks.leave(self._terms.name)
        if not self._began and inspect.iscoroutine(self._make):
            self._make.close()

    def refresh(self) -> None:
        """Take down what had come of an accepted answer that was to be read on, and was not."""
        if self.accepted is not None and not self.done:
            response = self._note()
            if response is not None:
                self.accept(response)

    async def _attempts(self) -> bool | None:
        """Ask until it is answered; return whether it is good enough, None if it was answered before."""
        try:
            made = await self._made()
        except StreamError as error:
            self.error = error
            return False
        if not isinstance(made, Stream):
            raise ConfigurationError(f"A candidate must give a Stream, not {type(made).__name__}.")
        self.stream = stream = cast("Stream", made)
        self.row.model = f"{stream.provider}/{stream.asked.model}"
        self.row.prompt_tokens = stream.asked.prompt_tokens
        if self._terms.memory is not None and self._terms.memory.recall(self):
            self.done = True
            return None
        attempt = 0
        while not await self._judged(stream):
            error = self.error
            if error is None or not (error.retryable and stream.refused and attempt < self._terms.retries):
                return False
            if (error.retry_after or 0.0) > RETRY_AFTER:  # it is recorded, and says how long
                return False
            if not self._terms.may_send(self):
                return False
            self._note()
            self._refused = (self.row.calls, self.row.bills)
            self._between = True
            jitter = random.Random(f"{self.row.index}-{attempt}").uniform(0.5, 1.0)  # the same in every run
            await asyncio.sleep(max(error.retry_after or 0.0, _BACKOFF * 2**attempt * jitter))
            attempt += 1
        return True

    async def _made(self) -> object:
        made: object = self._make
        if not isinstance(made, Stream) and callable(made):
            made = made()
        # A Stream can be awaited too, for its Response.
        if not isinstance(made, Stream) and inspect.isawaitable(cast("object", made)):
            made = await cast("Awaitable[object]", made)
        return cast("object", made)

    async def _judged(self, stream: Stream) -> bool:
        """Read a call until it is decided; an error of the stream is kept."""
        self.error = None
        judge, before = self._terms.judge(), stream.log
        self._chunks = aiter(stream)
        self._mine, self._between = stream.log is not before, False
        while (chunk := await self._next(self._chunks)) is not None:
            spent = self._spent(chunk)
            met = judge.met(chunk, stream)
            if met is True or (met is not False and await met):
                self.value = judge.value
                return True
            if spent:
                return False
        met = judge.whole(stream) if self.error is None else False
        if met is True or (met is not False and await met):
            self.value = judge.value
            return True
        return False

    async def _next(self, chunks: PairIterator[Any]) -> Chunk | None:
        try:
            chunk, _ = await anext(chunks)
        except (StopAsyncIteration, ToolArgumentsError):  # a call that fits no tool is told behind everything else
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

    async def _decide(self, met: bool) -> None:
        """Say what has become of it, as far as that is known before it is closed."""
        self._decided = asyncio.get_running_loop().time()
        self.done = not (met and self._terms.finish)
        if self.done and self._chunks is not None:
            self._chunks.leave(self._terms.name)
            await asyncio.sleep(0)  # a stop that is due has happened then
        if met:
            self.settle("accepted")
        elif self.error is not None and not isinstance(self.error, StoppedError):
            self.settle("failed")
        else:
            whole = self.stream is not None and self.stream.state in ("complete", "unknown")
            self.settle("rejected" if whole else "stopped")
        self._end()

    async def _read_the_rest(self) -> None:
        """Read an accepted answer to its end; if that breaks off, what has come stays accepted."""
        assert self._chunks is not None
        while (chunk := await self._next(self._chunks)) is not None:
            if self._spent(chunk):
                self._chunks.leave(self._terms.name)
                await asyncio.sleep(0)
                break
        self._decided = asyncio.get_running_loop().time()
        self.done = True
        self._end()
        self._terms.on_done(self)

    def _end(self) -> None:
        """Take down what is known, and remember it if nothing more will come."""
        if self.error is not None:
            self.row.error = f"{type(self.error).__name__}: {self.error}"
        response = self._note()
        if response is not None and self.row.verdict == "accepted":
            self.accept(response)
        self._final = self.row.state in ("complete", "failed", "unknown")
        if self.done and self.error is None and self._terms.memory is not None:
            self._terms.memory.note(self)

    def _note(self) -> Response | None:
        """Take down how it stands, and return what has arrived."""
        stream = self.stream
        if stream is None or stream.log is None or self._between:
            return None
        calls, bills = self._refused
        sent = self._mine and stream.sent and not isinstance(self.error, ConfigurationError)
        self.row.calls = calls + sent
        response = stream.response
        self.row.note(response, bills)
        return response

    async def _close(self) -> None:
        """Leave the stream and wait until it is closed, unless somebody else reads it."""
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
            if not self._final:
                self._note()
                self.refresh()
            self.done, self.stream, self._chunks = True, None, None
