"""How each provider gets the type of the answer: by a schema, by a tool, or in the prompt."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel, Field

import streamkit as sk
from streamkit._stream import Stream
from streamkit.providers import CallSpec, find
from streamkit.testing import FaultServer, FaultTransport, chat_events, plan, responses_events

from .scripted import WIRES, Wire, key_of

pytestmark = [
    pytest.mark.sdk,
    pytest.mark.usefixtures("credentials"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*"),
    pytest.mark.filterwarnings("ignore::UserWarning:pydantic.*"),
]


class Book(BaseModel):
    title: str
    year: int | None = None


DUNE = '{"title": "Dune", "year": 1965}'
SCHEMA = Book.model_json_schema()
YEAR = {"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "Year"}
STRICT = {
    **SCHEMA,
    "properties": {"title": SCHEMA["properties"]["title"], "year": YEAR},
    "required": ["title", "year"],
    "additionalProperties": False,
}
# The field that has the schema for each provider, and its value.
CHAT = ("response_format", {"type": "json_schema", "json_schema": {"name": "Book", "schema": SCHEMA}})
HELD = ("response_format", {"type": "json_schema", "json_schema": {"name": "Book", "schema": STRICT, "strict": True}})
HELD_TEXT = ("text.format", {"type": "json_schema", "name": "Book", "schema": STRICT, "strict": True})
BY_SCHEMA: dict[str, tuple[str, Any]] = {
    "openai": CHAT,  # another server with its API; the test below uses OpenAI itself
    "openai-responses": ("text.format", {"type": "json_schema", "name": "Book", "schema": SCHEMA}),
    "azure": HELD,
    "azure inference": CHAT,
    "azure-responses": HELD_TEXT,
    "cohere": ("response_format", {"type": "json_object", "json_schema": SCHEMA}),
    "google": ("generationConfig", {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA}),
    "litellm": CHAT,
    "mistral": HELD,
    "ollama": ("format", SCHEMA),
    "openrouter": HELD,
    "openrouter-responses": HELD_TEXT,
    "xai": HELD,
    "xai-responses": HELD_TEXT,
    **dict.fromkeys(("fireworks", "litellm-proxy", "llama.cpp", "lmstudio", "ollama-openai"), CHAT),
    **dict.fromkeys(("perplexity", "together", "vllm"), CHAT),
}
TOOL = {"name": "answer", "description": "Give the answer."}
CHATS_TOOL = ("tools.0", {"type": "function", "function": {**TOOL, "parameters": SCHEMA}})
BY_TOOL: dict[str, tuple[tuple[str, Any], tuple[str, Any]]] = {
    "anthropic": (
        ("tools.0", {**TOOL, "input_schema": SCHEMA}),
        ("tool_choice", {"type": "tool", "name": "answer"}),
    ),
    "bedrock": (
        ("toolConfig.tools.0.toolSpec", {**TOOL, "inputSchema": {"json": SCHEMA}}),
        ("toolConfig.toolChoice", {"tool": {"name": "answer"}}),
    ),
    "deepseek": (CHATS_TOOL, ("tool_choice", {"type": "function", "function": {"name": "answer"}})),
    "groq": (CHATS_TOOL, ("tool_choice", {"type": "function", "function": {"name": "answer"}})),
}
JSON: dict[str, tuple[str, Any]] = {
    "google": ("generationConfig", {"responseMimeType": "application/json"}),
    "ollama": ("format", "json"),
    **{name: ("text.format", {"type": "json_object"}) for name in WIRES if name.endswith("-responses")},
    # The prompt alone: they have no mode for it, or none that streams.
    **dict.fromkeys(("anthropic", "bedrock", "groq", "perplexity"), ("response_format", None)),
}


def test_every_wire_has_its_mode() -> None:
    assert {*BY_SCHEMA, *BY_TOOL, "litellm to anthropic"} == {*WIRES}


def at(sent: Any, path: str) -> Any:
    for name in path.split("."):
        if sent is not None:
            sent = sent[int(name)] if name.isdigit() else sent.get(name)
    return sent


def answer_of(wire: Wire, events: Any, **options: Any) -> tuple[list[Any], Any]:
    """Ask once; return what came and what was sent."""
    key = key_of(wire)
    with FaultServer(plan("none", events)) as server:
        given: dict[str, Any] = {"response_model": Book, "base_url": server.base_url + wire.path, **options}

        @sk.call(wire.model, api_key=key, **given)
        def ask() -> str:
            return "Recommend a book"

        return list(ask()), server.requests[0].json()


@pytest.mark.parametrize("name", BY_SCHEMA)
def test_by_a_schema(name: str) -> None:
    found, sent = answer_of(WIRES[name], WIRES[name].text('{"title": "Du', 'ne", "ye', 'ar": 1965}'))
    assert found[-1] == Book(title="Dune", year=1965)
    assert [type(each).__name__ for each in found[:-1]].count("PartialBook") == len(found) - 1
    where, expected = BY_SCHEMA[name]
    assert at(sent, where) == expected
    assert "tools" not in sent


@pytest.mark.parametrize("name", BY_TOOL)
def test_by_a_tool_that_has_to_be_called(name: str) -> None:
    found, sent = answer_of(WIRES[name], WIRES[name].call("answer", DUNE))
    assert found[-1] == Book(title="Dune", year=1965)
    for where, expected in BY_TOOL[name]:
        assert at(sent, where) == expected


@pytest.mark.parametrize("name", [name for name in WIRES if name != "litellm to anthropic"])
@pytest.mark.parametrize("tools", [[], [{"name": "look_up", "description": "Look up.", "parameters": SCHEMA}]])
def test_by_the_prompt_and_the_json_mode_that_there_is(name: str, tools: list[Any]) -> None:
    wire = WIRES[name]
    found, sent = answer_of(wire, wire.text("Gladly:\n```json\n", DUNE, "\n```"), json_mode=True, tools=tools)
    assert found[-1] == Book(title="Dune", year=1965)
    assert "fits this JSON schema" in json.dumps(sent)
    where, expected = JSON.get(name, ("response_format", {"type": "json_object"}))
    beside_none = name in ("cohere", "google", "ollama", "ollama-openai")  # held to JSON they could call no tool
    assert at(sent, where) == (None if tools and beside_none else expected)
    assert not tools or "look_up" in json.dumps(sent.get("tools") or sent["toolConfig"])


@pytest.mark.parametrize("name", ["anthropic", "bedrock", "cohere", "deepseek", "google", "groq", "ollama"])
def test_tools_beside_a_response_model_are_refused_at_the_call_where_unsupported(name: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=rf"{name} gives a response_model .* json_mode=True"):
        sk.call(f"{name}/m", response_model=Book, tools=[{"name": "look_up", "parameters": {}}])


def test_newer_models_of_googles_hold_to_a_schema_beside_tools() -> None:
    tool = {"name": "look_up", "parameters": {"type": "object"}}
    wire = replace(WIRES["google"], model="google/gemini-3-flash")
    found, sent = answer_of(wire, wire.text(DUNE), tools=[tool])
    assert found[-1].year == 1965 and sent["tools"]
    assert sent["generationConfig"]["responseMimeType"] == "application/json"


class Shelf(BaseModel):
    """What has no strict form."""

    books: dict[str, Book]


class Tagged(BaseModel):
    tags: list[str] = Field(default_factory=list)


@pytest.mark.parametrize(
    "wire",
    [
        ("openai/m", chat_events, "response_format.json_schema"),
        ("openai-responses/m", responses_events, "text.format"),
    ],
)
@pytest.mark.parametrize(
    ("kind", "text", "strict"),
    [
        (Book, DUNE, True),
        (list[Book], f'{{"value": [{DUNE}]}}', True),
        (Shelf, f'{{"books": {{"a": {DUNE}}}}}', False),
        (Tagged, "{}", False),
    ],
)
async def test_openai_itself_gets_the_strict_form_if_the_schema_has_one(
    wire: tuple[str, Any, str], kind: Any, text: str, strict: bool
) -> None:
    model, events, where = wire
    transport = FaultTransport(plan("none", events(text)))

    given: dict[str, Any] = {"response_model": kind, "api_key": "test-key"}
    decorate: Any = sk.call(model, **given)
    flow: Any = decorate(lambda: "Recommend a book")()
    # The same call through the real SDK to OpenAI's own address, as far as the transport that answers here.
    spec: CallSpec = flow.stream.request
    own = replace(spec, network=lambda _: transport)  # pyright: ignore[reportUnknownLambdaType]
    assert (await Stream(find(model)[0].request(own))).content == text
    assert "api.openai.com" in transport.requests[0].headers["host"]
    schema = at(transport.requests[0].json(), where)
    assert schema.get("strict", False) == strict
    assert schema["schema"].get("additionalProperties", True) == (not strict)
    if strict:
        assert schema["schema"]["required"] == list(schema["schema"]["properties"])


def test_litellm_makes_a_tool_of_its_own_of_a_schema_where_it_has_to() -> None:
    wire = WIRES["litellm to anthropic"]
    found, sent = answer_of(wire, wire.call("json_tool_call", DUNE))
    assert found[-1] == Book(title="Dune", year=1965)
    assert at(sent, "tool_choice") == {"type": "tool", "name": "json_tool_call"}
