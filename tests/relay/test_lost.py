"""Whatever dies, a reader gets one whole answer or an error that says what is missing, and never a splice of two."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Generator
from itertools import count
from pathlib import Path

import pytest

import streamkit as sk
from streamkit.testing import RedisServer

ROOT = Path(__file__).parents[2]
SAFETY = 30.0  # seconds

_numbers = count()


@contextlib.contextmanager
def producer(
    server: RedisServer,
    log: sk.RedisLog,
    *,
    words: int = 10_000,
    pause: float = 0.005,
    word: str = "w",
    if_exists: str = "error",
) -> Generator[subprocess.Popen[str]]:
    command = (
        sys.executable,
        "-m",
        "tests.relay.producer",
        server.url,
        log.prefix,
        "a",
        str(words),
        str(pause),
        word,
        if_exists,
    )
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


async def texts(far: sk.Stream, until: int | None = None) -> list[str]:
    found: list[str] = []
    async with asyncio.timeout(SAFETY):
        async for _, chunk in far.read():
            found.append(chunk.content.strip())
            if until is not None and len(found) == until:
                break
    return found


def short(server: RedisServer) -> sk.RedisLog:
    return sk.RedisLog(server.url, prefix=f"lost{os.getpid()}-{next(_numbers)}", lease=0.6, ttl=60)


def numbered(word: str, count: int) -> list[str]:
    return [f"{word}{number}" for number in range(1, count + 1)]


async def test_a_producer_that_was_killed_is_noticed_within_its_lease(redis: RedisServer) -> None:
    log = short(redis)
    with producer(redis, log) as process:
        far = sk.from_log(log, "a")
        reading = asyncio.ensure_future(texts(far))
        while far.response.content.count("w") < 20:
            await asyncio.sleep(0.01)
        process.kill()
        with pytest.raises(sk.ProducerLost):
            await reading
    kept = far.content.split()
    assert kept == numbered("w", len(kept))
    assert (await log.status("a")).state == "lost"
    late = sk.from_log(log, "a")
    with pytest.raises(sk.ProducerLost):  # it is told at once, and has what there was
        await texts(late)
    assert late.content == far.content


async def test_a_reader_that_looked_away_over_a_takeover_gets_no_splice(redis: RedisServer) -> None:
    log = short(redis)
    with producer(redis, log, word="old") as process:
        far = sk.from_log(log, "a")
        async with contextlib.aclosing(far.fan_out(leave="finish").read()) as reading:
            first = [(await anext(reading))[1].content.strip() for _ in range(10)]
            process.kill()
            process.wait()
            while (await log.status("a")).state != "lost":
                await asyncio.sleep(0.02)
            with producer(redis, log, word="new", words=40, if_exists="replace") as other:
                assert other.stdout is not None
                assert other.stdout.readline() == "unknown\n"
                assert first == numbered("old", 10)
                with pytest.raises(sk.ProducerLost):
                    async for _, chunk in reading:
                        assert chunk.content.startswith("old")
    assert await texts(sk.from_log(log, "a")) == numbered("new", 40)


async def test_a_producer_that_was_paused_and_replaced_is_fenced(redis: RedisServer) -> None:
    log = short(redis)
    with producer(redis, log, word="old") as process:
        await texts(sk.from_log(log, "a"), until=5)
        os.kill(process.pid, signal.SIGSTOP)
        while (await log.status("a")).state != "lost":
            await asyncio.sleep(0.02)
        with producer(redis, log, word="new", words=60, if_exists="replace") as other:
            os.kill(process.pid, signal.SIGCONT)
            assert process.stdout is not None
            assert process.stdout.readline() == "ProducerFenced\n"
            assert other.stdout is not None
            assert other.stdout.readline() == "unknown\n"
    assert await texts(sk.from_log(log, "a")) == numbered("new", 60)


@pytest.mark.parametrize("durable", [False, True])
async def test_a_server_that_was_killed_is_written_again(tmp_path: Path, durable: bool, redis: RedisServer) -> None:
    server = RedisServer(tmp_path, durable=durable).start()
    try:
        log = short(server)
        with producer(server, log, words=200, pause=0.004):
            far = sk.from_log(log, "a")
            reading = asyncio.ensure_future(texts(far))
            while far.response.content.count("w") < 50:
                await asyncio.sleep(0.01)
            server.kill()
            await asyncio.sleep(0.05)
            server.start()
            assert await reading == numbered("w", 200)
            assert await texts(sk.from_log(log, "a")) == numbered("w", 200)
    finally:
        server.kill()


async def endless() -> AsyncIterator[str]:
    for number in count(1):
        yield f"w{number} "
        await asyncio.sleep(0.002)


async def reading_of_a_lost_producer(log: sk.RedisLog) -> asyncio.Future[list[str]]:
    """Publish, read ten chunks, and let the producer die; return the reading, which goes on."""
    publication = sk.from_async(endless()).publish_to(log, "a")
    await publication.ready()
    far = sk.from_log(log, "a")
    reading = asyncio.ensure_future(texts(far))
    while far.response.content.count("w") < 10:
        await asyncio.sleep(0.005)
    await publication.aclose()
    return reading


async def test_a_trim_is_a_gap_for_who_needs_it_and_nobody_else(redis: RedisServer) -> None:
    from redis.asyncio import Redis

    log = short(redis)
    stream = sk.from_async(endless())
    publication = stream.publish_to(log, "a")
    await publication.ready()
    far = sk.from_log(log, "a")
    reading = asyncio.ensure_future(texts(far))
    while far.response.content.count("w") < 30:
        await asyncio.sleep(0.005)
    async with Redis(port=redis.port) as client:
        await client.xtrim(f"{log.prefix}:{{a}}:log", maxlen=1, approximate=False)
    with pytest.raises(sk.StreamGap):
        await texts(sk.from_log(log, "a"))
    far.stop()
    with pytest.raises(sk.StoppedError):
        await reading
    kept = far.content.split()
    assert kept == numbered("w", len(kept)) == stream.content.split()


async def test_a_stream_whose_time_is_over_is_a_gap_for_its_reader(redis: RedisServer) -> None:
    from redis.asyncio import Redis

    log = short(redis)
    reading = await reading_of_a_lost_producer(log)
    async with Redis(port=redis.port) as client:
        for key in ("log", "head", "lease"):
            await client.pexpire(f"{log.prefix}:{{a}}:{key}", 1)
    with pytest.raises((sk.StreamGap, sk.ProducerLost)):
        await reading


async def test_a_silent_model_is_stopped_at_once_from_afar(redis: RedisServer) -> None:
    silent = asyncio.Event()

    async def one() -> AsyncIterator[str]:
        yield "Io"
        await silent.wait()

    log = sk.RedisLog(redis.url, prefix=f"silent{os.getpid()}", lease=10, ttl=60)
    stream = sk.from_async(one())
    publication = stream.publish_to(log, "a")
    far = None
    await publication.ready()
    far = sk.from_log(log, "a")
    async for _, chunk in far.read():
        assert chunk.content == "Io"
        break
    began = asyncio.get_running_loop().time()
    assert await log.cancel("a", by="the user")
    response = await publication
    assert asyncio.get_running_loop().time() - began < 5  # without the push it would be a third of the lease, at best
    assert response.stopped_by == "the user"


READER = """
import asyncio, sys, streamkit as sk

