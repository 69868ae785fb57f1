"""A worker in a process of its own, which asks a provider and publishes, or reads what another one publishes.

Arguments: the Redis, the prefix, the address of the provider.
"""

from __future__ import annotations

import asyncio
import sys

import streamkit as sk


async def main() -> None:
    address, prefix, provider = sys.argv[1:]
    log = sk.RedisLog(address, prefix=prefix, lease=2, ttl=60)
    stream = sk.stream("openai/gpt-5-mini", "Which moons?", base_url=provider, api_key="sk-test")
    publication = log.publish(stream, "a", if_exists="attach")
    await publication.ready()
    response = await publication.stream
    await publication  # the other one reads to the end that this one stores
    print(repr(response.content), stream.sent, response.request_id, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
