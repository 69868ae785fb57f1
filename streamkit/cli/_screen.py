"""Lines that change in place on a terminal; piped, each is printed once it is finished, in their order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Protocol

_FRAME = 0.04  # seconds between two drawings
_PIPED_WIDTH = 100
_WIDEST = 110


class Line(Protocol):
    """One thing that is going on."""

    def text(self, width: int) -> str:
        """Say how it stands, in at most so many characters where that can be."""
        ...


class Screen:
    """Show lines while a block runs.

    Args:
        lines: What is going on, from top to bottom.
        finished: Those of them that will not change.
    """

    def __init__(self, lines: Sequence[Line], *, finished: Iterable[Line] = ()) -> None:
        self._lines = lines
        self._live = _can_redraw(len(lines))
        self._finished = set(finished)
        self._printed = 0
        self._drawn = ""
        self._drawing: asyncio.Task[None] | None = None

    def finished(self, line: Line) -> None:
        """Take note that a line will not change any more."""
        self._finished.add(line)
        while not self._live and self._printed < len(self._lines) and self._lines[self._printed] in self._finished:
            print(self._lines[self._printed].text(_PIPED_WIDTH).rstrip(), flush=True)
            self._printed += 1

    async def __aenter__(self) -> Screen:
        if self._live:
            sys.stdout.write("\x1b[?25l" + "\n" * len(self._lines))  # no cursor, and room to draw in
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
        """Write a whole frame at once, and only if it differs from the last: that is what does not flicker."""
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
