"""Retries: the next attempt after one that failed before the first content, the pause, and the chunks until then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..chunk import Chunk
from ..errors import StreamError
from ..fold import Fold
from ..providers import Request


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that a call may send.

    Args:
        request: The request to send.
        first: Seconds until its first content must arrive; None for any time.
        retries: The policies of the request itself, the outer ones first.
    """

    request: Request
    first: float | None
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
    """The nested policies of one call: a retry of a fallback begins the fallback anew.

    Args:
        policies: The policies, the outer ones first.
    """

    __slots__ = ("_failed", "_open")

    def __init__(self, policies: tuple[RetryPolicy, ...]) -> None:
        self._open = list(policies)
        self._failed = [0] * len(policies)

    async def next_attempt(self, error: StreamError) -> Attempt | None:
        """Wait for the pause after a failed attempt and return the next attempt; None if there is none.

        Args:
            error: The error of the failed attempt.
        """
        while self._open:
            policy = self._open[-1]
            self._failed[-1] += 1
            attempt = await policy.next_attempt(self._failed[-1], error)
            if attempt is not None:
                await asyncio.sleep(policy.pause(self._failed[-1], error))
                self._open += attempt.retries
                self._failed += [0] * len(attempt.retries)
                return attempt
            self._open.pop()
            self._failed.pop()
        return None


class AttemptBuffer:
    """The chunks of an attempt before its first content, and the number of bytes that they were decoded from.

    Nobody sees them until the attempt can no longer be retried.

    >>> buffered = AttemptBuffer()
    >>> buffered.add([Chunk(model="m")], size=20)
    >>> len(buffered.chunks), buffered.size
    (1, 20)
    """

    __slots__ = ("chunks", "size")

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self.size = 0

    def add(self, chunks: list[Chunk], size: int) -> None:
        """Buffer more chunks, decoded from ``size`` bytes of the body."""
        self.chunks += chunks
        self.size += size

    def fold(self) -> Fold | None:
        """Return the fold of the buffered chunks; None if there are none."""
        if not self.chunks:
            return None
        fold = Fold()
        fold.add(self.chunks)
        return fold
