"""A vendor's own SDK beside streamkit: the same server, in a process of its own, and CPU in turns."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any

from .measure import Series, in_turns

CHUNKS = 2000
"""Texts that one answer comes in."""
MESSAGES: Any = [{"role": "user", "content": "?"}]
_SERVER = """
import sys
from streamkit.testing import FaultServer, plan
words = [f"word{{n}} " for n in range({chunks})]
{events}
with FaultServer(plan("none", events)) as server:
    print(server.base_url, flush=True)
    sys.stdin.read()
"""

Read = Callable[[], Awaitable[None]]


@contextmanager
def served(events: str) -> Generator[str]:
    """Serve an answer from another process, and give its address.

    Args:
        events: Code that sets ``events`` to the answer's; it may use ``words``.
    """
    command = [sys.executable, "-c", _SERVER.format(chunks=CHUNKS, events=events)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


async def beside(raw: Read, ours: Read, rounds: int) -> Series:
    """Measure both in turns, as ``raw`` and ``ours``.

    Args:
        raw: Reads an answer with the SDK.
        ours: Reads it with streamkit.
        rounds: Number of rounds.
    """
    return await in_turns({"raw": lambda: cpu(raw), "ours": lambda: cpu(ours)}, rounds)


async def cpu(read: Read) -> float:
    """Return the seconds of CPU that reading an answer takes in this process."""
    began = time.process_time()
    await read()
    return time.process_time() - began
