"""Each chunk is stored exactly once, although answers of the server are lost, and whatever comes in whatever order."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from itertools import count

import pytest

import streamkit as sk
from streamkit.testing import RedisServer

from .proxy import LossyProxy

_numbers = count()


async def words(number: int, pause: float = 0.0) -> AsyncIterator[str]:
    for each in range(1, number + 1):
        await asyncio.sleep(pause)
        yield f"w{each} "


@pytest.mark.parametrize("seed", range(3))
async def test_lost_answers_lose_and_double_nothing(redis: RedisServer, seed: int) -> None:
    async with LossyProxy(redis.port, seed=seed).running() as proxy:
        prefix = f"once{os.getpid()}-{next(_numbers)}"
        log = sk.RedisLog(f"redis://127.0.0.1:{proxy.port}", prefix=prefix, lease=5, ttl=60)
        near = await sk.from_async(words(60, 0.002)).publish_to(log, "a")
        assert proxy.lost
        clean = sk.RedisLog(redis.url, prefix=prefix, lease=5, ttl=60)
        found = await sk.from_log(clean, "a")
        assert found.content.split() == [f"w{number}" for number in range(1, 61)]
        assert found == near
        lossy = sk.from_log(log, "a")
        assert (await lossy).content == found.content


async def test_many_streams_of_one_loop_share_a_writer_and_a_reader(log: sk.RedisLog) -> None:
    publications = [sk.from_async(words(30, 0.001)).publish_to(log, f"s{at}") for at in range(40)]
    await asyncio.gather(*(each.ready() for each in publications))
    far = await asyncio.gather(*(sk.from_log(log, f"s{at}").wait_response() for at in range(40)))
    near = await asyncio.gather(*(each.wait_response() for each in publications))
    assert [each.content for each in far] == [each.content for each in near]
    assert {each.content.split()[-1] for each in far} == {"w30"}


async def test_a_slow_server_holds_the_source_back(own_redis: RedisServer) -> None:
    log = sk.RedisLog(own_redis.url, prefix="slow", lease=20, ttl=60)
    taken = 0

    async def endless() -> AsyncIterator[str]:
        nonlocal taken
        for taken in count(1):  # noqa: B007
            yield "word "
            await asyncio.sleep(0)

    publication = sk.from_async(endless()).publish_to(log, "a")
    await publication.ready()
    own_redis.pause()
    for _ in range(20_000):
        await asyncio.sleep(0)
    assert taken < 2_000
    own_redis.resume()
    await publication.aclose()
