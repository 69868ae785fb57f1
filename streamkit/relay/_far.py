"""The far side of a published stream: a request that opens the stored log in place of a provider."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..chunk import Chunk
from ..errors import ProducerLost, StreamError, StreamGap
from ..fold import Fold
from ..providers import CallSpec, map_error
from ..runtime import call_soon
from ..tool import ToolResult
from ..wire.decoder import DelegatingDecoder
from ._end import EndOfStream, StoredTurn, StoredTurns, read_end
from ._frames import Frame, FrameDecoder
from ._reader import Feed, ReadLoop, gap
from ._store import RedisStore, not_found

if TYPE_CHECKING:
    from .._stream import Conversing, Lifecycle
    from ..response import Response

_JUST_PAST = 0.002  # seconds behind the end of a lease, when to look again

_OFTEN = 0.05  # seconds between looks at a stream whose keys are gone, and may come back


class StoredDecoder(DelegatingDecoder):
    """Turns frames into chunks, all of one producer, each once and none left out.

    Args:
        keep_fold: True if the whole answer is needed at the end, for its ``response_model``.
    """

    def __init__(self, *, keep_fold: bool = False) -> None:
        super().__init__()
        self.known = 0
        """The number of chunks so far."""
        self.end: EndOfStream | None = None
        self.results: list[ToolResult] = []
        """The results of a conversation's tools so far."""
        self.stop_sequence: str | None = None
        """The stop string that has ended the answer, where streamkit itself has ended it."""
        self.fold = Fold() if keep_fold else None
        self._turn = (0, 0)
        self.token: bytes | None = None
        """The token of the producer; None before the first frame."""
        self._frames = FrameDecoder()
        self._waiting: list[bytes] = []

    def put(self, frames: list[bytes]) -> bytes:
        """Take frames, and return bytes of their size for the pump to feed."""
        self._waiting += frames
        return bytes(sum(map(len, frames)))

    def feed(self, data: bytes) -> list[Chunk]:
        frames, self._waiting = self._waiting, []
        chunks: list[Chunk] = []
        for each in frames:
            if self.error is not None or self.end is not None:
                break
            try:
                self._take(self._frames.read(each), chunks)
            except StreamError as error:
                self.error = error
        if chunks:
            self.saw_content = True
        return chunks

    def finish(self) -> list[Chunk]:
        if self.error is None and self.end is None:
            self.error = ProducerLost("The stored stream has no end.")
        return []

    def _take(self, frame: Frame, chunks: list[Chunk]) -> None:
        """Add the chunks of a frame that are not known yet.

        Raises:
            ProducerLost: The frame is another producer's: its answer is another one.
            StreamGap: Chunks in between are missing.
        """
        self.token = self.token or frame.token
        if frame.token != self.token:
            raise replaced()
        if frame.first > self.known + 1:
            raise gap(self.known, frame.first)
        new = frame.chunks[self.known + 1 - frame.first :]
        chunks += new
        self.known += len(new)
        self.results += [
            each.origin.result for each in new if each.origin and isinstance(each.origin.result, ToolResult)
        ]
        if self.fold is not None:
            for each in new:
                self._add_to_answer(each)
        if frame.end is not None:
            self._finish(read_end(frame.end))

    def _add_to_answer(self, chunk: Chunk) -> None:
        """Add a chunk to the answer of the last turn, which is the one that has the value."""
        origin = chunk.origin
        if origin is not None:
            if origin.path or origin.tool_call_id is not None:
                return
            if (origin.turn, origin.attempt) != self._turn:
                self._turn, self.fold = (origin.turn, origin.attempt), Fold()
        if self.fold is not None:
            self.fold.add([chunk])

    def _finish(self, end: EndOfStream) -> None:
        self.end = end
        self.error = end.error
        if end.error is None:
            self.done = True
            self.end_is_proven = end.state != "unknown"
            if end.state == "stopped":
                self.stop_sequence = end.response.stop_sequence or ""
            else:
                self.finish_seen = True


class FarRequest:
    """The request of a far Stream: to open it begins to read the stored log.

    Args:
        log: The place of the log.
        stream_id: The id of the stream.
        ask: The tools and the options of the reader.
    """

    provider: str = "redis"

    def __init__(self, log: RedisStore, stream_id: str, ask: CallSpec) -> None:
        self.ask = ask
        self.log = log
        self.stream_id = stream_id

    def decoder(self) -> StoredDecoder:
        return StoredDecoder()

    def load(self) -> None:
        """Nothing needs to be imported: the log imports redis-py when it makes a client."""

    async def open(self) -> FarConnection:
        """Begin to read.

        Raises:
            StreamNotFound: There is no such stream, or no longer.
            LogUnavailable: The server cannot be reached.
        """
        found = await self.log.look(self.stream_id)
        if not found.exists:
            raise not_found(self.stream_id)
        self.provider = found.about.get("provider") or "redis"
        self.ask = replace(self.ask, model=found.about.get("model") or self.ask.model)
        hub = await self.log.hub()
        return FarConnection(self.log, self.stream_id, hub.reader(self.log.keys(self.stream_id).base), self.ask)

    def error(self, error: Exception) -> StreamError:
        """Return the error of streamkit for an exception."""
        return map_error(error, provider=self.provider)


