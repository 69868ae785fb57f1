"""An answer for a ``response_model`` as history: every provider takes it back, also where a tool has given it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit.messages import BaseMessageParam
from streamkit.testing import FaultServer, plan
from streamkit.tool import AnswerTool
from tests.providers.accepted import complaints
from tests.providers.conversing import EVERY
from tests.providers.doors import KEY, marked


class Orbit(BaseModel):
    days: float


def options(name: str, server: FaultServer) -> dict[str, Any]:
    door = EVERY[name]
    clocks = sk.Timeouts(first=30, between=30)
    return {"api_key": KEY, "base_url": server.base_url + door.base, "timeouts": clocks, "response_model": Orbit}


def model_of(name: str) -> str:
    return f"{name.partition(' ')[0]}/{EVERY[name].model}"


def is_by_tool(name: str) -> bool:
    tools = sk.stream(
        model_of(name), "?", api_key=KEY, base_url="http://127.0.0.1:9", response_model=Orbit
    ).request.tools
    return any(isinstance(each, AnswerTool) for each in tools)


def answer(name: str) -> list[bytes]:
    """Return the events of an answer, as a text or by the tool that this provider gives it by."""
    if is_by_tool(name):
        return EVERY[name].everything(calls=(("c0", "answer", {"days": 1.8}),))
    return EVERY[name].events('{"days": ', "1.8}")


# LiteLLM asks Groq for a typed answer in one body, and makes a stream of it.
TYPED = [name for name in EVERY if name != "litellm groq"]


@pytest.mark.parametrize("name", [marked(name) for name in TYPED])
async def test_the_history_goes_into_the_next_conversation(name: str) -> None:
    with FaultServer(plan("none", answer(name))) as server:
        first = await sk.converse(model_of(name), "Io?", **options(name, server))
        following = await sk.converse(
            model_of(name), [*first.history, sk.Messages.User("And Io?")], **options(name, server)
        )
        assert [complaints(request.json()) for request in server.requests] == [[], []]
        assert "1.8" in json.dumps(server.requests[1].json())
    assert (first.parsed, following.parsed, len(following.history)) == (Orbit(days=1.8), Orbit(days=1.8), 4)
    assert first.tool_results == []


async def test_a_single_call_and_a_function_have_the_same_history() -> None:
    with FaultServer(plan("none", EVERY["groq"].everything(calls=(("c0", "answer", {"days": 1.8}),)))) as server:
        given = options("groq", server)

        @sk.call("groq/m", **given)
        async def orbit(moon: str) -> str:
            return f"{moon}?"

        response = await sk.stream("groq/m", "Io?", **given)
        flow = await orbit("Io")
        assert await flow == response.parsed == Orbit(days=1.8)
    for each in (response, flow.stream.response):
        assert each.history[-1] == BaseMessageParam("assistant", 'Europa\n\n{"days": 1.8}')
        assert each.tool_calls[0].name == "answer"  # the calls stay as they came
