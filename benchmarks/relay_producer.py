"""The producers that the benchmark of the log over Redis reads, in a process of their own.

Arguments: ``by-hand`` or ``streamkit``, the address, the id, the number of chunks, the seconds between two of them, and
the number of streams.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from typing import Any, cast

from redis.asyncio import Redis

import streamkit as sk

_connect = cast("Any", Redis).from_url  # redis-py types its answers for both of its clients


async def words(count: int, pause: float) -> AsyncIterator[str]:
    """Give words, each with the time at which it was given."""
    for _ in range(count):
        await asyncio.sleep(pause)
        yield f"{time.monotonic()} word"


async def main() -> None:
    """Produce when a line arrives on stdin."""
    way, address, name, count, pause, streams = sys.argv[1:]
    if way == "by-hand":
        async with _connect(address) as client:
            await client.ping()
            await _started()
            async for word in words(int(count), float(pause)):
                await client.xadd(name, {"d": word})
        return
    log = sk.RedisLog(address)
    begin = asyncio.Event()

    async def later() -> AsyncIterator[str]:
        await begin.wait()
        async for word in words(int(count), float(pause)):
            yield word

    sent = [sk.from_async(later()).publish_to(log, f"{name}-{number}") for number in range(int(streams))]
    for each in sent:
        await each.ready()
    await _started()
    begin.set()
    for each in sent:
        await each


async def _started() -> None:
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    asyncio.run(main())
