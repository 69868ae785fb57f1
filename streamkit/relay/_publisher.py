"""The producer's side: a Stream or a Flow is read into a stored log, whole, in order and once."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import msgspec

from .._flow import Buffer
from ..chunk import Chunk
from ..errors import ConfigurationError, ProducerFenced, StreamError
from ..fold import Fold
from ..log import IfExists
from ..runtime import ENDS_PROGRAM, Latch, call_soon, current_or_background_loop, refuse_blocked, wait_for
from ..runtime.logging import warning
from ._end import end_fields
from ._frames import FrameEncoder
from ._hub import Hub
from ._scripts import APPEND, CLOSE, OPEN, Script
from ._store import RedisStore, plain

if TYPE_CHECKING:
    from ..response import Response

_RENEWALS = 3  # times in a lease that a sign of life is given


@dataclass(frozen=True, slots=True)
class _Written:
    """A frame that was written, kept in case the server loses it."""

    first: int
    count: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publication needs to know of a Stream or Flow.

    Args:
        own: The Stream or Flow itself.
        view: A view of it, whose reader does not stop the call when it leaves.
        far: A function that makes the Stream of the stored log.
        stop: A function that stops the call behind it, with the reason.
        whole: A coroutine function that returns the final Response, given the chunks that were published (if ``folds``)
            and the error that has ended them.
        about: What the stream is about.
        folds: True if ``whole`` needs the chunks.
        keep: The most chunks that are kept, to be written again if the server loses them; None for all.
    """

    own: Any
    view: Any
    far: Callable[[], Any]
    stop: Callable[[str], None]
    whole: Callable[[Fold, StreamError | None], Coroutine[Any, Any, Response]]
    about: dict[str, Any]
    folds: bool = False
    keep: int | None = None


