"""A span of time that several waits share, and the pause between two tries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class TimeIsUpError(Exception):
    """A countdown has run out."""


class Countdown:
    """So many seconds from here on, for all that is awaited under it.

    Args:
        seconds: How many; None never runs out.
    """

    __slots__ = ("_until",)

    def __init__(self, seconds: float | None) -> None:
        self._until = None if seconds is None else loop_time() + seconds

    async def wait(self, work: Awaitable[T]) -> T:
        """Await something; it is cancelled when the time is up.

        Args:
            work: What to await. A ``TimeoutError`` of its own passes as it is.

        Raises:
            TimeIsUpError: The time is up.
        """
        clock = asyncio.timeout_at(self._until)
        try:
            async with clock:
                return await work
        except TimeoutError:
            if not clock.expired():
                raise
            raise TimeIsUpError from None


def loop_time() -> float:
    """Return the time of the clock of the loop that runs here, in seconds."""
    return asyncio.get_running_loop().time()


async def pause(seconds: float) -> None:
    """Do nothing for a while.

    Args:
        seconds: How long, on the clock of the loop that runs here.
    """
    await asyncio.sleep(seconds)
