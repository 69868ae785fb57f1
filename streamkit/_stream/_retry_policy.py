"""Retries: the next attempt after one that failed, the pause, and the chunks before an attempt's first content."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..chunk import Chunk, Usage
from ..errors import LimitExceeded, StreamError
from ..providers import Request
from ..settings import CAPS, Caps, Timeouts
from ..usage.sums import added

if TYPE_CHECKING:
    from ..response import Response


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that a call may send.

    Args:
        request: The request to send.
        timeouts: Its clocks, in seconds; ``total`` is that of the whole call.
        retries: The policies of the request itself, the outer ones first.
    """

    request: Request
    timeouts: Timeouts
    retries: tuple[RetryPolicy, ...] = ()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """A rule for the next attempt of a call.

    Args:
        next_attempt: A coroutine function of the number of failed attempts and the last error; it returns the next
            attempt, or None if the call ends with that error.
        pause: A function of the same arguments; it returns the seconds to wait before the next attempt.
    """

    next_attempt: Callable[[int, StreamError], Awaitable[Attempt | None]]
    pause: Callable[[int, StreamError], float]


class Retries:
    """The nested policies of one call: a retry of a fallback begins the fallback anew."""

    __slots__ = ("_failed", "_open")

    def __init__(self, policies: tuple[RetryPolicy, ...]) -> None:
        self._open = list(policies)
        self._failed = [0] * len(policies)

    async def next_attempt(self, error: StreamError) -> tuple[Attempt, float] | None:
        """Return the next attempt and the seconds to wait before it; None if there is none."""
        while self._open:
            policy = self._open[-1]
            self._failed[-1] += 1
            attempt = await policy.next_attempt(self._failed[-1], error)
            if attempt is not None:
                pause = policy.pause(self._failed[-1], error)
                self._open += attempt.retries
                self._failed += [0] * len(attempt.retries)
                return attempt, pause
            self._open.pop()
            self._failed.pop()
        return None


_MOST = 1_000  # failed attempts that a Response keeps


@dataclass(frozen=True, slots=True)
class FailedAttempts:
    """The failed attempts of a call, and the sums over them.

    Args:
        responses: The last ones, each with the number of requests and the usage of its own.
        calls: Number of requests that all of them have sent.
        resent: Number of those that were sent again over another connection.
        usage: Usage of all of them together.
    """

    responses: tuple[Response, ...] = ()
    calls: int = 0
    resent: int = 0
    usage: Usage | None = None

    def plus(self, response: Response) -> FailedAttempts:
        """Add one more."""
        return FailedAttempts(
            (*self.responses, response)[-_MOST:],
            calls=self.calls + response.calls,
            resent=self.resent + response.resent,
            usage=added(self.usage, response.usage),
        )


NONE_FAILED = FailedAttempts()


class AttemptBuffer:
    """The chunks of an attempt before its first content, which no reader gets if the attempt is retried.

    >>> buffered = AttemptBuffer()
    >>> buffered.add([Chunk(model="m")], size=20, at=0.5)
    >>> len(buffered.chunks), buffered.size, buffered.at
    (1, 20, 0.5)
    """

    __slots__ = ("at", "chunks", "size")

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self.size = 0
        self.at = 0.0

    def add(self, chunks: list[Chunk], size: int, *, at: float, caps: Caps = CAPS) -> None:
        """Buffer more chunks, decoded from ``size`` bytes of the body.

        Raises:
            LimitExceeded: The buffer has reached the caps of a log.
        """
        self.chunks += chunks
        self.size += size
        self.at = at
        if self.size > caps.log or len(self.chunks) > caps.chunks:
            raise LimitExceeded(f"{len(self.chunks)} chunks, {self.size} bytes came before any content of the answer.")
