"""What every new door must do alike: errors of a status, early stop, keys, clients, tools and their order."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Plan, chat_events, plan, responses_events
from streamkit.testing.faults import Send
from tests.providers.doors import kind_of
from tests.timing import soon, soon_async

pytestmark = pytest.mark.sdk

KEY = "test-key-never-to-be-shown"


@dataclass(frozen=True)
class Door:
    """A provider: how its answers look, where its address begins, what is asked there, and what holds its key."""

    events: Callable[..., list[bytes]]
    base: str
    path: str
    variable: str


DOORS = {
    "azure": Door(chat_events, "/models", "/models/chat/completions", "AZURE_INFERENCE_CREDENTIAL"),
    "azure-responses": Door(responses_events, "/openai/v1", "/openai/v1/responses", "AZURE_OPENAI_API_KEY"),
    "groq": Door(chat_events, "", "/openai/v1/chat/completions", "GROQ_API_KEY"),
    "mistral": Door(chat_events, "", "/v1/chat/completions", "MISTRAL_API_KEY"),
    "openai-responses": Door(responses_events, "/v1", "/v1/responses", "OPENAI_API_KEY"),
    "openrouter-responses": Door(responses_events, "/api/v1", "/api/v1/responses", "OPENROUTER_API_KEY"),
    "xai-responses": Door(responses_events, "/v1", "/v1/responses", "XAI_API_KEY"),
}
every_door = pytest.mark.parametrize("name", DOORS)


def ask(name: str, server: FaultServer, **given: Any) -> sk.Stream:
    settings: dict[str, Any] = {"base_url": server.base_url + DOORS[name].base, "api_key": KEY, **given}
    return sk.stream(f"{name}/m", "a question that nobody else asks", **settings)


@every_door
async def test_an_answer_comes_whole_with_its_usage_and_its_request(name: str) -> None:
    door = DOORS[name]
    sound = plan("none", door.events("Eu", "ropa"), headers={"x-request-id": "req_1"})
    with FaultServer(sound) as server:
        response = await ask(name, server)
    assert (response.content, response.state, response.provider) == ("Europa", "complete", name)
    assert (response.input_tokens, response.output_tokens, response.request_id) == (7, 2, "req_1")
    (request,) = server.requests
    assert request.path.partition("?")[0] == door.path
    assert request.json()["stream"] is True
    assert (request.headers["authorization"], request.headers["accept-encoding"]) == (f"Bearer {KEY}", "identity")


@every_door
async def test_the_connection_is_used_again(name: str) -> None:
    with FaultServer(plan("none", DOORS[name].events("Io"))) as server:
        for _ in range(3):
            stream = ask(name, server)
            await stream
            while stream.open:
                await asyncio.sleep(0)
        assert (len(server.requests), server.open_connections) == (3, 1)


@every_door
async def test_a_missing_key_names_its_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(plan("none", DOORS[name].events("Io"))) as server:
        with pytest.raises(sk.ConfigurationError, match=f"{DOORS[name].variable} is not set"):
            await ask(name, server, api_key=None)
        assert server.requests == ()
        monkeypatch.setenv(DOORS[name].variable, "environment-key")
        await ask(name, server, api_key=None)
    assert server.requests[0].headers["authorization"] == "Bearer environment-key"


@every_door
async def test_a_key_may_be_a_function_which_runs_for_every_call(name: str) -> None:
    keys = iter(["first", "second", "third"])

    async def later() -> str:
        return next(keys)

    with FaultServer(plan("none", DOORS[name].events("Io"))) as server:
        for key in (lambda: next(keys), later, later):
            await ask(name, server, api_key=key)
    sent = [each.headers["authorization"] for each in server.requests]
    assert sent == ["Bearer first", "Bearer second", "Bearer third"]


REFUSALS: list[tuple[int, type[sk.StreamError], bool]] = [
    (400, sk.BadRequest, False),
    (401, sk.AuthenticationFailed, False),
    (404, sk.BadRequest, False),
    (429, sk.RateLimited, True),
    (500, sk.ProviderError, True),
    (503, sk.Overloaded, True),
]


@every_door
@pytest.mark.parametrize(("status", "kind", "retryable"), REFUSALS)
async def test_a_refusal_is_one_class_and_is_not_sent_again(
    name: str, status: int, kind: type[sk.StreamError], retryable: bool
) -> None:
    body = {"error": {"message": f"No: {KEY}.", "type": "of-this-kind", "code": "c1"}}
    headers = (("content-type", "application/json"), ("retry-after", "7"), ("x-request-id", "req_1"))
    with FaultServer(Plan(status, headers, (Send(json.dumps(body).encode()),))) as server:
        with pytest.raises(sk.StreamError) as caught:
            await ask(name, server)
        (request,) = server.requests
    error = caught.value
    assert kind_of(error) is kind and error.__cause__ is not None
    url = server.base_url.removeprefix("http://") + request.path.partition("?")[0]
    message = f"The server at {url} answered with status 503: No: …." if status == 503 else "No: …."
    assert (error.message, error.status, error.code, error.retryable) == (message, status, "c1", retryable)
    assert (error.retry_after, error.request_id, error.provider) == (7.0, "req_1", name)


@every_door
async def test_a_key_that_a_function_returned_is_not_repeated(name: str) -> None:
    echo = json.dumps({"error": {"message": f"wrong key {KEY}"}}).encode()
    plan = Plan(401, (("content-type", "application/json"),), (Send(echo),))
    with FaultServer(plan) as server, pytest.raises(sk.AuthenticationFailed, match=r"^wrong key …$"):
        await ask(name, server, api_key=lambda: KEY)


@every_door
async def test_a_redirect_is_refused(name: str) -> None:
    with FaultServer(plan("none", DOORS[name].events("Io"))) as other:
        there = Plan(307, (("location", other.base_url + DOORS[name].path),), ())
        with FaultServer(there) as server, pytest.raises(sk.ProviderError, match="redirect, which is refused"):
            await ask(name, server)
    assert other.requests == ()


@every_door
@pytest.mark.parametrize("way", ["break", "until", "stop"])
async def test_leaving_early_closes_the_connection_at_once(name: str, way: str) -> None:
    events = DOORS[name].events(*(["word "] * 3000))

    async def leave() -> float:
        with FaultServer(plan("none", events, every=0.001)) as server:
            stream = ask(name, server)
            if way == "until":
                assert await stream.pipe(ops.text(), ops.until("word word"), ops.join())
            else:
                async for chunk, _ in stream:
                    if not chunk.content:
                        continue
                    if way == "stop":
                        stream.stop()
                    break
            left = time.monotonic()
            (exchange,) = await server.until_closed()
        assert exchange.closed_by_client_at is not None and not exchange.finished
        assert stream.state == "stopped"
        return exchange.closed_by_client_at - left

    assert await soon_async(leave, seconds=0.02)


@every_door
def test_sync_code_leaves_early_too(name: str) -> None:
    events = DOORS[name].events(*(["word "] * 3000))

    def leave() -> float:
        with FaultServer(plan("none", events, every=0.001)) as server:
            for chunk, _ in ask(name, server):
                if chunk.content:
                    break
            left = time.monotonic()
            (exchange,) = server.wait_closed()
        assert exchange.closed_by_client_at is not None
        return exchange.closed_by_client_at - left

    assert soon(leave, seconds=0.02)


@every_door
def test_what_streamkit_sets_itself_cannot_be_given(name: str) -> None:
    with pytest.raises(sk.ConfigurationError, match="streamkit sets it itself"):
        sk.stream(f"{name}/m", "?", base_url="http://127.0.0.1:9" + DOORS[name].base, messages=[])


@every_door
def test_somebody_elses_client_is_refused_at_once(name: str) -> None:
    with pytest.raises(sk.ConfigurationError, match="client= takes an"):
        sk.stream(f"{name}/m", "?", base_url="http://127.0.0.1:9" + DOORS[name].base, client=object())
