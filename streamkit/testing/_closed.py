"""A check that a call leaves nothing behind: no socket, no task, no thread, no open stream."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncGenerator
from pathlib import Path

from .._stream import Stream

_CLOSING_SECONDS = 20.0  # only a failing test waits that long; on a busy machine two seconds were too few


@contextlib.asynccontextmanager
async def assert_closed(*streams: Stream, patience: float = _CLOSING_SECONDS) -> AsyncGenerator[None, None]:
    """Run a block, then fail unless everything that the block opened is closed.

    Args:
        streams: Streams whose calls must be closed as well.
        patience: Seconds that closing may take; the check returns as soon as all is closed.

    Raises:
        AssertionError: A task, a thread or a socket remains, or a stream is not closed.
    """
    before = _census()
    yield
    deadline = asyncio.get_running_loop().time() + patience
    while _left_over(before, streams) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - a census
        await asyncio.sleep(0.002)
    left = _left_over(before, streams)
    assert not left, f"left open: {'; '.join(left)}"


def _census() -> dict[str, set[str]]:
    tasks = {str(id(task)) + " " + task.get_name() for task in asyncio.all_tasks()}
    # Threads of the loop's own pool, and our background loop's, stay alive for later work.
    threads = {
        each.name for each in threading.enumerate() if not each.name.startswith(("asyncio_", "uvloop_", "streamkit"))
    }
    return {"task": tasks, "thread": threads, "socket": _sockets()}


def _sockets() -> set[str]:
    """Name the open sockets of this process; empty where the system has no `/proc`."""
    listing = Path("/proc/self/fd")
    if not listing.exists():
        return set()
    found: set[str] = set()
    for each in os.listdir(listing):
        with contextlib.suppress(OSError):
            target = os.readlink(listing / each)
            if target.startswith("socket:"):
                found.add(target)
    return found


def _left_over(before: dict[str, set[str]], streams: tuple[Stream, ...]) -> list[str]:
    now = _census()
    left = [f"{kind} {name}" for kind, names in now.items() for name in sorted(names - before[kind])]
    return left + [f"stream {stream.state}" for stream in streams if stream.open]
