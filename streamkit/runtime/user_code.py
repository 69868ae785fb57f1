"""What user code raises: everything is an error of its own, but for the end of the program."""

from __future__ import annotations

import asyncio
from typing import cast

ENDS_PROGRAM = (SystemExit, KeyboardInterrupt)

"""What passes through every callback. ``CancelledError`` is none of these: asking a cancelled future raises it."""


def own_error(error: BaseException) -> Exception:
    """Return what a callback raised, to be handed to ``on_error``.

    Raises:
        BaseException: The error itself, if it ends the program.
    """
    if isinstance(error, ENDS_PROGRAM):
        raise error
    return cast("Exception", error)


def is_own_error(error: BaseException) -> bool:
    """Whether something awaited raised this of its own: nobody cancels or closes the task that runs here.

    >>> async def main() -> list[bool]:
    ...     return [is_own_error(each) for each in (ValueError(), asyncio.CancelledError(), SystemExit())]
    >>> asyncio.run(main())
    [True, True, False]
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and not task.cancelling()
    return not isinstance(error, (GeneratorExit, *ENDS_PROGRAM))
