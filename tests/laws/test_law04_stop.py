"""Law 4: stop means stop."""

from __future__ import annotations

import asyncio
import gc
import importlib
import threading
import warnings
from typing import Any

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Script, assert_closed, chat_event, chat_events, plan

SILENT = [*chat_events("Eu", "ropa")[:3], None]
ENDLESS = [chat_event({"content": "word "})] * 3000


async def test_the_last_leaver_stops_the_call_and_the_others_do_not() -> None:
    script = Script(SILENT)
    stream = script.stream()
    first, second = stream.subscribe(), stream.subscribe()
    await _until(lambda: stream.content == "Europa")
    first.dispose()
    await asyncio.sleep(0.005)
    assert (stream.state, script.closed) == ("streaming", 0)
    second.dispose()
    await _closed(stream)
    assert (stream.state, stream.content, script.closed) == ("stopped", "Europa", 1)


async def test_breaking_a_loop_stops_the_call_without_the_garbage_collector() -> None:
    stream = Script(SILENT).stream()
    gc.disable()
    try:
        async for _ in stream:
            break
        await _closed(stream)
    finally:
        gc.enable()
    assert stream.state == "stopped"


async def test_breaking_the_loop_of_a_flow_stops_the_call() -> None:
    stream = Script(SILENT).stream()
    async for _ in stream.pipe(ops.text()):
        break
    await _closed(stream)
    assert stream.state == "stopped"


async def test_an_operator_that_has_enough_stops_the_call_and_says_why() -> None:
    stream = Script(SILENT).stream()
    assert await stream.pipe(ops.text(), ops.until("ro"), ops.join()) == "Euro"
    assert (stream.state, stream.response.stopped_by, stream.open) == ("stopped", "until('ro')", False)


async def test_a_cancelled_await_has_closed_when_the_cancellation_surfaces() -> None:
    script = Script(SILENT)
    stream = script.stream()
    task = asyncio.ensure_future(_result(stream))
    await _until(lambda: stream.content == "Europa")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (stream.state, stream.content, script.closed, stream.open) == ("stopped", "Europa", 1, False)


async def test_a_cancelled_loop_has_closed_when_the_cancellation_surfaces() -> None:
    script = Script(SILENT)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            async for _ in script.stream():
                pass
    assert script.closed == 1


async def test_stop_from_a_foreign_thread_returns_at_once() -> None:
    stream = Script(SILENT).stream()
    stream.subscribe(on_error=lambda _: None)
    await _until(lambda: stream.content == "Europa")
    thread = threading.Thread(target=stream.stop)
    thread.start()
    thread.join()
    await _closed(stream)
    assert stream.state == "stopped"


