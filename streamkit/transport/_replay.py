"""A transport that plays recorded answers inside this process, for an SDK's own HTTP client: nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

_HEADERS = (("content-type", "text/event-stream"),)


@dataclass(slots=True)
class Played:
    """What became of one request that was answered with a recording.

    Args:
        events: How many events the recording has.
        sent: How many of them have been handed out.
        started: When the request came, in seconds of the loop's clock.
        closed: When the answer was closed, in the same seconds; None while it is open.
    """

    events: int
    sent: int = 0
    started: float = 0.0
    closed: float | None = None


class Playback:
    """One answer that is to be played, once.

    Args:
        steps: Seconds since the piece before, and the piece.
        speed: How many times faster than recorded; ``math.inf`` for no pauses at all.

    Raises:
        ValueError: The speed is not above 0.
    """

    def __init__(self, steps: Sequence[tuple[float, bytes]], *, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"speed={speed}: it must be above 0")
        self.steps = steps
        self.speed = speed
        self.played = Played(len(steps))


def replay_transport(choose: Callable[[], Playback]) -> Callable[[ModuleType], ReplayTransport]:
    """Make what ``Ask.transport`` takes: given the HTTP library, a transport that plays.

    Args:
        choose: Says what to answer a request with, in the context of whoever sends it.
    """

    def make(library: ModuleType) -> ReplayTransport:
        return ReplayTransport(choose, library)

    return make


class ReplayTransport:
    """Answer every request of an httpx or httpx2 client with a recording.

    Args:
        choose: Says what to answer a request with.
        library: ``httpx`` or ``httpx2``, whose classes the client expects.

    >>> import asyncio, httpx
    >>> playback = Playback([(0, b"Eu"), (0.01, b"ropa")], speed=2)
    >>> async def read() -> str:
    ...     transport = ReplayTransport(lambda: playback, httpx)
    ...     async with httpx.AsyncClient(transport=transport) as client:
    ...         return (await client.get("http://replay.invalid")).text
    >>> asyncio.run(read()), playback.played.sent
    ('Europa', 2)
    """

    def __init__(self, choose: Callable[[], Playback], library: ModuleType) -> None:
        self._choose = choose
        self._library = library

    async def handle_async_request(self, request: Any) -> Any:
        """Answer one request; the library calls it.

        Args:
            request: The library's own request.
        """
        await request.aread()
        body = _body_class(self._library)(self._choose())
        return self._library.Response(200, headers=_HEADERS, stream=body)

    async def aclose(self) -> None:
        """Do nothing: there is nothing to close but the answers."""

    async def __aenter__(self) -> ReplayTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class _Body:
    """The pieces of an answer, each when it is due; a reader that comes late finds them waiting."""

    def __init__(self, playback: Playback) -> None:
        self._steps = iter(playback.steps)
        self._speed = playback.speed
        self._played = playback.played
        self._clock = asyncio.get_running_loop().time
        self._due = self._played.started = self._clock()

    def __aiter__(self) -> _Body:
        return self

    async def __anext__(self) -> bytes:
        if self._played.closed is not None:
            raise StopAsyncIteration
        seconds, piece = next(self._steps, (0.0, b""))
        self._due += seconds / self._speed
        await asyncio.sleep(max(0.0, self._due - self._clock()))  # at least one turn of the loop for the others
        if not piece:
            raise StopAsyncIteration
        self._played.sent += 1
        return piece

    async def aclose(self) -> None:
        if self._played.closed is None:
            self._played.closed = self._clock()


@cache
def _body_class(library: ModuleType) -> type[_Body]:
    """The body as a class of that library, which it insists on."""
    return type("ReplayBody", (_Body, library.AsyncByteStream), {})
