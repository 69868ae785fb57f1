"""What a call becomes as a ConverseStream request, and what is refused before anything is sent."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

import streamkit as sk
from streamkit.messages import AudioPart, DocumentPart, ImagePart, as_messages
from streamkit.providers import CallSpec
from streamkit.tool import ToolCall
from streamkit.wire.bedrock.request import converse_body

TOOL = {"name": "look_up", "description": "Look up.", "parameters": {"type": "object"}}
GIF = b"GIF89a"


def body_of(prompt: Any = "?", tools: tuple[Any, ...] = (), **params: Any) -> dict[str, Any]:
    body = converse_body(CallSpec("m", as_messages(prompt), tools=tools, params=params))
    return json.loads(json.dumps(body))


def parts_of(*parts: Any) -> list[Any]:
    return body_of([sk.Messages.User(list(parts))])["messages"][0]["content"]


def test_a_plain_question_has_nothing_but_its_message() -> None:
    assert body_of("Which?") == {"messages": [{"role": "user", "content": [{"text": "Which?"}]}]}


def test_a_conversation_keeps_its_order_and_its_system_stands_apart() -> None:
    body = body_of(
        [sk.Messages.System("Be brief."), sk.Messages.User("Hi"), sk.Messages.Assistant("Hello"), sk.Messages.User("?")]
    )
    assert body["system"] == [{"text": "Be brief."}]
    assert [(each["role"], each["content"][0]["text"]) for each in body["messages"]] == [
        ("user", "Hi"),
        ("assistant", "Hello"),
        ("user", "?"),
    ]


def test_results_of_tools_go_into_one_message_of_the_users() -> None:
    calls = [ToolCall("a", "look_up", 0, {"n": 1}, '{"n": 1}', True), ToolCall("b", "look_up", 1, None, "{}", True)]
    results = [sk.Messages.Tool("a", "one"), sk.Messages.Tool("b", "two"), sk.Messages.User("So?")]
    _, calling, answered = body_of([sk.Messages.User("?"), sk.Messages.Assistant(["Hm.", *calls]), *results])[
        "messages"
    ]
    assert calling["content"] == [
        {"text": "Hm."},
        {"toolUse": {"toolUseId": "a", "name": "look_up", "input": {"n": 1}}},
        {"toolUse": {"toolUseId": "b", "name": "look_up", "input": {}}},
    ]
    assert answered["role"] == "user" and answered["content"] == [
        {"toolResult": {"toolUseId": "a", "content": [{"text": "one"}]}},
        {"toolResult": {"toolUseId": "b", "content": [{"text": "two"}]}},
        {"text": "So?"},
    ]


def test_a_next_turn_is_taken_as_streams_hand_it_out() -> None:
    answer = sk.Response(content="Hm.", tool_calls=(ToolCall("a", "look_up", 0, {"n": 1}, '{"n": 1}', True),))
    result = {"role": "tool", "tool_call_id": "a", "name": "look_up", "content": "one"}
    _, calling, answered = body_of([sk.Messages.User("?"), answer.message_param, result])["messages"]
    call = {"toolUse": {"toolUseId": "a", "name": "look_up", "input": {"n": 1}}}
    assert calling == {"role": "assistant", "content": [{"text": "Hm."}, call]}
    assert answered["content"] == [{"toolResult": {"toolUseId": "a", "content": [{"text": "one"}]}}]


def test_images_and_sound_travel_as_base64() -> None:
    data = base64.b64encode(GIF).decode()
    image, stored, sound = parts_of(ImagePart(GIF), ImagePart(url="s3://b/moon.png"), AudioPart(GIF, "mp3"))
    (inline,) = parts_of(ImagePart(url=f"data:image/gif;base64,{data}"))
    assert inline == image
    assert image == {"image": {"format": "gif", "source": {"bytes": data}}}
    assert stored == {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://b/moon.png"}}}}
    assert sound == {"audio": {"format": "mp3", "source": {"bytes": data}}}


@pytest.mark.parametrize(
    ("part", "form", "name"),
    [
        (DocumentPart(GIF), "pdf", "document"),
        (
            DocumentPart(GIF, name="my.report  (v2)_final.docx", media_type="application/octet-stream"),
            "docx",
            "my-report (v2)-final",
        ),
        (DocumentPart(GIF, name="notes", media_type="text/markdown"), "md", "notes"),
    ],
)
def test_a_document_gets_a_format_and_a_name_that_aws_takes(part: DocumentPart, form: str, name: str) -> None:
    (written,) = parts_of(part)
    assert (written["document"]["format"], written["document"]["name"]) == (form, name)


def test_the_users_own_parts_and_messages_pass_with_their_bytes_as_base64() -> None:
    own = {"image": {"format": "gif", "source": {"bytes": GIF}}}
    written = {"image": {"format": "gif", "source": {"bytes": base64.b64encode(GIF).decode()}}}
    assert parts_of("?", own, {"cachePoint": {"type": "default"}}) == [
        {"text": "?"},
        written,
        {"cachePoint": {"type": "default"}},
    ]
    assert body_of([{"role": "user", "content": [own]}])["messages"] == [{"role": "user", "content": [written]}]


def test_parameters_go_where_converse_has_them() -> None:
    body = body_of(
        max_tokens=9,
        temperature=0.5,
        top_p=0.9,
        stop="END",
        top_k=3,
        thinking={"type": "enabled"},
        inferenceConfig={"temperature": 1},
        guardrailConfig={"guardrailIdentifier": "g"},
        seed=None,
    )
    assert body["inferenceConfig"] == {"maxTokens": 9, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END"]}
    assert body["additionalModelRequestFields"] == {"top_k": 3, "thinking": {"type": "enabled"}}
    assert body["guardrailConfig"] == {"guardrailIdentifier": "g"}


@pytest.mark.parametrize(
    ("choice", "written"),
    [
        ("auto", {"auto": {}}),
        ("required", {"any": {}}),
        ("look_up", {"tool": {"name": "look_up"}}),
        ({"any": {}}, {"any": {}}),
    ],
)
def test_tools_and_their_choice(choice: Any, written: dict[str, Any]) -> None:
    config = body_of(tools=(TOOL, {"cachePoint": {"type": "default"}}), tool_choice=choice)["toolConfig"]
    spec = {"name": "look_up", "description": "Look up.", "inputSchema": {"json": {"type": "object"}}}
    assert config == {"tools": [{"toolSpec": spec}, {"cachePoint": {"type": "default"}}], "toolChoice": written}


def test_a_schema_becomes_the_text_format() -> None:
    form = body_of(json_schema={"title": "Moon", "type": "object"})["outputConfig"]["textFormat"]
    assert form["type"] == "json_schema"
    written = form["structure"]["jsonSchema"]
    assert (written["name"], json.loads(written["schema"])) == ("Moon", {"title": "Moon", "type": "object"})


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"seed": 1}, "additionalModelRequestFields"),
        ({"frequency_penalty": 1}, "frequency_penalty"),
        ({"tools": (TOOL,), "tool_choice": "none"}, "leave the tools out"),
        ({"prompt": [sk.Messages.System("Be brief.")]}, "a message of the user's"),
        ({"prompt": [sk.Messages.User([ImagePart(url="https://a.invalid/x.png")])]}, "give its bytes"),
        ({"prompt": [sk.Messages.User([ImagePart(GIF, media_type="image/tiff")])]}, "an image of type tiff"),
        (
            {"prompt": [sk.Messages.User([DocumentPart(GIF, name="x.zip", media_type="application/zip")])]},
            "application/zip",
        ),
        ({"prompt": [sk.Messages.User([3])]}, "type int"),
        ({"json_schema": 3}, "pydantic model"),
    ],
)
def test_what_converse_cannot_do_is_refused_at_once(given: dict[str, Any], what: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=what):
        body_of(given.pop("prompt", "?"), **given)
