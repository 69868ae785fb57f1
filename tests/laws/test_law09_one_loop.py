"""Law 9: one loop, never blocked."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Script, chat_events, plan


async def test_hundreds_of_streams_need_no_thread_each() -> None:
    await Script(chat_events("Io")).stream()
    before = threading.active_count()
    streams = [Script(chat_events("Io")).stream() for _ in range(200)]
    await asyncio.gather(*(_result(stream) for stream in streams))
    assert threading.active_count() <= before


async def test_a_subscriber_is_called_on_the_loop_of_its_own() -> None:
    stream = Script([0.02, *chat_events("Eu", "ropa")]).stream()
    threads: set[str] = set()

    def elsewhere() -> None:
        async def read() -> None:
            stream.subscribe(lambda _: threads.add(threading.current_thread().name))
            assert (await stream).content == "Europa"
            await asyncio.sleep(0.01)

        asyncio.run(read())

    stream.subscribe(lambda _: threads.add("home:" + threading.current_thread().name))
    thread = threading.Thread(target=elsewhere, name="elsewhere")
    thread.start()
    await asyncio.to_thread(thread.join)
    assert threads == {"home:" + threading.current_thread().name, "elsewhere"}


async def test_two_loops_and_a_sync_thread_share_one_call() -> None:
    script = Script([0.02, *chat_events("Eu", "ropa")])
    stream = script.stream()
    texts: list[str] = []

    def other_loop() -> None:
        async def read() -> None:
            texts.append("".join([chunk.content async for chunk, _ in stream]))

        asyncio.run(read())

    def no_loop() -> None:
        texts.append("".join(chunk.content for chunk, _ in stream))

    threads = [threading.Thread(target=other_loop), threading.Thread(target=no_loop)]
    for thread in threads:
        thread.start()
    texts.append((await stream).content)
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert (texts, script.opened) == (["Europa"] * 3, 1)


DOORS: list[tuple[Callable[[sk.Stream], object], str]] = [
    (lambda s: s.run(), "'await'.*'async for'"),
    (lambda s: list(s), "'await'.*'async for'"),  # noqa: PLW0108 - typed by the list that it stands in
    (lambda s: s.close(), "'await stream.aclose"),
    (lambda s: s.wait(), "'await stream.wait_closed"),
    (lambda s: s.__enter__(), "'async with'"),
    (lambda s: s.pipe(ops.text(), ops.join()).run(), "'await'.*'async for'"),
    (lambda s: list(s.pipe(ops.text())), "'await'.*'async for'"),
    (lambda s: s.pipe(ops.text()).close(), "'await ….aclose"),
    (lambda s: s.pipe(ops.text()).__enter__(), "'async with'"),
]


@pytest.mark.parametrize(("door", "says"), DOORS)
async def test_sync_doors_raise_inside_a_running_loop_and_name_the_way_out(
    door: Callable[[sk.Stream], object], says: str
) -> None:
    script = Script(chat_events("Io"))
    with pytest.raises(sk.ConfigurationError, match=says):
        door(script.stream())
    assert script.opened == 0


async def test_a_subscriber_that_blocks_the_loop_is_logged_once() -> None:
    stream = Script(chat_events(*"Europa")).stream()
    with capture_logs() as logs:
        stream.subscribe(lambda _: _block(0.11))
        await stream
    assert [log["event"] for log in logs].count("slow_subscriber") == 1


@pytest.mark.sdk
async def test_importing_the_sdk_and_building_its_client_do_not_stall_the_loop() -> None:
    with FaultServer(plan("none", chat_events("Io"))) as server:
        stream = sk.stream("openai/m", "?", base_url=server.base_url + "/v1", api_key="test-key-fresh")
        worst, last = 0.0, time.thread_time()  # of this thread: a busy machine stalls everybody
        task = asyncio.ensure_future(_result(stream))
        while not task.done():
            await asyncio.sleep(0)
            now = time.thread_time()
            worst, last = max(worst, now - last), now
    assert (await task).content == "Io"
    assert worst < 0.25


@pytest.mark.sdk
def test_one_stream_object_per_asyncio_run_works_three_times() -> None:
    with FaultServer(plan("none", chat_events("Io"))) as server:

        async def once() -> str:
            return (await sk.stream("openai/m", "?", base_url=server.base_url + "/v1", api_key="test-key")).content

        assert [asyncio.run(once()) for _ in range(3)] == ["Io"] * 3
        server.wait_for(lambda: server.open_connections == 0)


def _block(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


async def _result(stream: sk.Stream) -> sk.Response:
    return await stream
