"""Claude on AWS by Anthropic's own SDK: its client signs and sends, its events come in AWS's frames."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, Plan, anthropic_events, bedrock_error, invoke_events, plan, whole_body
from streamkit.testing.faults import Send
from tests.timing import soon_async

pytestmark = pytest.mark.sdk

MODEL = "us.anthropic.claude-haiku-4-5-v1:0"
PATH = f"/model/{MODEL}/invoke-with-response-stream"


def frames(*words: str) -> list[bytes]:
    lines = (line for event in anthropic_events(*words) for line in event.splitlines())
    return invoke_events(*(line[6:] for line in lines if line.startswith(b"data: ")))


def client_of(server: FaultServer, kind: str = "AsyncAnthropicBedrock", **given: Any) -> Any:
    import anthropic

    keys = {"aws_access_key": "AKIDEXAMPLE", "aws_secret_key": "s", "aws_region": "eu-west-1"}
    return getattr(anthropic, kind)(base_url=server.base_url, **(given or keys))


async def test_its_answer_is_complete_and_its_chunks_are_the_sdks() -> None:
    with FaultServer(plan("none", frames("Eu", "ro", "pa"))) as server:
        async with client_of(server) as client:
            stream = sk.anthropic.stream(MODEL, "?", client=client, max_tokens=9)
            events = [type(chunk.chunk).__name__ async for chunk, _ in stream]
        (request,) = server.requests
    response = stream.response
    assert (response.content, response.state, response.output_tokens) == ("Europa", "complete", 3)
    assert events.count("RawContentBlockDeltaEvent") == 3
    assert request.path == PATH and "/eu-west-1/bedrock/" in request.headers["authorization"]
    assert request.json()["messages"] == [{"role": "user", "content": "?"}] and "model" not in request.json()


async def test_it_answers_in_one_body_on_request() -> None:
    body = whole_body(anthropic_events("Eu", "ropa"), api="anthropic.messages")
    with FaultServer(plan("none", [body])) as server:
        async with client_of(server) as client:
            stream = sk.anthropic.stream(MODEL, "?", client=client, max_tokens=64_000, stream=False)
            response = await stream
        (request,) = server.requests
    assert (response.content, response.state, response.output_tokens) == ("Europa", "complete", 2)
    assert type(response.response).__name__ == "Message"
    assert request.path == f"/model/{MODEL}/invoke" and "stream" not in request.json()


@pytest.mark.parametrize("given", [{}, {"api_key": "a-key-of-bedrock", "aws_region": "eu-west-1"}])
def test_a_sync_clients_settings_are_copied_to_an_async_one(given: dict[str, str]) -> None:
    with FaultServer(plan("none", frames("Io"))) as server, client_of(server, "AnthropicBedrock", **given) as client:
        assert sk.stream(f"anthropic/{MODEL}", "?", client=client).run().content == "Io"
        sent = server.requests[0].headers["authorization"]
    assert sent == "Bearer a-key-of-bedrock" if given else "Credential=AKIDEXAMPLE/" in sent


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (frames("Eu", "ro")[:-2], sk.TruncatedError),
        ([*frames("Eu", "ro")[:4], bedrock_error("throttlingException", "slow down")], sk.RateLimited),
        ([*frames("Eu", "ro")[:4], frames("pa")[2][:-1] + b"!"], sk.MalformedError),
    ],
)
async def test_a_damaged_answer_is_an_error_with_what_came(body: list[bytes], kind: type[sk.StreamError]) -> None:
    with FaultServer(plan("none", body)) as server:
        async with client_of(server) as client:
            with pytest.raises(kind) as caught:
                await sk.stream(f"anthropic/{MODEL}", "?", client=client)
    assert caught.value.partial is not None and caught.value.partial.content == "Euro"


async def test_a_refused_request_is_sent_once_and_its_error_keeps_its_class() -> None:
    body = json.dumps({"message": "Too many requests."}).encode()
    refusal = Plan(status=429, headers=(("content-type", "application/json"),), steps=(Send(body),))
    with FaultServer(refusal) as server:
        async with client_of(server) as client:
            with pytest.raises(sk.RateLimited, match="Too many requests"):
                await sk.stream(f"anthropic/{MODEL}", "?", client=client)
        assert len(server.requests) == 1


async def test_leaving_early_closes_the_connection() -> None:
    async def leave() -> float:
        with FaultServer(plan("none", frames(*["word "] * 5000), every=0.001)) as server:
            async with client_of(server) as client:
                async for chunk, _ in sk.stream(f"anthropic/{MODEL}", "?", client=client):
                    if chunk.content:
                        break
                left = time.monotonic()
                (exchange,) = await server.until_closed()
        assert exchange.closed_by_client_at is not None
        return exchange.closed_by_client_at - left

    assert await soon_async(leave, seconds=0.02)
