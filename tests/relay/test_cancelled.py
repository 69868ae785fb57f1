"""A task that is cancelled ends, wherever in redis-py it waits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import streamkit as sk


async def endless() -> AsyncIterator[str]:
    while True:
        yield "word "
        await asyncio.sleep(0)


async def test_readers_and_publications_that_are_cancelled_end(log: sk.RedisLog) -> None:
    for turns in range(1, 60):
        publication = sk.from_async(endless()).publish_to(log, f"s{turns}")
        await publication.ready()
        reading = asyncio.ensure_future(sk.from_log(log, f"s{turns}").wait_response())
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        async with asyncio.timeout(20):
            with contextlib.suppress(asyncio.CancelledError):
                await reading
            await publication.aclose()
