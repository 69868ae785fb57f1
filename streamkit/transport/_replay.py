"""A transport for an SDK's HTTP client that plays recorded answers in this process; nothing is sent."""

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
    """The progress of one request that is answered with a recording.

    Args:
        events: The number of events in the recording.
        sent: The number of events that have been read.
        started: The time of the request, in seconds of the loop's clock.
        closed: The time at which the answer was closed, in the same seconds; None while it is open.
    """

    events: int
    sent: int = 0
    started: float = 0.0
    closed: float | None = None


class Playback:
    """One answer, which is played once.

    Args:
        steps: Pairs of the seconds since the step before and the step's bytes.
        speed: The factor by which it is faster than recorded; ``math.inf`` plays without pauses.

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
    """Return a function for ``CallSpec.network``: that function takes the HTTP library and returns a transport.

    Args:
        choose: A function that returns the playback for a request; it runs in the sender's context.
    """

    def make(library: ModuleType) -> ReplayTransport:
        return ReplayTransport(choose, library)

    return make


class ReplayTransport:
    """Answers every request of an httpx or httpx2 client with a recording.

    Args:
        choose: A function that returns the playback for a request.
        library: The module ``httpx`` or ``httpx2``, whose classes the client expects.

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
        """Answer one request; the library calls this method.

        Args:
            request: The library's own request.
        """
        await request.aread()
        body = _body_class(self._library)(self._choose())
        return self._library.Response(200, headers=_HEADERS, stream=body)

    async def aclose(self) -> None:
        """Do nothing: only answers have to be closed."""

    async def __aenter__(self) -> ReplayTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class _Body:
    """The body of an answer: each step arrives when due; a late reader gets the overdue steps at once."""

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
        seconds, data = next(self._steps, (0.0, b""))
        self._due += seconds / self._speed
        await asyncio.sleep(max(0.0, self._due - self._clock()))  # at least one turn for the loop's other tasks
        if not data:
            raise StopAsyncIteration
        self._played.sent += 1
        return data

    async def aclose(self) -> None:
        if self._played.closed is None:
            self._played.closed = self._clock()


@cache
def _body_class(library: ModuleType) -> type[_Body]:
    """Return the body as a subclass of the library's stream class, which the library demands."""
    return type("ReplayBody", (_Body, library.AsyncByteStream), {})