@pytest.mark.parametrize("explicit", [True, False])
async def test_the_connection_is_shut_down_before_the_readers_get_the_end(
    explicit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By ``stop()`` in that very call; after the last reader in the next turn, since another may join in this one."""
    connection: Any = importlib.import_module("streamkit.testing._scripted")._ScriptedConnection
    events = list[str]()

    def shut_down(_: object) -> None:
        events.append("shut down")

    monkeypatch.setattr(connection, "shut_down", shut_down)
    stream = Script(SILENT).stream()
    reader = stream.subscribe(on_error=lambda _: events.append("end"))
    await _until(lambda: stream.content == "Europa")
    call: Any = stream._call  # pyright: ignore[reportPrivateUsage] - whose end is logged
    finish = call.finish

    def noted(error: Exception) -> None:
        events.append("finish")
        finish(error)

    monkeypatch.setattr(call, "finish", noted)
    if explicit:
        stream.stop()
        assert events == ["shut down"]
    else:
        reader.dispose()
        asyncio.get_running_loop().call_soon(events.append, "next turn")
        await asyncio.sleep(0)
        assert events[:2] == ["shut down", "finish"]
    await _closed(stream)
    assert events[0] == "shut down"


async def test_stop_inside_on_next_ends_it_for_all() -> None:
    stream = Script([*chat_events("Eu")[:2], 0.001, *ENDLESS]).stream()
    ends: list[str] = []
    stream.subscribe(on_error=lambda error: ends.append(type(error).__name__))
    stream.subscribe(lambda chunk: stream.stop() if chunk.content else None, lambda _: ends.append("mine"))
    await _closed(stream)
    assert (sorted(ends), stream.content) == (["StoppedError", "mine"], "Eu")


async def test_dispose_inside_on_next_lets_nothing_more_come() -> None:
    stream = Script(ENDLESS).stream()
    seen: list[sk.Chunk] = []

    def on_next(chunk: sk.Chunk) -> None:
        seen.append(chunk)
        if len(seen) == 3:
            subscription.dispose()
            subscription.dispose()

    subscription = stream.subscribe(on_next)
    await _closed(stream)
    assert (len(seen), stream.state) == (3, "stopped")


async def test_dispose_before_the_first_step_sends_nothing() -> None:
    script = Script(SILENT)
    stream = script.stream()
    stream.subscribe().dispose()
    await _closed(stream)
    assert (script.opened, stream.state) == (0, "stopped")


async def test_aclose_returns_when_the_connection_is_closed() -> None:
    script = Script(SILENT)
    async with script.stream() as stream:
        stream.subscribe(on_error=lambda _: None)
        await _until(lambda: stream.content == "Europa")
        assert script.closed == 0
    assert (script.closed, stream.open) == (1, False)


async def test_a_flow_can_be_closed_and_awaited() -> None:
    script = Script(SILENT)
    async with script.stream().pipe(ops.text()) as flow:
        async for _ in flow:
            break
    assert script.closed == 1


async def test_who_waits_for_the_whole_gets_the_stopped_response() -> None:
    stream = Script(SILENT).stream()
    waiting = asyncio.ensure_future(_result(stream))
    await _until(lambda: stream.content == "Europa")
    await stream.aclose()
    assert ((await waiting).state, (await stream).content) == ("stopped", "Europa")


async def test_a_later_subscriber_gets_the_prefix_and_then_the_stop() -> None:
    stream = Script(SILENT).stream()
    async for _ in stream:
        break
    await stream.aclose()
    seen: list[str] = []
    with pytest.raises(sk.StoppedError) as caught:
        async for chunk, _ in stream:
            seen.append(chunk.content)
    assert "".join(seen) == stream.content
    assert caught.value.partial is not None and caught.value.partial.state == "stopped"


async def test_the_server_sees_the_close_at_once_however_it_is_stopped() -> None:
    with FaultServer(plan("none", ENDLESS, every=0.001)) as server:
        stream = sk.stream("openai/m", "?", base_url=server.base_url + "/v1", api_key="test-key")
        async with assert_closed(stream):
            for stop in (_break, _break_flow, _aclose):
                again = stream.again()
                await stop(again)
        assert len(await server.until_closed(3)) == 3
        await asyncio.to_thread(server.wait_for, lambda: server.open_connections == 0)


def test_a_loop_that_is_closed_over_a_live_stream_leaves_no_socket() -> None:
    loop = asyncio.new_event_loop()
    stream = Script(SILENT).stream()

    async def read() -> object:
        iterator = aiter(stream)
        await anext(iterator)
        return iterator

    iterator = loop.run_until_complete(read())
    loop.close()
    with pytest.warns(ResourceWarning, match="event loop was closed"):
        del iterator
    assert (stream.state, stream.open) == ("stopped", False)


def test_the_end_of_the_loop_ends_the_subscription_with_an_error() -> None:
    stream = Script(SILENT).stream()
    ends: list[Exception] = []

    async def main() -> None:
        stream.subscribe(on_error=ends.append)
        await asyncio.sleep(0.01)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(main())
    assert [type(each) for each in ends] == [sk.StoppedError]
    assert (stream.state, stream.open) == ("stopped", False)


async def _break(stream: sk.Stream) -> None:
    async for _ in stream:
        break


async def _break_flow(stream: sk.Stream) -> None:
    async for _ in stream.pipe(ops.text()):
        break


async def _aclose(stream: sk.Stream) -> None:
    stream.subscribe(on_error=lambda _: None)
    await _until(lambda: stream.content != "")
    await stream.aclose()


async def _result(stream: sk.Stream) -> sk.Response:
    return await stream


async def _until(condition: object) -> None:
    assert callable(condition)
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


async def _closed(stream: sk.Stream) -> None:
    await _until(lambda: not stream.open)
