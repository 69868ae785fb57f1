"""Lines that are redrawn on a terminal; if piped, each finished line is printed once, in order."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

from .._stream import Stream, stream, watch_readers

if TYPE_CHECKING:
    from .._recording import Played

_FRAME = 0.04  # seconds between two drawings

_PIPED_WIDTH = 100

_WIDEST = 110


class Line(Protocol):
    """A line of the screen: something in progress."""

    def text(self, width: int) -> str:
        """Return the line's current text, of `width` characters if possible."""
        ...


class Screen:
    """A context manager that shows lines while a block runs.

    Args:
        lines: The lines, from top to bottom.
        finished: Lines that never change.
    """

    def __init__(self, lines: Sequence[Line], *, finished: Iterable[Line] = ()) -> None:
        self._lines = lines
        self._live = _can_redraw(len(lines))
        self._finished = set(finished)
        self._printed = 0
        self._drawn = ""
        self._drawing: asyncio.Task[None] | None = None

    def finished(self, line: Line) -> None:
        """Mark a line as final."""
        self._finished.add(line)
        while not self._live and self._printed < len(self._lines) and self._lines[self._printed] in self._finished:
            print(self._lines[self._printed].text(_PIPED_WIDTH).rstrip(), flush=True)
            self._printed += 1

    async def __aenter__(self) -> Screen:
        if self._live:
            sys.stdout.write("\x1b[?25l" + "\n" * len(self._lines))  # hide the cursor, and make room
            self._drawing = asyncio.create_task(self._keep_drawing())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._drawing is not None:
            self._drawing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._drawing
            self._draw()
            sys.stdout.write("\x1b[?25h")
            sys.stdout.flush()

    async def _keep_drawing(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(_FRAME)

    def _draw(self) -> None:
        """Write a whole frame at once, and only a changed one, so that nothing flickers."""
        width = min(shutil.get_terminal_size().columns - 1, _WIDEST)
        texts = [line.text(width)[:width] for line in self._lines]
        frame = f"\x1b[{len(texts)}A" + "".join(f"\r{text}\x1b[K\n" for text in texts)
        if frame != self._drawn:
            self._drawn = frame
            sys.stdout.write(frame)
            sys.stdout.flush()


def _can_redraw(lines: int) -> bool:
    old = os.environ.get("TERM") == "dumb" or (os.name == "nt" and "WT_SESSION" not in os.environ)
    return sys.stdout.isatty() and not old and shutil.get_terminal_size().lines > lines + 1


MOONS = "Which moons may hold life?"


_FIXED = 52  # characters of a row beside its text


NOTED: ContextVar[list[Stream] | None] = ContextVar("NOTED", default=None)
"""The streams of the demo, where a picture of them is to be drawn."""


def noted(call: Stream) -> Stream:
    """Return a stream, noted with its readers if a picture is to be drawn."""
    if (found := NOTED.get()) is not None:
        watch_readers(call)
        found.append(call)
    return call


class Row:
    """The line of one recorded answer, played through the provider's real request."""

    def __init__(self, sdk: str) -> None:
        self._sdk = sdk
        self._text = ""
        self._chunks = 0
        self._first: float | None = None
        self._state = "loading"

    async def load(self) -> None:
        """Load what the provider needs, so that all answers can start together."""
        await stream(f"replay/{self._sdk}", MOONS, speed=math.inf)
        self._state = "ready"

    async def play(self) -> None:
        """Play the answer at the recorded pace."""
        played: list[Played] = []
        call = noted(stream(f"replay/{self._sdk}", MOONS, played=played))
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
        """Return the row; a text that is too long loses the beginning."""
        first = "" if self._first is None else f"{self._first * 1000:.0f} ms"
        room = max(width - _FIXED, 2)
        shown = self._text if len(self._text) <= room else f"…{self._text[1 - room :]}"
        return f"  {self._sdk:11}{shown:{room}}{figures(str(self._chunks or ''), first, self._state)}"


def header(width: int) -> str:
    """Return the heading of the rows' columns."""
    return f"  “{MOONS}”".ljust(max(width - _FIXED, 2) + 13) + figures("chunks", "1st text", "state")


def figures(chunks: str, first: str, state: str) -> str:
    """Return the right half of a row."""
    return f"  {chunks:>6}  {first:>8}  {state:19}"
