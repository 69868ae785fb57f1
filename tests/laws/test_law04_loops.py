"""Law 4 on both event loops: however a stream is stopped, its socket is closed, also under a silent server."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import openai
import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Plan, assert_closed, chat_events
from streamkit.testing.faults import Send, Wait
from streamkit.transport import HttpConnection, OpenSocket

pytestmark = pytest.mark.sdk

LOOPS = ["asyncio", pytest.param("uvloop", marks=pytest.mark.skipif(sys.platform == "win32", reason="no uvloop"))]
EVENTS = [Send(event) for event in chat_events(*["word "] * 3)[:4]]
SILENT = Plan(steps=(*EVENTS, Wait(3600.0)))
DUMB = Plan(steps=(Wait(3600.0),))
Stop = Callable[[sk.Stream], Awaitable[object]]


@pytest.fixture(params=LOOPS)
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """Both, whichever the other tests run on."""
    if request.param == "uvloop":
        return "asyncio", {"use_uvloop": True}
    return "asyncio", {"loop_factory": asyncio.SelectorEventLoop}


async def test_it_is_the_loop_that_it_says(anyio_backend: tuple[str, dict[str, Any]]) -> None:
    uses_uvloop = type(asyncio.get_running_loop()).__module__.startswith("uvloop")
    assert uses_uvloop == ("use_uvloop" in anyio_backend[1])


async def by_aclose(stream: sk.Stream) -> None:
    iterator = aiter(stream)
    await anext(iterator)
    await stream.aclose()


async def by_stop(stream: sk.Stream) -> None:
    async for _ in stream:
        stream.stop()
        break


async def by_stop_in_a_thread(stream: sk.Stream) -> None:
    iterator = aiter(stream)
    await anext(iterator)
    await asyncio.to_thread(stream.stop)
    await stream.wait_closed()


async def by_with(stream: sk.Stream) -> None:
    async with stream:
        async for _ in stream:
            break


async def by_break(stream: sk.Stream) -> None:
    async for _ in stream:
        break


async def by_cancel(stream: sk.Stream) -> None:
    task = asyncio.ensure_future(_whole(stream))
    await anext(aiter(stream))
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def by_timeout(stream: sk.Stream) -> None:
    def now(_: object) -> None:
        other.dispose()
        clock.reschedule(0)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(None) as clock:
            other = stream.subscribe(now)
            await stream


async def by_limit(stream: sk.Stream) -> None:
    assert await stream.pipe(ops.text(), ops.limit(chars=7), ops.join()) == "word wo"


async def by_an_operator_in_a_loop(stream: sk.Stream) -> None:
    async for _ in stream.pipe(ops.text(), ops.until("word word")):
        pass


async def _whole(stream: sk.Stream) -> sk.Response:
    return await stream


STOPS: list[Stop] = [
    *(by_aclose, by_stop, by_stop_in_a_thread, by_with, by_break, by_cancel, by_timeout, by_limit),
    by_an_operator_in_a_loop,
]


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("provider", ["openai/m", "ollama-openai/m"])
async def test_a_server_that_falls_silent_is_left_however_it_is_stopped(stop: Stop, provider: str) -> None:
    with FaultServer(SILENT) as server:
        warm = sk.stream(provider, "?", base_url=server.base_url + "/v1", api_key="test-key")
        await by_break(warm)
        await warm.wait_closed()
        stream = warm.again()
        async with asyncio.timeout(20), assert_closed(stream):
            await stop(stream)
            await server.until_closed()
    assert stream.state == "stopped"


async def test_a_server_that_never_answers_is_left() -> None:
    with FaultServer(DUMB) as server:
        stream = sk.stream("openai/m", "?", base_url=server.base_url + "/v1", api_key="test-key")
        task = asyncio.ensure_future(_whole(stream))
        async with asyncio.timeout(20):
            await asyncio.to_thread(server.wait_for, lambda: len(server.requests) == 1)
            task.cancel()
            await asyncio.wait([task])
            await server.until_closed()
    assert (task.cancelled(), stream.state, stream.open) == (True, "stopped", False)


@pytest.mark.parametrize("stop", STOPS)
async def test_a_connection_that_cannot_be_shut_down_is_left_all_the_same(
    stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise TypeError("transport sockets do not support shutdown() method")

    monkeypatch.setattr(OpenSocket, "shut_down", fail)
    with FaultServer(SILENT) as server:
        stream = sk.stream("openai/m", "?", base_url=server.base_url + "/v1", api_key="test-key")
        async with asyncio.timeout(20), assert_closed(stream):
            await stop(stream)
            await server.until_closed()
    assert stream.state == "stopped"


@pytest.mark.parametrize("transport", ["httpx", "aiohttp"])
@pytest.mark.parametrize("fault", [ZeroDivisionError, asyncio.CancelledError])
async def test_when_closing_fails_the_transport_is_aborted(transport: str, fault: type[BaseException]) -> None:
    async def fail() -> None:
        raise fault

    make: Any = openai.DefaultAioHttpClient if transport == "aiohttp" else httpx.AsyncClient
    with FaultServer(SILENT) as server:
        async with asyncio.timeout(20), make() as client:
            request = client.build_request("POST", server.base_url + "/v1/chat/completions", json={})
            response = await client.send(request, stream=True)
            connection = HttpConnection(response, request_id=None)
            body = aiter(connection)
            await anext(body)
            close, response.aclose = response.aclose, fail
            with pytest.raises(fault):
                await connection.aclose()
            await server.until_closed()
            await close()
