"""Waiting for redis-py in a task of its own, since redis-py at times takes a cancellation for itself and goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_left: set[asyncio.Future[Any]] = set()  # what goes on although nobody waits for it: a loop holds tasks weakly


async def apart(work: Coroutine[Any, Any, T]) -> T:
    """Wait for a command, so that a cancellation of the caller is always heard.

    redis-py waits with ``asyncio.wait_for``, which on Python 3.11 loses a cancellation that comes together with the
    result: about every second one that meets a command. The command itself is cancelled too, and ends by itself if that
    is lost.

    Args:
        work: The command.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait((task,))
    except asyncio.CancelledError:
        _left.add(task)
        task.add_done_callback(_ended)
        task.cancel()
        raise
    return task.result()


def _ended(task: asyncio.Future[Any]) -> None:
    _left.discard(task)
    if not task.cancelled():
        task.exception()  # which nobody needs any more
