"""The tools of a call: functions, models, tools and dicts beside each other, for every provider."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit.messages import as_messages
from streamkit.providers import CallSpec
from streamkit.providers.openai import PROVIDER as OPENAI
from streamkit.tool import ToolRegistry, to_tools
from streamkit.wire.anthropic.request import messages_body
from streamkit.wire.cohere.request import cohere_body
from streamkit.wire.openai_chat.request import chat_body
from streamkit.wire.request import tool_fields


def look(moon: str) -> str:
    """Look."""
    return moon


class Look(BaseModel):
    """Look again."""

    depth: int = 1


NEUTRAL = {"name": "own", "description": "Mine.", "parameters": {"type": "object"}, "strict": True}
OPENAIS = {"type": "function", "function": {"name": "theirs", "parameters": {"type": "object"}}}
SCHEMA = {
    "type": "object",
    "properties": {"moon": {"type": "string"}},
    "required": ["moon"],
    "additionalProperties": False,
}
OPTIONAL = {"type": "object", "properties": {"depth": {"type": "integer", "default": 1}}}


def ask(*tools: Any) -> CallSpec:
    return CallSpec(model="m", messages=as_messages("?"), tools=to_tools(tools))


def test_every_kind_of_tool_on_the_chat_wire() -> None:
    tools = chat_body(ask(look, Look, NEUTRAL, OPENAIS), provider="openai", strict=True)["tools"]
    assert tools == [
        {
            "type": "function",
            "function": {"name": "look", "description": "Look.", "parameters": SCHEMA, "strict": True},
        },
        {"type": "function", "function": {"name": "Look", "description": "Look again.", "parameters": OPTIONAL}},
        {"type": "function", "function": NEUTRAL},
        OPENAIS,
    ]


def test_only_a_server_known_to_support_strict_schemas_gets_one() -> None:
    tools = [{"type": "function", "function": {"name": "look", "description": "Look.", "parameters": SCHEMA}}]
    assert chat_body(ask(look), provider="vllm")["tools"] == cohere_body(ask(look))["tools"] == tools
    held = chat_body(ask(sk.as_tool(look, strict=True)), provider="vllm")["tools"][0]["function"]
    assert held["strict"] is True


@pytest.mark.parametrize(("address", "strict"), [(None, True), ("http://localhost:8000/v1", False)])
def test_openai_itself_gets_a_strict_schema_and_another_server_does_not(address: str | None, strict: bool) -> None:
    spec = CallSpec(model="m", messages=as_messages("?"), tools=(look,), base_url=address)
    body = OPENAI.body(spec)
    assert ("strict" in body["tools"][0]["function"]) == strict


def test_every_kind_of_tool_on_anthropics_wire() -> None:
    own = {"type": "web_search_20250305", "name": "web_search"}
    assert messages_body(ask(look, own))["tools"] == [
        {"name": "look", "description": "Look.", "input_schema": SCHEMA},
        own,
    ]


def test_a_provider_may_ask_a_function_itself() -> None:
    assert tool_fields(look) == {"name": "look", "description": "Look.", "parameters": SCHEMA}
    assert tool_fields(OPENAIS) is None
    with pytest.raises(sk.ConfigurationError, match="not of type int"):
        tool_fields(5)


@pytest.mark.parametrize(
    "tools",
    [
        [look, look],
        [look, {"name": "look", "parameters": {}}],
        [OPENAIS, sk.as_tool(look, name="theirs")],
        [{"type": "web_search_1", "name": "a"}, {"type": "web_search_2", "name": "a"}],
    ],
)
def test_two_tools_of_one_name_are_refused_at_the_call(tools: list[Any]) -> None:
    with pytest.raises(sk.ConfigurationError, match="Two tools are named"):
        sk.stream("openai/m", "?", tools=tools)


def test_tools_without_a_name_of_their_own_are_not_compared() -> None:
    assert len(to_tools([{"type": "web_search"}, {"type": "mcp"}, {"function_declarations": []}])) == 3


@pytest.mark.parametrize("tools", [look, sk.as_tool(look), "look", NEUTRAL, 5])
def test_what_is_no_list_is_refused(tools: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="tools= takes a list"):
        sk.stream("openai/m", "?", tools=tools)


@pytest.mark.parametrize("model", ["openai/m", "anthropic/m", "cohere/m"])
def test_a_function_that_no_model_could_call_is_refused_at_the_call(model: str) -> None:
    def untyped(*moons: str) -> None: ...

    with pytest.raises(sk.ConfigurationError, match="takes \\*moons"):
        sk.stream(model, "?", tools=[untyped])


def call(name: str, text: str = '{"moon": "Io"}', *, complete: bool = True) -> sk.ToolCall:
    return sk.ToolCall("call_1", name, 0, {} if complete else None, text, complete=complete)


def test_a_call_is_read_by_the_tool_of_its_name() -> None:
    box = ToolRegistry(to_tools([look, Look]))
    assert box.validate(call("look")).args == {"moon": "Io"}
    assert box.validate(call("Look", "{}")).args == {"depth": 1}


def test_a_call_of_a_tool_that_there_is_not_is_refused() -> None:
    for box in (ToolRegistry(to_tools([look, Look])), ToolRegistry(to_tools([look, NEUTRAL]))):
        with pytest.raises(sk.ToolArgumentsError, match="called 'fly', which is none of this call's tools: "):
            box.validate(call("fly"))


def test_a_call_of_a_tool_given_as_a_dict_or_hidden_in_one_stays_as_it_is() -> None:
    for box in (ToolRegistry(), ToolRegistry([NEUTRAL]), ToolRegistry(to_tools([look, NEUTRAL]))):
        assert box.validate(call("own")) == call("own")
    assert ToolRegistry(to_tools([look, {"type": "mcp"}])).validate(call("fly")) == call("fly")
    with pytest.raises(sk.ConfigurationError, match="'own' cannot be run"):
        call("own").call()


def test_a_late_reader_gets_no_call_whose_name_it_has_missed() -> None:
    assert ToolRegistry(to_tools([look])).validate(call("")) == call("")


def test_a_call_that_is_not_whole_is_refused_even_if_no_argument_is_needed() -> None:
    with pytest.raises(sk.ToolArgumentsError, match="are not whole, strict JSON"):
        ToolRegistry(to_tools([Look])).validate(call("Look", '{"depth"', complete=False))


def test_no_arguments_may_come_as_null() -> None:
    box = ToolRegistry(to_tools([Look]))
    assert box.validate(sk.ToolCall("call_1", "Look", 0, None, "null", complete=True)).args == {"depth": 1}
    assert box.validate(sk.ToolCall("call_1", "Look", 0, {"depth": 2}, "", complete=True)).args == {"depth": 2}
