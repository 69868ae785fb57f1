"""What every provider's own path must bring through a socket: texts, thinking, tools, usage, refusals, an early end."""

from __future__ import annotations

import time
from typing import Any

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, plan
from tests.providers import answers
from tests.providers.doors import DOORS, KEY, ask, every_door, marked
from tests.timing import soon_async

pytestmark = pytest.mark.sdk

TOOLS: list[dict[str, Any]] = [
    {"name": "look_up", "description": "Look a moon up.", "parameters": {"type": "object", "properties": {}}},
    {"name": "ping", "description": "Ping.", "parameters": {"type": "object", "properties": {}}},
]


@every_door
async def test_thinking_text_tools_and_usage_come_through(name: str) -> None:
    door = DOORS[name]
    with FaultServer(plan("none", door.everything())) as server:
        stream = ask(name, server, tools=TOOLS)
        tools = [tool async for _, tool in stream if tool is not None]
        response = await stream
    assert (response.state, response.thinking, response.content) == ("complete", "Hm, moons.", "Europa")
    assert [(tool.id, tool.name, tool.arguments) for tool in tools] == list(answers.CALLS)
    assert all(call.complete for call in response.tool_calls) and len(response.tool_calls) == 2
    usage = response.usage
    assert usage is not None and usage.source == "provider"
    assert (usage.input_tokens, usage.output_tokens) == (answers.INPUT, answers.OUTPUT)
    assert usage.cached_tokens == (answers.CACHED if "cached" in door.usage_details else None)
    assert usage.reasoning_tokens == (answers.REASONING if "reasoning" in door.usage_details else None)


@pytest.mark.parametrize("name", [marked(name) for name, door in DOORS.items() if door.weaves])
async def test_calls_that_arrive_in_turns_are_kept_apart(name: str) -> None:
    with FaultServer(plan("none", DOORS[name].everything(woven=True))) as server:
        stream = ask(name, server, tools=TOOLS)
        found = {tool.id: tool.arguments async for _, tool in stream if tool is not None}
    assert found == {"c0": answers.WOVEN[0], "c1": answers.WOVEN[1]}


@every_door
async def test_no_call_of_an_answer_that_is_cut_is_whole_but_those_that_were(name: str) -> None:
    events = DOORS[name].everything()
    last = next(at for at, event in enumerate(events) if DOORS[name].end in event.replace(b'": ', b'":'))
    with FaultServer(plan("cut", events, at=last)) as server, pytest.raises(sk.TruncatedError) as caught:
        await ask(name, server, tools=TOOLS)
    partial = caught.value.partial
    assert partial is not None and partial.content == "Europa"
    for call in partial.tool_calls:
        assert not call.complete or (call.id, call.name, call.arguments) in answers.CALLS


REFUSALS: dict[str, type[sk.StreamError]] = {
    "unauthorized": sk.AuthenticationFailed,
    "rate_limited": sk.RateLimited,
    "server_error": sk.ProviderError,
}


@every_door
@pytest.mark.parametrize("fault", REFUSALS)
async def test_a_refused_request_is_sent_once_and_its_error_has_the_seconds_to_wait(name: str, fault: str) -> None:
    with FaultServer(plan(fault)) as server:
        with pytest.raises(REFUSALS[fault]) as caught:
            await ask(name, server)
        assert len(server.requests) == 1
    error = caught.value
    assert error.retry_after == (1.0 if fault == "rate_limited" else None)
    assert error.retryable is (fault != "unauthorized") and error.provider == name.partition(" ")[0]
    assert KEY not in str(error) and "a question" not in str(error)


async def left(name: str, way: str) -> float:
    """Leave an answer at its beginning; return the seconds until its server sees that."""
    events = DOORS[name].events(*(["word "] * 5000))
    with FaultServer(plan("none", events, every=0.001)) as server:
        stream = ask(name, server)
        if way == "until":
            assert await stream.pipe(ops.text(), ops.until("word word"), ops.join()) == "word word"
        else:
            async for chunk, _ in stream:
                if chunk.content:
                    if way == "stop":
                        stream.stop()
                    break
        gone = time.monotonic()
        (exchange,) = await server.until_closed()
    assert exchange.closed_by_client_at is not None and not exchange.finished
    assert stream.state == "stopped"
    return exchange.closed_by_client_at - gone


@every_door
@pytest.mark.parametrize("way", ["break", "until", "stop"])
async def test_leaving_early_closes_the_connection_within_20_ms(name: str, way: str) -> None:
    assert await soon_async(lambda: left(name, way), seconds=0.02)
