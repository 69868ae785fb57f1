"""One request written for every provider: each wire has it in its own form."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit.messages import Prompt, as_messages
from streamkit.providers import CallSpec
from streamkit.wire.anthropic.request import messages_body
from streamkit.wire.cohere.request import cohere_body
from streamkit.wire.openai_chat.request import chat_body

PNG = sk.ImagePart(b"\x89PNG\r\n")
CALL = sk.ToolCall("call_1", "get_orbit", 0, {"moon": "Io"}, '{"moon": "Io"}', complete=True)
TALK: list[Any] = [
    sk.Messages.System("Be brief."),
    sk.Messages.User(["Look:", PNG]),
    sk.Messages.Assistant(["I will look.", CALL]),
    sk.Messages.Tool("call_1", "far away", "get_orbit"),
]
TOOL: dict[str, Any] = {
    "name": "get_orbit",
    "description": "Where it is.",
    "parameters": {"type": "object", "properties": {}},
}


class Moon(BaseModel):
    name: str


def ask(prompt: Prompt = "Hi", **params: Any) -> CallSpec:
    tools = params.pop("tools", ())
    return CallSpec(model="m", messages=as_messages(prompt), tools=tools, params=params)


def openai_body(spec: CallSpec) -> dict[str, Any]:
    return chat_body(spec, provider="openai")


def test_a_conversation_on_the_chat_wire() -> None:
    assert openai_body(ask(TALK))["messages"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look:"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0K"}},
            ],
        },
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "I will look."}],
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "get_orbit", "arguments": '{"moon": "Io"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "far away"},
    ]


def test_a_conversation_on_anthropics_wire() -> None:
    body = messages_body(ask(TALK))
    assert (body["system"], body["max_tokens"]) == ([{"type": "text", "text": "Be brief."}], 4096)
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0K"}}
    use = {"type": "tool_use", "id": "call_1", "name": "get_orbit", "input": {"moon": "Io"}}
    result = {"type": "tool_result", "tool_use_id": "call_1", "content": "far away"}
    assert body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Look:"}, image]},
        {"role": "assistant", "content": [{"type": "text", "text": "I will look."}, use]},
        {"role": "user", "content": [result]},
    ]


def test_a_conversation_on_coheres_wire() -> None:
    assert cohere_body(ask(TALK))["messages"] == openai_body(ask(TALK))["messages"]


def test_a_tool_in_the_neutral_form_and_one_in_the_providers_own() -> None:
    own = {"type": "web_search_20250305", "name": "web_search"}
    assert openai_body(ask(tools=(TOOL,)))["tools"] == [{"type": "function", "function": TOOL}]
    assert messages_body(ask(tools=(TOOL, own)))["tools"] == [
        {"name": "get_orbit", "description": "Where it is.", "input_schema": TOOL["parameters"]},
        own,
    ]


@pytest.mark.parametrize(
    ("choice", "chat", "anthropic", "cohere"),
    [
        ("auto", "auto", {"type": "auto"}, None),
        ("none", "none", {"type": "none"}, "NONE"),
        ("required", "required", {"type": "any"}, "REQUIRED"),
        ("f", {"type": "function", "function": {"name": "f"}}, {"type": "tool", "name": "f"}, sk.ConfigurationError),
    ],
)
def test_the_choice_of_a_tool(choice: str, chat: object, anthropic: object, cohere: object) -> None:
    assert openai_body(ask(tool_choice=choice))["tool_choice"] == chat
    assert messages_body(ask(tool_choice=choice))["tool_choice"] == anthropic
    if cohere is sk.ConfigurationError:
        with pytest.raises(sk.ConfigurationError, match="by its name"):
            cohere_body(ask(tool_choice=choice))
    else:
        assert cohere_body(ask(tool_choice=choice)).get("tool_choice") == cohere


def test_an_answer_by_a_schema() -> None:
    schema = Moon.model_json_schema()
    closed = {**schema, "additionalProperties": False}
    assert openai_body(ask(json_schema=Moon))["response_format"]["json_schema"] == {"name": "Moon", "schema": schema}
    strict = chat_body(ask(json_schema=Moon), provider="openai", strict_answer=True)["response_format"]["json_schema"]
    assert strict == {"name": "Moon", "schema": closed, "strict": True}
    assert messages_body(ask(json_schema=Moon))["output_config"]["format"]["schema"] == closed
    assert cohere_body(ask(json_schema=schema))["response_format"] == {"type": "json_object", "json_schema": schema}


def test_common_parameters_have_each_wires_names() -> None:
    common: dict[str, Any] = {"max_tokens": 9, "stop": "END", "top_p": 0.5, "temperature": 0}
    assert (
        chat_body(ask(**common), provider="openai", max_tokens="max_completion_tokens").items()
        >= {
            "max_completion_tokens": 9,
            "stop": "END",
        }.items()
    )
    fields = messages_body(ask(**common))
    assert (fields["max_tokens"], fields["stop_sequences"], fields["top_p"]) == (9, ["END"], 0.5)
    fields = cohere_body(ask(**common))
    assert (fields["max_tokens"], fields["stop_sequences"], fields["p"]) == (9, ["END"], 0.5)


def test_documents_and_audio() -> None:
    parts = [sk.AudioPart(b"RIFF"), sk.DocumentPart(b"%PDF", name="a.pdf")]
    audio, document = openai_body(ask([sk.Messages.User(parts)]))["messages"][0]["content"]
    assert audio == {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
    assert document["file"] == {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="}
    fields = messages_body(ask([sk.Messages.User([sk.DocumentPart(url="https://moons.example/a.pdf")])]))
    assert fields["messages"][0]["content"][0]["source"] == {"type": "url", "url": "https://moons.example/a.pdf"}


@pytest.mark.parametrize(
    ("model", "prompt", "params", "says"),
    [
        ("anthropic/m", [sk.Messages.User([sk.AudioPart(b"RIFF")])], {}, "anthropic cannot take audio"),
        ("anthropic/m", "?", {"seed": 1}, "the parameter seed"),
        ("anthropic/m", [sk.Messages.System("only")], {}, "a message of the user's"),
        ("cohere/m", [sk.Messages.User([sk.DocumentPart(b"%PDF")])], {}, "documents="),
        ("cohere/m", "?", {"n": 2}, "streamkit sets it itself"),
        ("openai/m", [sk.Messages.User([sk.DocumentPart(url="https://a.example/")])], {}, "give its bytes"),
        ("openai/m", [sk.Messages.User([object()])], {}, "a message part of type object"),
        ("openai/m", "?", {"max_tokens": 0}, "1 or more"),
        ("openai/m", "?", {"temperature": "hot"}, "give a number"),
        ("openai/m", "?", {"json_schema": 5}, "a JSON schema"),
        ("openai/m", "?", {"tools": [5]}, "A tool is a typed function"),
        ("openai/m", "?", {"tools": [len]}, "'obj' of the tool 'len' has no type"),
    ],
)
def test_what_a_provider_cannot_do_raises_before_anything_is_sent(
    model: str, prompt: Prompt, params: dict[str, Any], says: str
) -> None:
    with pytest.raises(sk.ConfigurationError, match=says):
        sk.stream(model, prompt, **params)


@pytest.mark.parametrize("role", ["system", "assistant"])
@pytest.mark.parametrize("provider", ["anthropic", "bedrock", "cohere", "deepseek", "groq", "mistral", "openai"])
def test_an_image_stands_in_a_users_message(provider: str, role: str) -> None:
    prompt: Prompt = [sk.BaseMessageParam(role, ["Look:", PNG]), sk.Messages.User("What is it?")]
    with pytest.raises(sk.ConfigurationError, match=f"an image in the {role}'s message: put it into one of the user's"):
        sk.stream(f"{provider}/m", prompt)


def test_an_image_of_an_answer_can_be_sent_back_to_its_model() -> None:
    prompt: Prompt = [sk.Messages.User("Draw."), sk.BaseMessageParam("assistant", [PNG]), sk.Messages.User("Again.")]
    assert not sk.stream("google/m", prompt).sent
    with pytest.raises(sk.ConfigurationError, match="an image in the system's message"):
        sk.stream("google/m", [sk.BaseMessageParam("system", [PNG]), *prompt])


@pytest.mark.parametrize("part", [sk.ImagePart, sk.DocumentPart])
def test_a_part_needs_bytes_or_an_address(part: type[sk.ImagePart] | type[sk.DocumentPart]) -> None:
    with pytest.raises(sk.ConfigurationError, match="by url"):
        part()