class FarConnection:
    """A stored log that is being read, as the connection that the pump reads.

    Args:
        log: The place of the log.
        stream_id: The id of the stream.
        reader: The reader of this loop.
        ask: The reader's options.
    """

    request_id: str | None = None
    life: Lifecycle
    """The phase of the call, which the pump sets."""
    turn_count = 0
    turns: Sequence[Any] = ()
    """The turns run elsewhere; the Response has theirs, once the end is here."""
    answering: tuple[str, str] | None = None  # the request has them
    has_run_tools = True  # a far Stream is never asked again

    def __init__(self, log: RedisStore, stream_id: str, reader: ReadLoop, ask: CallSpec) -> None:
        self.decoder = StoredDecoder(keep_fold=ask.answer is not None)
        self._ask = ask
        self._log = log
        self._id = stream_id
        self._reader = reader
        self._loop = asyncio.get_running_loop()
        self._feed = Feed(log.keys(stream_id).all[0].encode(), self._look, grace=log.lease)
        self._gone_since: float | None = None
        self._steps = self._read()

    @property
    def conversation(self) -> Conversing:
        """This connection, which knows more of the answer than its chunks."""
        return self

    @property
    def released(self) -> bool:
        """Whether there is nothing to close."""
        return self.decoder.end is not None

    def __aiter__(self) -> AsyncGenerator[bytes]:
        return self._steps

    async def _read(self) -> AsyncGenerator[bytes]:
        feed = self._feed
        feed.look_at = self._loop.time()  # at once: the producer may have died long ago
        try:
            while not feed.over and await self._log.reach(lambda: self._reader.catch_up(feed)):
                yield self.decoder.put(await feed.next())
            if not feed.over:
                self._reader.add(feed)
            while frames := await feed.next():
                yield self.decoder.put(frames)
        finally:
            self._reader.remove(feed)

    def shut_down(self) -> None:
        """Read no more; callable from any thread."""
        call_soon(self._loop, self._feed.close)

    async def aclose(self) -> None:
        """Read no more."""
        await self._steps.aclose()

    async def _look(self, feed: Feed) -> float:
        """Look at a silent stream; return the seconds after which to look again.

        Raises:
            StreamError: The stream is lost, or its producer is.
        """
        found, now = await self._log.look(self._id), self._loop.time()
        if not found.exists:
            self._gone_since = now if self._gone_since is None else self._gone_since
            if now - self._gone_since < self._log.lease:
                return _OFTEN  # its producer may write it again
            raise StreamGap(
                f"The stream {self._id!r} is no longer in Redis: its time was over, or the server has lost it."
            )
        self._gone_since = None
        if found.owner and self.decoder.token not in (None, bytes.fromhex(found.owner)):
            raise replaced()  # whose answer may be shorter than what is known of the one before
        if found.ended or found.last > feed.known:
            return self._log.lease  # it comes with the next read
        if found.lease > 0:
            return found.lease + _JUST_PAST
        if now < feed.troubled:
            return min(self._log.lease, feed.troubled - now) + _JUST_PAST
        raise ProducerLost(f"The producer of {self._id!r} is gone: it has given no sign of life for its lease.")

    # What the call asks ----------------------------------------------------------------------------

    @property
    def parsed(self) -> tuple[Any, Exception | None] | None:
        """The value of the ``response_model``, and the error of parsing it."""
        if self._ask.answer is None or self.decoder.fold is None:
            return None
        return self._ask.answer.read(self.decoder.fold.chunks())

    def combined(self, response: Response, failed: Any, moment: int | None) -> Response:
        """Return the Response with what the end knows of it.

        Args:
            response: The fold's Response of all chunks.
            failed: The failed attempts before, of which a far Stream has none.
            moment: The number of chunks at an earlier moment; None for now.
        """
        end, results = self.decoder.end, list(self.decoder.results)
        if end is None or moment is not None:
            return response
        found = end.combined(response)
        return found if end.added is None else found.attach_record(StoredTurns(end.added, results))

    def attached(self, response: Response) -> Response:
        """Attach the producer's times and its message of a next turn; return the Response.

        Args:
            response: The Response, with what the reader's own call has attached.
        """
        end = self.decoder.end
        if end is None or response.state == "streaming":  # of an earlier moment
            return response
        info = response._request_info()  # pyright: ignore[reportPrivateUsage] - of this reader, with the producer's times
        response.attach_request_info(replace(info, started=end.started, ended=end.ended))
        own = response._rebuilder  # pyright: ignore[reportPrivateUsage] - which keeps the SDK's object
        return response if end.message is None else response.attach_rebuilder(StoredTurn(end.message, own))


def replaced() -> ProducerLost:
    """Return the error of a reader whose producer was replaced."""
    return ProducerLost("Another producer has taken the stream over: what it writes is another answer.")
