"""A producer in a process of its own: it publishes words with numbers, and can be killed at any of them.

Arguments: address, prefix, id, number of words, seconds between them, the word, what to do if the id exists.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import streamkit as sk


async def words(word: str, count: int, pause: float) -> AsyncIterator[str]:
    for number in range(1, count + 1):
        await asyncio.sleep(pause)
        yield f"{word}{number} "


async def main() -> None:
    address, prefix, stream_id, count, pause, word, if_exists = sys.argv[1:]
    log = sk.RedisLog(address, prefix=prefix, lease=0.6, ttl=60)
    stream = sk.from_async(words(word, int(count), float(pause)))
    publication = log.publish(stream, stream_id, if_exists=if_exists)  # type: ignore[arg-type]
    await publication.ready()
    print("ready", flush=True)
    try:
        print((await publication).state, flush=True)
    except sk.StreamError as error:
        print(type(error).__name__, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
