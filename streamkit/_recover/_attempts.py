"""One stream of several attempts: a request, a decoder and a connection that stand for those of the one that runs."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

from .._stream import Stream
from ..chunk import Chunk
from ..errors import StalledError, StreamError
from ..fold import Fold
from ..providers import Connection, KnowsItsKeys, leaving
from ..runtime import Countdown, Pass, TimeIsUpError, in_worker, is_own_error, loop_time, pause
from ..source import close, spent
from ..wire import Decoder


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do when a call has failed before its first content.

    Args:
        first: What is sent first.
        other: Given how many have failed and the last error: the next stream, to be awaited or not, or None.
        pause: Given the same: seconds to wait before it.
    """

    first: Stream
    other: Callable[[int, StreamError], Any]
    pause: Callable[[int, StreamError], float]


class Recovering(Stream):
    """A Stream whose request may be sent more than once."""

    def __init__(self, plan: Plan) -> None:
        once = plan.first._once
        # Each attempt has a clock of its own for its first content.
        super().__init__(_Request(plan), timeouts=replace(once.timeouts, first=None), keep=once.keep)
        self._plan = plan
        self._reading = plan.first._reading

    def again(self) -> Stream:
        """Make an unsent Stream of the same, with all its attempts."""
        fresh = Recovering(replace(self._plan, first=self._plan.first.again()))
        fresh._reading = self._reading
        return fresh


class _Request:
    """Stands for the request of whichever attempt runs."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.use(plan.first)

    def use(self, stream: Stream) -> None:
        """Let it stand for what a stream would send."""
        once = stream._once  # pyright: ignore[reportPrivateUsage] - the same idea in two files
        self.now = once.request
        self.first = once.timeouts.first
        self.ask = replace(self.now.ask, limits=None)  # each attempt waits for its own turn
        self.provider = self.now.provider

    def decoder(self) -> Decoder:
        if self.now is not self.plan.first._once.request:  # pyright: ignore[reportPrivateUsage] - as above
            self.use(self.plan.first)  # one more call, after all attempts of the one before have failed
        self._tries = _Tries(self)
        return self._tries

    def load(self) -> None:
        self.now.load()

    async def open(self) -> Connection:
        await self._tries.start()
        return self._tries

    def secrets(self) -> Iterable[str]:
        return self.now.secrets() if isinstance(self.now, KnowsItsKeys) else ()

    def error(self, error: Exception) -> StreamError:
        return self._tries.told if error is self._tries.told and self._tries.told else self.now.error(error)


class _Tries:
    """The decoder and the connection of one call, each for the attempt that runs."""

    def __init__(self, request: _Request) -> None:
        self.error: StreamError | None = None
        self.moved = self.ended = self.closed = False
        self.proven = True
        self.notes: list[tuple[str, dict[str, object]]] = []
        self.told: StreamError | None = None
        """The error that ends it, in our terms."""
        self._request = request
        self._inner: Decoder = request.now.decoder()
        self._connection: Connection | None = None
        self._pass: Pass | None = None
        self._fold = Fold()  # of this attempt, where its tokens count
        self._held: list[Chunk] = []  # what came before the first content: a failed attempt is not seen
        self._content = False
        self._finished = False
        self._cut = False
        self._failures = 0
        self._clock = Countdown(None)  # what is left for the first content

    # The decoder -----------------------------------------------------------------------------------

    def feed(self, data: bytes) -> list[Chunk]:
        return self._passed(self._inner.feed(data) if data else [])

    def finish(self) -> list[Chunk]:
        if self._finished:
            return self._passed([])
        self._finished = True
        return self._passed(self._inner.finish())

    def _passed(self, chunks: list[Chunk]) -> list[Chunk]:
        inner = self._inner
        self._content = self._content or inner.moved or inner.ended
        self._held += chunks
        if self._pass is not None:
            self._fold.add(chunks)
        if not (self._content or self.told):
            return []
        self.error, self.ended, self.closed, self.proven = inner.error, inner.ended, inner.closed, inner.proven
        self.moved = self.moved or inner.moved
        inner.moved = False
        self.notes += inner.notes
        inner.notes.clear()
        found, self._held = self._held, []
        return found

    # The connection --------------------------------------------------------------------------------

    @property
    def request_id(self) -> str | None:
        return None if self._connection is None else self._connection.request_id

    async def start(self) -> None:
        """Open the first attempt that can be opened.

        Raises:
            StreamError: None could.
        """
        while (error := await self._opened()) is not None:
            await self._next(error)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            error: Exception | None = None
            body = cast("Connection", self._connection).__aiter__()
            try:
                while (data := await self._read(body)) is not None:
                    yield data
                    if not self._content and self._inner.error is not None:
                        break
            except BaseException as raised:
                if not is_own_error(raised):
                    raise
                error = cast("Exception", raised)
            if error is None and not self._content:
                self._held += [] if self._inner.error or self._finished else self._inner.finish()
                self._finished = self._inner.error is None
                error = self._inner.error
            if error is None:
                return
            if self._content or self._inner.ended or self._cut:
                raise error
            try:
                await self._next(self._in_our_terms(error))
                await self.start()
            except StreamError as final:
                self.told = final
                yield b""  # what was held back is seen with the error
                raise

    def shut_down(self) -> None:
        self._cut = True
        if self._connection is not None:
            self._connection.shut_down()

    async def aclose(self) -> None:
        self._leave()
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.aclose()

    async def _opened(self) -> StreamError | None:
        """Wait for its turn and open the attempt; return what was wrong."""
        request, limits = self._request.now, self._request.now.ask.limits
        try:
            if self._failures:
                await in_worker(request.load)
            if limits is not None:
                self._pass = await limits.enter(request.ask.prompt_tokens)
            self._clock = Countdown(self._request.first)
            self._connection = await self._clock.wait(request.open())
        except BaseException as error:
            if is_own_error(error):
                return self._in_our_terms(cast("Exception", error))
            self._leave()
            raise
        return None

    async def _read(self, body: AsyncIterator[bytes]) -> bytes | None:
        if self._content:
            return await anext(body, None)
        return await self._clock.wait(anext(body, None))

    async def _next(self, error: StreamError) -> None:
        """Turn to the next attempt.

        Raises:
            StreamError: There is none.
        """
        await close(self)
        self._failures += 1
        plan = self._request.plan
        other = plan.other(self._failures, error)
        if inspect.iscoroutine(other):  # of an async function; a Stream could be awaited too
            other = await other
        if other is None or self._cut:
            self.told = error
            raise error
        await pause(plan.pause(self._failures, error))
        self._request.use(other)
        self._inner = self._request.now.decoder()
        self._held = []
        self._fold = Fold()
        self._finished = False

    def _in_our_terms(self, error: Exception) -> StreamError:
        if isinstance(error, TimeIsUpError):
            error = StalledError(f"No content within {self._request.first} s (timeouts.first).")
        told = leaving(self._request.now, error)
        told.provider = told.provider or self._request.provider
        told.request_id = told.request_id or self.request_id
        limits = self._request.now.ask.limits
        if limits is not None:
            limits.brake(told.retry_after, now=loop_time())
        return told

    def _leave(self) -> None:
        limits, mine = self._request.now.ask.limits, self._pass
        self._pass = None
        if limits is not None and mine is not None:
            asked = self._request.now.ask.model
            limits.leave(mine, None if limits.tpm is None else spent(self._fold, mine.tokens, asked))
