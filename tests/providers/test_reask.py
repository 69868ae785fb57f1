"""Asking again with every provider over a socket: the second request has the answer and what does not fit in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit.testing import FaultServer, Plan, plan
from tests.call.scripted import anthropic_call, bedrock_call, chat_call
from tests.providers.accepted import complaints
from tests.providers.conversing import EVERY, HAVE_SDK
from tests.providers.doors import DOORS, KEY, marked

pytestmark = pytest.mark.sdk

BY_TOOL = ("anthropic", "bedrock", "deepseek", "groq")


class Moon(BaseModel):
    name: str
    radius: int


IO = Moon(name="Io", radius=1821)
FAULT = "radius: Input should be a valid integer"


def by_text(name: str, radius: str) -> list[bytes]:
    """Return the events of an answer in JSON."""
    return EVERY[name].events('{"name": "Io", "rad', f'ius": {radius}}}')


def by_call(name: str, turn: int, radius: Any) -> list[bytes]:
    """Return the events of an answer by the tool that has to be called, behind some thinking and a text."""
    return EVERY[name].everything(calls=[(f"c{turn}", "answer", {"name": "Io", "radius": radius})])


def given(name: str, server: FaultServer, **options: Any) -> dict[str, Any]:
    options.setdefault("timeouts", sk.Timeouts(first=30, between=30))
    options |= {"api_key": KEY, "base_url": server.base_url + EVERY[name].base}
    return {"response_model": Moon, "reask": 2, **options}


def plans(name: str, second: str = "none") -> list[Plan]:
    """Return the plans of a wrong answer and of a right one, in the way in which the provider gives a type."""
    events = [by_text(name, '"large"'), by_text(name, "1821")]
    if name in BY_TOOL:
        events = [by_call(name, 0, "large"), by_call(name, 1, 1821)]
    return [
        plan("none", events[0]),
        plan(second, events[1], is_end=lambda event: EVERY[name].end in event.replace(b'": "', b'":"')),
    ]


def model_of(name: str) -> str:
    return f"{name.partition(' ')[0]}/{EVERY[name].model}"


def check(name: str, response: sk.Response[Any], server: FaultServer) -> None:
    """Check what came of a wrong answer and a right one, and what was sent."""
    state = "unknown" if name == "litellm anthropic" else "complete"
    assert (response.parsed, response.state, response.calls) == (IO, state, 2)
    assert [attempt.state for attempt in response.attempts] == [state]
    assert [attempt.output_tokens for attempt in response.attempts] == [(response.output_tokens or 0) / 2]
    first, second = (request.json() for request in server.requests)
    assert FAULT not in json.dumps(first)
    assert FAULT in json.dumps(second)
    assert complaints(second) == []
    kept = [key for key in first if key not in ("messages", "input", "contents")]
    assert [second[key] for key in kept] == [first[key] for key in kept]


STREAMED = [name for name in EVERY if name != "litellm groq"]  # LiteLLM does not stream a type from Groq


@pytest.mark.parametrize("name", [marked(name) for name in STREAMED])
async def test_by_every_provider_in_its_own_way(name: str) -> None:
    with FaultServer(plans(name)) as server:
        check(name, await sk.stream(model_of(name), "Which moon?", **given(name, server)), server)


@pytest.mark.parametrize("name", [marked(name) for name in DOORS if name in STREAMED])
async def test_in_json_mode(name: str) -> None:
    with FaultServer([plan("none", by_text(name, radius)) for radius in ('"large"', "1821")]) as server:

        @sk.call(model_of(name), json_mode=True, **given(name, server))
        async def ask() -> str:
            return "Which moon?"

        flow: Any = await ask()
        assert await flow == IO
        check(name, flow.stream.response, server)


@pytest.mark.parametrize("name", [marked(name) for name in HAVE_SDK if name in ("openai", "anthropic", "cohere")])
async def test_through_the_sdk(name: str) -> None:
    with FaultServer(plans(name)) as server:
        check(name, await sk.stream(model_of(name), "Which moon?", **given(name, server, transport="sdk")), server)


@pytest.mark.parametrize("name", ["anthropic", "bedrock", "deepseek"])
async def test_arguments_that_are_no_json_go_back_as_text(name: str) -> None:
    call = {"anthropic": anthropic_call, "bedrock": bedrock_call}.get(name, chat_call)
    broken = call("answer", '{"name": "Io", "radius": 1821')
    with FaultServer([plan("none", broken), plan("none", by_call(name, 1, 1821))]) as server:
        response = await sk.stream(model_of(name), "Which moon?", **given(name, server))
        assert response.parsed == IO
        second = server.requests[1].json()
    assert complaints(second) == []
    assert "1821" in json.dumps(second["messages"][1])
    assert "tool" not in json.dumps(second["messages"])


@pytest.mark.parametrize("name", ["openai", "anthropic", "google", "cohere"])
@pytest.mark.parametrize("fault", ["no_finish", "reset", "fin"])
async def test_a_broken_second_answer_ends_with_everything_before(name: str, fault: str) -> None:
    with FaultServer(plans(name, fault)) as server:
        with pytest.raises((sk.TruncatedError, sk.TransportError)) as found:
            await sk.stream(model_of(name), "Which moon?", **given(name, server))
        assert len(server.requests) == 2
    partial = found.value.partial
    assert partial is not None
    assert (partial.state, partial.calls, [each.state for each in partial.attempts]) == ("failed", 2, ["complete"])


async def test_another_provider_reads_an_answer_by_a_tool_as_text() -> None:
    busy = plan("overloaded", by_call("deepseek", 1, 1821))
    with (
        FaultServer([plan("none", by_call("deepseek", 0, "large")), busy]) as first,
        FaultServer(plan("none", by_text("openai", "1821"))) as second,
    ):
        other = sk.stream("vllm/m", "?", base_url=f"{second.base_url}/v1")
        options = given("deepseek", first, fallback=[other])
        response = await sk.converse("deepseek/m", "Which moon?", **options)
        sent = second.requests[0].json()
    assert (response.parsed, response.calls) == (IO, 3)
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "user"]
    assert (json.loads(sent["messages"][1]["content"]), complaints(sent)) == ({"name": "Io", "radius": "large"}, [])
