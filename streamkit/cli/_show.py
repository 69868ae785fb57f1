"""What the demo shows: three answers at once, and below them one line for each thing that a stream can do."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from importlib.metadata import version

from ._acts import ACTS
from ._row import Row, header
from ._screen import Line, Screen

_SDKS = ("openai", "anthropic", "cohere")


async def show() -> None:
    """Load the SDKs, and then let everything run at once."""
    rows = [Row(sdk) for sdk in _SDKS]
    acts = [_Act(name, play) for name, play in ACTS.items()]
    head, gap = _Fixed(header), _Fixed(lambda _: "")
    print("The SDKs: " + ", ".join(f"{sdk} {version(sdk)}" for sdk in _SDKS) + ".\n", flush=True)
    lines: list[Line] = [head, *rows, gap, *acts]
    async with Screen(lines, finished=(head, gap)) as screen:
        await _load(rows)
        await asyncio.gather(*(_played(each, screen) for each in [*rows, *acts]))


async def _load(rows: list[Row]) -> None:
    gc.disable()  # what an SDK is made of stays: looking for garbage in it is a sixth of the time that it takes
    try:
        for row in rows:
            await row.load()  # one by one: together they would only wait for each other's imports
    finally:
        gc.enable()


async def _played(each: Row | _Act, screen: Screen) -> None:
    await each.play()
    screen.finished(each)


class _Fixed:
    """A line that never changes."""

    def __init__(self, text: Callable[[int], str]) -> None:
        self._text = text

    def text(self, width: int) -> str:
        return self._text(width)


class _Act:
    """The line of one act, which has something to say at its end."""

    def __init__(self, name: str, play: Callable[[], Awaitable[str]]) -> None:
        self._name = name
        self._play = play
        self._said = "…"

    async def play(self) -> None:
        self._said = await self._play()

    def text(self, width: int) -> str:
        return f"  {self._name:11}{self._said}"