async def main():
    async for n, chunk in sk.from_log(sk.RedisLog(sys.argv[1], prefix=sys.argv[2]), "a").read():
        print(n, chunk.content.strip(), flush=True)
        if n == 20:
            await asyncio.sleep(60)

asyncio.run(main())
"""


def read_and_be_killed(server: RedisServer, log: sk.RedisLog) -> list[list[str]]:
    """Read twenty chunks in a process of its own, and kill it; return what it has printed of each."""
    command = (sys.executable, "-c", READER, server.url, log.prefix)
    reader = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    seen = [reader.stdout.readline().split() for _ in range(20)]
    reader.kill()
    reader.communicate()
    return seen


async def counted(words: int) -> AsyncIterator[str]:
    for number in range(1, words + 1):
        yield f"w{number} "


async def test_a_reader_that_was_killed_goes_on_with_the_number_that_it_kept(redis: RedisServer) -> None:
    log = short(redis)
    await sk.from_async(counted(50)).publish_to(log, "a")
    seen = await asyncio.to_thread(read_and_be_killed, redis, log)
    rest = [chunk.content.strip() async for _, chunk in sk.from_log(log, "a").read(after=int(seen[-1][0]))]
    assert [word for _, word in seen] + rest == numbered("w", 50)


async def test_a_reader_of_a_lost_answer_does_not_wait_for_the_end_of_a_shorter_one(redis: RedisServer) -> None:
    log = short(redis)
    reading = await reading_of_a_lost_producer(log)
    async with asyncio.timeout(SAFETY):
        while (await log.status("a")).state != "lost":
            await asyncio.sleep(0.01)
        await sk.from_async(counted(3)).publish_to(log, "a", if_exists="replace")
        with pytest.raises(sk.ProducerLost):
            await reading
