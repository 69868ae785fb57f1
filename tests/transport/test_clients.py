"""HTTP clients belong to their loop and are closed with it."""

from __future__ import annotations

import asyncio

from streamkit.transport import client_here


class _Client:
    def __init__(self, closed: list[str], name: str) -> None:
        self._closed = closed
        self._name = name

    async def __aexit__(self, *_: object) -> None:
        self._closed.append(self._name)
        if self._name == "broken":
            raise OSError("it cannot be closed")


def test_a_client_that_cannot_be_closed_keeps_none_of_the_others_open() -> None:
    closed: list[str] = []

    async def main() -> None:
        for name in ("first", "broken", "last"):
            await client_here(name, lambda name=name: _Client(closed, name))

    asyncio.run(main())
    assert closed == ["first", "broken", "last"]
