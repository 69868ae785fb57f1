"""What calls through the real SDK leave behind: connections to use again, or nothing at all."""

from __future__ import annotations

import asyncio
import importlib
import math
import random
import threading
import time
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, Plan, assert_closed, chat_event, chat_events, plan
from streamkit.testing.faults import Send, Wait
from streamkit.testing.in_process import Request
from tests.programs import SAFETY
from tests.timing import soon_async

pytestmark = pytest.mark.sdk

openai: Any = importlib.import_module("openai")
SOUND = chat_events(*(f"word{at} " for at in range(20)))


def ask(server: FaultServer, *, model: str = "sound", **given: Any) -> sk.Stream:
    settings: dict[str, Any] = {"base_url": server.base_url + "/v1", "api_key": "test-key", **given}
    return sk.stream(f"openai/{model}", "?", **settings)


async def test_ten_sound_calls_one_after_the_other_use_one_connection() -> None:
    """P2: the body is read to its end after the sentinel."""
    with FaultServer(plan("none", SOUND)) as server:
        for _ in range(10):
            stream = ask(server)
            async for _ in stream:
                pass
            while stream.open:
                await asyncio.sleep(0)
        assert (len(server.requests), server.open_connections) == (10, 1)


@pytest.mark.parametrize("fault", ["error_event", "no_finish"])
async def test_a_connection_is_not_used_again_after_a_failed_call(fault: str) -> None:
    def choose(request: Request) -> Plan:
        return (
            plan("none", SOUND) if request.json()["model"] == "sound" else Plan(steps=(*broken.steps, Wait(math.inf)))
        )

    broken = plan(fault, SOUND)
    with FaultServer(choose) as server:
        with pytest.raises(sk.StreamError):
            await ask(server, model="broken")
        assert (await ask(server)).state == "complete"
        await server.until_closed()


async def test_a_body_left_open_after_the_sentinel_is_complete_at_once_and_closed_soon() -> None:
    """P2: complete when the sentinel comes, closed a tenth of a second later."""

    async def leave() -> float:
        with FaultServer(Plan(steps=(Send(b"".join(SOUND)), Wait(math.inf)))) as server:
            await ask(server).again().aclose()  # an unsent stream has nothing to close
            stream = ask(server)
            assert (await stream).state == "complete"
            complete, was_open = time.monotonic(), stream.open
            (left,) = await server.until_closed()
            assert was_open and left.closed_by_client_at is not None
            return left.closed_by_client_at - complete

    assert await soon_async(leave, seconds=1)


async def test_leaving_while_the_headers_are_awaited_closes_the_connection() -> None:
    with FaultServer(Plan(latency=60)) as server:
        stream = ask(server)
        subscription = stream.subscribe(on_error=lambda _: None)
        await asyncio.to_thread(server.wait_for, lambda: bool(server.exchanges))
        subscription.dispose()
        await server.until_closed()
    assert stream.state == "stopped"


async def test_a_stop_from_another_thread_is_a_stop_and_never_a_broken_connection() -> None:
    endless = plan("none", [chat_event({"content": "word "})] * 2000, every=0.001)
    with FaultServer(endless) as server:
        for _ in range(30):
            stream = ask(server)
            errors: list[Exception] = []
            stream.subscribe(on_error=errors.append)
            while not stream.content:
                await asyncio.sleep(0)
            thread = threading.Thread(target=stream.stop)
            thread.start()
            while stream.open:
                await asyncio.sleep(0)
            thread.join()
            assert (stream.state, [type(error) for error in errors]) == ("stopped", [sk.StoppedError])


PLANS = {
    "sound": plan("none", SOUND, every=0.001),
    "cut": plan("cut", SOUND),
    "reset": plan("reset", SOUND, at=5),
    "limited": plan("rate_limited"),
    "broken": plan("bad_json", SOUND, at=7),
}


async def read(stream: sk.Stream, rng: random.Random) -> str:
    """Read one way or another; return how it ended."""
    try:
        match rng.randrange(4):
            case 0:
                await stream
            case 1:
                async for _ in stream:
                    pass
            case 2:
                await stream.pipe(sk.operators.text(), sk.operators.join())
            case _:
                await stream.pipe(sk.operators.to_response())
    except sk.StreamError as error:
        return type(error).__name__
    return stream.state


async def leave(stream: sk.Stream, rng: random.Random) -> str:
    """Stop at a random moment, one way or another."""
    moment = rng.random() * 0.04
    match rng.randrange(4):
        case 0:
            task = asyncio.ensure_future(read(stream, rng))
            await asyncio.sleep(moment)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        case 1:
            subscription = stream.subscribe(on_error=lambda _: None)
            await asyncio.sleep(moment)
            subscription.dispose()
        case 2:
            count = rng.randrange(1, 20)
            await stream.pipe(sk.operators.until(f"word{count} ")).pipe(sk.operators.to_response())
        case _:
            subscription = stream.subscribe(on_error=lambda _: None)
            await asyncio.sleep(moment)
            await stream.aclose()
    return "left"


async def mixed(server: FaultServer, calls: int, client: object = None) -> list[str]:
    """Make calls at once: a third is read whole, a third is left at random moments, a third fails."""
    rng = random.Random(calls)
    faults = [name for name in PLANS if name != "sound"]
    kinds = [(read, "sound"), (leave, "sound"), (read, "")]
    chosen = [(does, model or faults[at % len(faults)]) for at in range(calls) for does, model in [kinds[at % 3]]]
    streams = [ask(server, model=model, client=client) for _, model in chosen]
    outcomes = await asyncio.gather(*(does(each, rng) for each, (does, _) in zip(streams, chosen, strict=True)))
    async with asyncio.timeout(SAFETY):
        while any(stream.open for stream in streams):
            await asyncio.sleep(0.001)
    return outcomes


def choose(request: Request) -> Plan:
    return PLANS[request.json()["model"]]


@pytest.mark.parametrize("http", ["DefaultAsyncHttpxClient", "DefaultAioHttpClient"])
async def test_the_census_of_300_calls(http: str) -> None:
    """No task, no socket, no thread is left, nobody complains, and the client works on."""
    if http == "DefaultAioHttpClient":
        pytest.importorskip("aiohttp")
    with FaultServer(choose) as server:
        await ask(server)  # the loop's own threads and the SDK are there
        async with (
            assert_closed(),
            openai.AsyncOpenAI(
                api_key="test-key", base_url=server.base_url + "/v1", http_client=getattr(openai, http)()
            ) as client,
        ):
            outcomes = await mixed(server, 300, client)
            assert (await ask(server, client=client)).state == "complete"
        assert {name: outcomes.count(name) for name in set(outcomes)} == {
            "complete": 100,
            "left": 100,
            **dict.fromkeys(["TruncatedError", "TransportError", "RateLimited", "MalformedError"], 25),
        }


async def test_a_hundred_calls_on_a_loop_of_their_own_leave_nothing() -> None:
    with FaultServer(choose) as server:
        await ask(server)
        async with assert_closed():
            outcomes = await asyncio.to_thread(lambda: asyncio.run(mixed(server, 100)))
        assert outcomes.count("left") == 33
