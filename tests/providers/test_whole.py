"""``stream=False`` on every provider: the request asks for one body, and its bytes become one chunk."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, Plan, assert_closed, plan, whole_body
from streamkit.testing.faults import Fin, Send, Wait
from tests.providers.answers import CALLS, TEXT, THINKING
from tests.providers.doors import DOORS, ask, marked

pytestmark = pytest.mark.sdk

JSON = (("content-type", "application/json"), ("x-request-id", "req_1"))
APIS = {
    "openai-responses": "openai.responses",
    "anthropic": "anthropic.messages",
    "litellm anthropic": "anthropic.messages",
    "cohere": "cohere.v2.chat",
    "bedrock": "bedrock.converse",
    "google": "gemini.generate_content",
    "ollama": "ollama.chat",
}
"""The wire format of each door's answers; the others have chat completions."""
whole_door = pytest.mark.parametrize("name", [marked(name) for name in DOORS])
BY_SDK = ("openai", "openai-responses", "azure v1", "groq", "litellm-proxy", "anthropic", "cohere")
"""The doors that the provider's SDK can open, too."""


def transports(name: str) -> tuple[str, ...]:
    return ("auto", "sdk") if name in BY_SDK else ("auto",)


def body(name: str, *, everything: bool = False) -> bytes:
    door = DOORS[name]
    events = door.everything() if everything else door.events("Eu", "ropa")
    return whole_body(events, api=APIS.get(name, "openai.chat"))


def answer(data: bytes, *more: Any, **given: Any) -> Plan:
    """Make a plan that sends a body in two writes."""
    return Plan(headers=JSON, steps=(Send(data[:30]), Send(data[30:]), *more), **given)


@whole_door
async def test_an_answer_in_one_body_is_one_chunk_of_a_stream(name: str) -> None:
    for transport in transports(name):
        async with assert_closed():
            with FaultServer(answer(body(name))) as server:
                stream = ask(name, server, stream=False, transport=transport)
                chunks = [chunk async for chunk, _ in stream]
        assert [chunk.content for chunk in chunks] == ["Europa"]
        assert (stream.state, stream.input_tokens, stream.output_tokens) == ("complete", 7, 2)
        assert stream.response.request_id == "req_1"
        (request,) = server.requests
        sent = request.json()
        assert sent.get("stream", False) is False and "stream_options" not in sent
        assert "stream" not in request.path.lower() and "alt=sse" not in request.path
        assert chunks[0].raw == json.loads(body(name))


@whole_door
async def test_thinking_text_calls_and_usage_are_those_of_the_stream(name: str) -> None:
    door = DOORS[name]
    with FaultServer(answer(body(name, everything=True))) as server:
        found = await ask(name, server, stream=False)
    with FaultServer(plan("none", door.everything())) as server:
        streamed = await ask(name, server)
    assert (found.content, found.thinking) == ("".join(TEXT), "".join(THINKING))
    assert [(call.name, call.arguments) for call in found.tool_calls] == [(each, given) for _, each, given in CALLS]
    assert (found.tool_calls, found.finish_reasons) == (streamed.tool_calls, streamed.finish_reasons)
    assert found.usage == streamed.usage and found.response is not None


@whole_door
async def test_a_body_that_is_cut_or_empty_is_an_error_with_what_arrived(name: str) -> None:
    whole = body(name)
    inside = whole.index(b"Europa") + 3
    plans = [answer(whole[:inside]), answer(whole[:inside], Fin()), answer(b"")]
    cases = [
        (*case, transport) for case in zip(plans, ("Eur", "Eur", ""), strict=True) for transport in transports(name)
    ]
    for each, content, transport in cases:
        with FaultServer(each) as server, pytest.raises(sk.TruncatedError) as caught:
            await ask(name, server, stream=False, transport=transport)
        assert caught.value.partial is not None and caught.value.provider == name.partition(" ")[0]
        assert (caught.value.partial.content, caught.value.partial.finish_reasons) == (content, None)


@whole_door
async def test_an_error_is_that_of_a_stream(name: str) -> None:
    for fault in ("rate_limited", "unauthorized", "server_error"):
        errors: list[sk.StreamError] = []
        for stream in (True, False):
            refused = plan(fault, headers={"x-request-id": "req_1"})
            with FaultServer(refused) as server, pytest.raises(sk.ProviderError) as caught:
                await ask(name, server, stream=stream)
            errors.append(caught.value)
        streamed, whole = errors
        assert type(whole) is type(streamed) and whole.details == streamed.details
        assert (whole.message, whole.retry_after) == (streamed.message, streamed.retry_after)


async def result_of(stream: sk.Stream) -> sk.Response:
    return await stream


@whole_door
async def test_a_stop_closes_the_socket_at_once(name: str) -> None:
    async with assert_closed():
        with FaultServer(answer(body(name)[:20], Wait(float("inf")))) as server:
            stream = ask(name, server, stream=False)
            waiting = asyncio.create_task(result_of(stream))
            await asyncio.to_thread(server.wait_for, lambda: any(each.bytes_sent for each in server.exchanges))
            stream.stop()
            await server.until_closed()
            response = await waiting
    assert (response.state, response.content) == ("stopped", "")


@pytest.mark.parametrize("name", [marked("openai"), marked("anthropic")])
async def test_a_failed_body_is_tried_again(name: str) -> None:
    whole = body(name)
    with FaultServer([answer(whole[:-9]), answer(whole, Fin(), framing="close")]) as server:
        response = await sk.retry(ask(name, server, stream=False), attempts=2, wait=0)
    assert (response.content, len(server.requests)) == ("Europa", 2)
