"""The benchmarks' server, started in a process of its own so that its work is not counted."""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Seen:
    """What the server saw of the answers under one tag; times are nanoseconds of ``time.monotonic_ns``."""

    requests: int
    sent: list[int]
    closed: int | None


class Server:
    """A running server, while the ``with`` block lasts."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "benchmarks.server"]
        self._process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)

    @property
    def base_url(self) -> str:
        """The address for an SDK."""
        return f"http://127.0.0.1:{self.port}/v1"

    def seen(self, tag: str) -> Seen:
        """Ask what the server saw.

        Args:
            tag: The plan's.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", f"/records/{tag}")
        found: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        return Seen(**found)

    async def seen_closed(self, tag: str, *, within: float = 3.0) -> Seen:
        """Wait until the server has seen the client close; ``closed`` is None if it did not in time.

        Args:
            tag: The plan's.
            within: Seconds to wait.
        """
        for _ in range(round(within / 0.02)):
            await asyncio.sleep(0.02)
            seen = self.seen(tag)
            if seen.closed is not None:
                break
        return self.seen(tag)
