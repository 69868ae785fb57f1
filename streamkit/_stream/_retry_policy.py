"""What follows an attempt that has failed before its first content."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..errors import StreamError
from ..providers import Request


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that a call may send.

    Args:
        request: What is sent.
        first: Seconds that its first content may take; None for any time.
        retries: The policies of the request itself, the outer ones first.
    """

    request: Request
    first: float | None
    retries: tuple[RetryPolicy, ...] = ()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What a call sends next, and when.

    Args:
        next_attempt: Given the number of attempts that have failed, and the error of the last one: the next attempt,
            or None if that error is the call's own.
        pause: Given the same: seconds to wait before the next attempt.
    """

    next_attempt: Callable[[int, StreamError], Awaitable[Attempt | None]]
    pause: Callable[[int, StreamError], float]


class Retries:
    """The policies of one call, one within the other: a retry of a fallback begins the fallback anew.

    Args:
        policies: The policies, the outer ones first.
    """

    __slots__ = ("_failed", "_open")

    def __init__(self, policies: tuple[RetryPolicy, ...]) -> None:
        self._open = list(policies)
        self._failed = [0] * len(policies)

    async def next_attempt(self, error: StreamError) -> Attempt | None:
        """Return what follows a failed attempt, after the pause before it; None if nothing does.

        Args:
            error: The error of the attempt.
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
