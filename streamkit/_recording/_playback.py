"""Plays one answer: what was read comes at its time, and the end as it was; every way to play bytes is this one."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass

from ._plan import End, Fin, Moment, Raise, Reset, Send, Until, Wait


@dataclass(slots=True)
class Played:
    """The progress of one request that is answered with a recording.

    Args:
        events: The number of reads in the recording.
        sent: The number of reads that have been played.
        started: The time of the request, in seconds of the loop's clock.
        closed: The time at which the answer was closed, in the same seconds; None while it is open.
    """

    events: int
    sent: int = 0
    started: float = 0.0
    closed: float | None = None


class Playback:
    """One answer, which is played once. A late reader gets at once what is overdue.

    Args:
        moments: What happens, in order.
        speed: The factor by which recorded times are faster; ``math.inf`` plays without pauses. A ``Wait`` is no
            recorded time.
        played: The record to update.

    >>> async def read() -> list[bytes]:
    ...     return [data async for data in Playback([Send(b"Eu"), Until(0.01), Send(b"ropa")], speed=2)]
    >>> asyncio.run(read())
    [b'Eu', b'ropa']
    """

    def __init__(self, moments: Iterable[Moment], *, speed: float = 1.0, played: Played | None = None) -> None:
        self._moments = iter(moments)
        self._speed = speed
        self.played = played or Played(0)
        self._clock = asyncio.get_running_loop().time
        self._began = self.played.started = self._clock()

    def __aiter__(self) -> Playback:
        return self

    async def __anext__(self) -> bytes:
        await asyncio.sleep(0)  # as with a socket, other tasks get their turn during an endless plan
        for moment in self._moments:
            match moment:
                case Send(data) if data:
                    self.send(data)
                    return data
                case Send():
                    pass
                case Until(seconds):
                    await self.until(seconds)
                case Wait(seconds):
                    self._began += seconds
                    await self.pause(seconds)
                case Raise(error):
                    raise error
                case Reset() | Fin() | End():
                    self.end(moment)
        raise StopAsyncIteration

    def send(self, data: bytes) -> None:
        """Count a read.

        Args:
            data: What was read.
        """
        self.played.sent += 1

    async def until(self, seconds: float) -> None:
        """Let time pass until a recorded time.

        Args:
            seconds: The time since the beginning, as it was recorded.
        """
        if self._speed != math.inf:
            await self.pause(self._began + seconds / self._speed - self._clock())

    async def pause(self, seconds: float) -> None:
        """Let time pass.

        Args:
            seconds: The time; ``math.inf`` until the answer is closed.
        """
        if seconds == math.inf:
            await asyncio.Event().wait()
        elif seconds > 0:
            await asyncio.sleep(seconds)

    def end(self, end: Reset | Fin | End) -> None:
        """Raise the error of a connection that breaks; nothing for a proper end.

        Args:
            end: The end.
        """
        if isinstance(end, Reset):
            raise ConnectionResetError("the connection was reset by the peer")
        if isinstance(end, Fin):
            raise ConnectionError("the peer closed the connection without completing the body")

    async def aclose(self) -> None:
        """Note the time."""
        if self.played.closed is None:
            self.played.closed = self._clock()
