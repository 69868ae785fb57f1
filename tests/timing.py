"""How soon something happens on a machine that may be busy with other work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

_TRIES = 50


def soon(measure: Callable[[], float], *, seconds: float) -> bool:
    """Tell whether something takes at most so long. A busy machine is late at times, but not fifty times in a row.

    Args:
        measure: Does it once, and returns the seconds that it took.
        seconds: The longest that it may take.
    """
    return any(measure() <= seconds for _ in range(_TRIES))


async def soon_async(measure: Callable[[], Awaitable[float]], *, seconds: float) -> bool:
    """Do the same with something asynchronous.

    Args:
        measure: Does it once, and returns the seconds that it took.
        seconds: The longest that it may take.
    """
    for _ in range(_TRIES):
        if await measure() <= seconds:
            return True
    return False
