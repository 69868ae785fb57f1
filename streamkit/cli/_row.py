"""One provider's row in the demo: its text as it arrives, and what is known of it so far."""

from __future__ import annotations

import asyncio
import math

from .._stream import stream
from ..transport import Played
from ._acts import MOONS

_FIXED = 52  # characters of a row that are not its text


class Row:
    """One recorded answer, played through its provider's SDK.

    Args:
        sdk: The provider.
    """

    def __init__(self, sdk: str) -> None:
        self._sdk = sdk
        self._text = ""
        self._chunks = 0
        self._first: float | None = None
        self._state = "loading the SDK"

    async def load(self) -> None:
        """Load the SDK and build its client, so that all answers can begin together."""
        await stream(f"replay/{self._sdk}", MOONS, speed=math.inf)
        self._state = "ready"

    async def play(self) -> None:
        """Ask, and follow the answer at its recorded pace."""
        played: list[Played] = []
        call = stream(f"replay/{self._sdk}", MOONS, played=played)
        self._state = "waiting"
        async for chunk, _ in call:
            if chunk.thinking:
                self._state = "thinking"
            elif chunk.content:
                self._state = "streaming"
                self._first = self._first or asyncio.get_running_loop().time() - played[0].started
                self._text += chunk.content
                self._chunks += 1
        self._state = f"{call.state} ({', '.join(call.finish_reasons or [])})"

    def text(self, width: int) -> str:
        """Say how it stands; of a text that is too long the end is seen."""
        first = "" if self._first is None else f"{self._first * 1000:.0f} ms"
        room = max(width - _FIXED, 2)
        shown = self._text if len(self._text) <= room else f"…{self._text[1 - room :]}"
        return f"  {self._sdk:11}{shown:{room}}{figures(str(self._chunks or ''), first, self._state)}"


def header(width: int) -> str:
    """Say what the columns of the rows are."""
    return f"  “{MOONS}”".ljust(max(width - _FIXED, 2) + 13) + figures("chunks", "1st text", "state")


def figures(chunks: str, first: str, state: str) -> str:
    """Put the right half of a row together."""
    return f"  {chunks:>6}  {first:>8}  {state:19}"