class Publication:
    """A Stream or Flow on its way into a log: await it for the Response, once the end is stored.

    Args:
        source: The Stream or Flow.
        log: Where it is stored.
        stream_id: The id to publish under.
        if_exists: What to do about a stream of this id.
    """

    def __init__(self, source: Published, log: RedisStore, stream_id: str, *, if_exists: IfExists) -> None:
        self.attached = False
        """True if another producer was there first, so that this call is never sent."""
        self._source = source
        self._far: Any = None
        self._log = log
        self._id = stream_id
        self._keys = log.keys(stream_id).all
        self._about = msgspec.json.encode({**source.about, "lease": log.lease})
        self._if_exists = if_exists
        token = secrets.token_bytes(8)
        self._owner = token.hex()
        self._encoder = FrameEncoder(token, raw=log.raw)
        self._written: list[_Written] = []
        self._count = 0
        self._fold = Fold()
        self._renewed = 0.0  # when the lease was renewed last
        self._lost: Exception | None = None  # what has ended the right to write, while nothing was written
        self._cancelled = False
        self._opened, self._done = Latch(), Latch()
        self._error: BaseException | None = None
        self._response: Response | None = None
        self._task: asyncio.Task[None] | None = None
        self.loop = current_or_background_loop()
        call_soon(self.loop, self._start)

    def _start(self) -> None:
        self._task = self.loop.create_task(self._run())

    def __repr__(self) -> str:
        state = "attached" if self.attached else "ended" if self._done.happened else "running"
        return f"<Publication {state}, {self._count} chunks>"

    @property
    def stream(self) -> Any:
        """What to read: the published stream itself, or, if another producer was there first, the one that is stored.

        Raises:
            ConfigurationError: It is not known yet which one: ``await publication.ready()`` first.
        """
        if not self._opened.happened:
            raise ConfigurationError("Which stream to read is not known yet: 'await publication.ready()' first.")
        return self._far if self._far is not None else self._source.own

    async def ready(self) -> None:
        """Wait until the stream is there for readers: it is opened, or attached to another producer's.

        Raises:
            StreamError: It could not be opened.
        """
        refuse_blocked(self.loop)
        await self._opened.wait()
        if self._error is not None and not self._count and not self.attached:
            raise self._error

    def __await__(self) -> Generator[Any, None, Response]:
        return self.wait_response().__await__()

    async def wait_response(self) -> Response:
        """Wait until the end is stored, and return the Response: ``await publication`` as a coroutine.

        Raises:
            ProducerFenced: Another producer has taken the stream over.
            LogUnavailable: The server could not be reached for too long.
            StreamError: The stream could not be opened.
        """
        refuse_blocked(self.loop)
        await self._done.wait()
        if self._error is not None:
            raise self._error.with_traceback(None)
        assert self._response is not None
        return self._response

    def run(self) -> Response:
        """Block until the end is stored, and return the Response.

        Raises:
            ConfigurationError: An event loop runs on this thread.
            StreamError: As ``wait_response`` says.
        """
        return wait_for(self.wait_response)

    async def aclose(self) -> None:
        """End the publishing here and now, without an end for the readers, as if this process had died."""
        if self._task is not None:
            self._task.cancel()
        await self._done.wait()

    # The work --------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            hub = await self._log.hub()
            if await self._open(hub):
                self._opened.set()
                await self._publish(hub)
            else:
                self._far, self.attached = self._source.far(), True
                self._opened.set()
                self._response = await self._far
        except ENDS_PROGRAM:
            raise
        except asyncio.CancelledError as error:
            self._error = self._error or StreamError("The publishing was stopped with its event loop.")
            raise error
        except BaseException as error:
            self._error = error
        finally:
            self._opened.set()
            self._done.set()

    async def _open(self, hub: Hub) -> bool:
        """Take the stream into possession; return False if it is attached to.

        Raises:
            ConfigurationError: A stream of this id exists.
        """
        answer = await self._reach(hub, OPEN, self._owner, self._if_exists, self._about, *self._times())
        if answer == "own":
            return True
        if answer == "attach":
            return False
        why = "its producer is at work" if answer == "alive" else "it exists"
        if answer == "exists" and self._if_exists == "replace":
            why = "it has ended"
        raise ConfigurationError(
            f"The stream {self._id!r} cannot be published: {why}. if_exists='attach' reads the one that is there, "
            "if_exists='replace' takes the place of a producer that was lost, and another id is always free."
        )

    async def _publish(self, hub: Hub) -> None:
        """Read the source to its end, and write the end."""
        await hub.listen(self._id, self._cancel)
        buffer: Buffer[Any] = Buffer(self._source.view)
        renewing = asyncio.ensure_future(self._renew(hub, buffer))
        try:
            while True:
                await buffer.more()
                if self._lost is not None:
                    raise self._lost
                if buffer.items:
                    await self._append(hub, [buffer.take() for _ in range(len(buffer.items))])
                elif buffer.over:
                    break
            renewing.cancel()
            error = buffer.error
            if error is not None and not isinstance(error, StreamError):
                error = StreamError(f"The stream has failed in its producer: {type(error).__name__}: {error}")
            response = await self._source.whole(self._fold, error)
            await self._close(hub, response, error)
            self._response = response
        finally:
            renewing.cancel()
            buffer.dispose()
            hub.listen_no_more(self._id)

    async def _append(self, hub: Hub, elements: list[Any]) -> None:
        chunks = [_chunk(each) for each in elements]
        first = self._count + 1
        frame = _Written(first, len(chunks), self._encoder.chunks(chunks, first=first))
        self._count += len(chunks)
        if self._source.folds:
            self._fold.add(chunks)
        self._remember(frame)
        await self._write(hub, frame)

    def _remember(self, frame: _Written) -> None:
        self._written.append(frame)
        if (keep := self._source.keep) is not None:
            while self._written and self._written[0].first + self._written[0].count <= self._count - keep:
                del self._written[0]

    async def _write(self, hub: Hub, frame: _Written, *, gap: bool = False) -> None:
        """Write a frame, and before it all that the server has lost."""
        renew = not frame.count or self.loop.time() - self._renewed > self._log.lease / _RENEWALS
        status, stored, cancel = await self._reach(
            hub, APPEND, self._owner, frame.first, frame.count, frame.data, int(gap), *self._times(renew=renew)
        )
        if renew:
            self._renewed = self.loop.time()
        if status in ("behind", "lost"):
            await self._heal(hub, int(stored), lost=status == "lost")
            if frame.count:
                await self._write(hub, frame, gap=True)
        elif cancel:
            self._cancel(cancel)

    def _times(self, *, renew: bool = True) -> tuple[int, int]:
        """Return the milliseconds of the time to live and of the lease; none if they are not renewed."""
        return (_milliseconds(self._log.ttl), _milliseconds(self._log.lease)) if renew else (0, 0)

    async def _heal(self, hub: Hub, stored: int, *, lost: bool) -> None:
        """Write again what the server has lost, and who owns the stream if it has lost that."""
        warning("log_written_again", stream=self._id, stored=stored, chunks=self._count)
        if lost:
            await self._reach(hub, OPEN, self._owner, "again", self._about, *self._times())
        for at, frame in enumerate([each for each in self._written if each.first + each.count - 1 > stored]):
            await self._write(hub, frame, gap=not at)

    async def _renew(self, hub: Hub, buffer: Buffer[Any]) -> None:
        """Give signs of life, also while the model is silent; end the reading once the stream is another producer's."""
        try:
            while True:
                await asyncio.sleep(self._log.lease / _RENEWALS)
                await self._write(hub, _Written(self._count + 1, 0, b""))
        except Exception as error:
            self._lost = error
            buffer.dispose()

    async def _close(self, hub: Hub, response: Response, error: StreamError | None) -> None:
        frame = self._encoder.end(end_fields(response, error), after=self._count)
        gap = 0
        while True:
            args = (self._count, frame, gap, self._times()[0], response.state)
            status, stored, _ = await self._reach(hub, CLOSE, self._owner, *args)
            if status not in ("behind", "lost"):
                return
            await self._heal(hub, int(stored), lost=status == "lost")
            gap = 1

    def _cancel(self, by: str) -> None:
        if not self._cancelled:
            self._cancelled = True
            self._source.stop(by)

    async def _reach(self, hub: Hub, script: Script, *args: Any) -> Any:
        """Run a script, and try again while the server cannot be reached.

        Raises:
            ProducerFenced: Another producer has taken the stream over.
            LogUnavailable: The server could not be reached for too long.
        """
        answer = plain(await self._log.reach(lambda: hub.writer.run(script, self._keys, *args)))
        if isinstance(answer, list) and cast("list[Any]", answer)[0] == "fenced":
            raise ProducerFenced(f"Another producer has taken the stream {self._id!r} over.")
        return cast("Any", answer)


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _chunk(element: object) -> Chunk:
    if isinstance(element, Chunk):
        return cast("Chunk", element)
    if isinstance(element, str):
        return Chunk(content=element)
    raise ConfigurationError(
        f"A log holds chunks and texts, and this flow has a {type(element).__name__}: publish the stream, or its text."
    )
