"""Functions and models reach every provider through its real SDK, and its calls come back typed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit.testing import FaultServer, chat_tool_events, plan

pytestmark = pytest.mark.sdk


def get_orbit(moon: str, days: bool = True) -> str:
    """Look an orbit up.

    Args:
        moon: Its name.
    """
    return f"{moon}: {days}"


class Look(BaseModel):
    """Look at it."""

    moon: str


PARAMETERS = {
    "type": "object",
    "properties": {
        "moon": {"type": "string", "description": "Its name."},
        "days": {"type": "boolean", "default": True},
    },
    "required": ["moon"],
    "additionalProperties": False,
}
LOOK = {"type": "object", "properties": {"moon": {"type": "string"}}, "required": ["moon"]}
ARGUMENTS = '{"moon": "Io"}'


def named(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


ANTHROPIC = [
    named("message_start", message={"id": "m", "model": "m", "usage": {"input_tokens": 1, "output_tokens": 1}}),
    named("content_block_start", index=0, content_block={"type": "tool_use", "id": "t", "name": "get_orbit"}),
    named("content_block_delta", index=0, delta={"type": "input_json_delta", "partial_json": ARGUMENTS}),
    named("content_block_stop", index=0),
    named("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 5}),
    named("message_stop"),
]
FUNCTION = {"name": "get_orbit", "arguments": ARGUMENTS}
COHERE = [
    named("message-start", id="m", delta={"message": {"role": "assistant"}}),
    named("tool-call-start", index=0, delta={"message": {"tool_calls": {"id": "t", "function": FUNCTION}}}),
    named("tool-call-end", index=0),
    named("message-end", delta={"finish_reason": "TOOL_CALL", "usage": {}}),
]
ORBIT = {"name": "get_orbit", "description": "Look an orbit up."}
FUNCTIONS = [
    {"type": "function", "function": {**ORBIT, "parameters": PARAMETERS}},
    {"type": "function", "function": {"name": "Look", "description": "Look at it.", "parameters": LOOK}},
]
BLOCKS = [
    {**ORBIT, "input_schema": PARAMETERS},
    {"name": "Look", "description": "Look at it.", "input_schema": LOOK},
]


@pytest.mark.parametrize(
    ("model", "path", "events", "expected"),
    [
        ("openai/m", "/v1", chat_tool_events(("get_orbit", ARGUMENTS)), FUNCTIONS),
        ("deepseek/m", "/v1", chat_tool_events(("get_orbit", ARGUMENTS)), FUNCTIONS),
        ("anthropic/m", "", ANTHROPIC, BLOCKS),
        ("cohere/m", "", COHERE, FUNCTIONS),
    ],
)
async def test_functions_and_models_reach_the_provider_and_come_back_as_calls(
    model: str, path: str, events: list[bytes], expected: list[Any]
) -> None:
    with FaultServer(plan("none", events)) as server:
        address = server.base_url + path
        stream = sk.stream(model, "?", tools=[get_orbit, Look], api_key="test-key", base_url=address)
        calls = [tool async for _, tool in stream if tool]
    assert [tool.call() for tool in calls] == ["Io: True"]
    assert server.requests[0].json()["tools"] == expected


@pytest.mark.parametrize("model", ["openai/m", "anthropic/m", "cohere/m"])
async def test_a_tool_in_the_providers_own_form_passes_unchanged(model: str) -> None:
    own = {"type": "function", "function": {"name": "x", "parameters": LOOK}, "mine": 1}
    with FaultServer(plan("none", [])) as server:
        address = server.base_url
        with pytest.raises(sk.StreamError):
            await sk.stream(model, "?", tools=[own], api_key="test-key", base_url=address)
    assert server.requests[0].json()["tools"] == [own]
