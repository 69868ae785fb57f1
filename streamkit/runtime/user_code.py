"""Exceptions of user code, in a file of their own since every room that calls a user's function needs it.

Those that end the program pass through; all others are errors of a subscriber.
"""

from __future__ import annotations

import asyncio
from typing import cast

ENDS_PROGRAM = (SystemExit, KeyboardInterrupt)

"""The exceptions that pass through every callback; ``CancelledError`` is an ordinary error of a cancelled future."""


def own_error(error: BaseException) -> Exception:
    """Return the exception of a callback, as an argument of ``on_error``.

    Raises:
        BaseException: The exception itself, if it ends the program.
    """
    if isinstance(error, ENDS_PROGRAM):
        raise error
    return cast("Exception", error)


def is_own_error(error: BaseException) -> bool:
    """Whether awaited code raised this error itself, and the current task is neither cancelled nor closed.

    >>> async def main() -> list[bool]:
    ...     return [is_own_error(each) for each in (ValueError(), asyncio.CancelledError(), SystemExit())]
    >>> asyncio.run(main())
    [True, True, False]
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and not task.cancelling()
    return not isinstance(error, (GeneratorExit, *ENDS_PROGRAM))
