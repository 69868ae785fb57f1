"""A tool that counts its runs, and may be held until it is let go; and the ways to read a flow of results."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

import streamkit as sk

SAFETY = 30
CALL = ("look", '{"moon": "Io"}')


class Look:
    """A tool that counts its runs, and may be held until it is let go."""

    def __init__(self, *, held: bool = False) -> None:
        self.runs = 0
        self.cancelled = 0
        self.began = threading.Event()
        self.go = threading.Event()
        if not held:
            self.go.set()

    def look(self, moon: str) -> str:
        self.runs += 1
        self.began.set()
        assert self.go.wait(SAFETY)
        return moon

    async def async_look(self, moon: str) -> str:
        self.runs += 1
        self.began.set()
        try:
            while not self.go.is_set():
                await asyncio.sleep(0.001)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return moon

    def tool(self, *, is_async: bool) -> Any:
        return sk.as_tool(self.async_look if is_async else self.look, name="look")


both = pytest.mark.parametrize("is_async", [True, False], ids=["async", "sync"])


async def until(event: threading.Event) -> None:
    async with asyncio.timeout(SAFETY):
        while not event.is_set():
            await asyncio.sleep(0.001)


async def outputs(flow: Any) -> list[Any]:
    async with asyncio.timeout(SAFETY):
        return [each.output async for each in flow]
