"""A call in the form of Gemini's wire, and what that wire has no place for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit.messages import Prompt, as_messages
from streamkit.providers import CallSpec
from streamkit.tool import to_tools
from streamkit.wire.gemini.request import gemini_body

CALL = sk.ToolCall("c1", "get_orbit", 0, {"moon": "Io"}, '{"moon": "Io"}', complete=True)
TOOL: dict[str, Any] = {"name": "get_orbit", "description": "Where it is.", "parameters": {"type": "object"}}


class Moon(BaseModel):
    name: str


def body(prompt: Prompt = "Hi", tools: Any = (), **params: Any) -> dict[str, Any]:
    found = gemini_body(CallSpec(model="m", messages=as_messages(prompt), tools=tuple(tools), params=params))
    return json.loads(json.dumps(found))


def contents(*messages: Any) -> list[dict[str, Any]]:
    return body(list(messages))["contents"]


def test_a_conversation_with_everything_in_it() -> None:
    sent = body(
        [
            sk.Messages.System("Be brief."),
            sk.Messages.User(["Look:", sk.ImagePart(b"\x89PNG\r\n")]),
            sk.Messages.Assistant(["I will look.", CALL]),
            sk.Messages.Tool("c1", "far away", "get_orbit"),
            sk.Messages.Assistant("Far away."),
        ]
    )
    assert sent["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    result = {"name": "get_orbit", "response": {"result": "far away"}, "id": "c1"}
    assert sent["contents"] == [
        {"role": "user", "parts": [{"text": "Look:"}, {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}}]},
        {
            "role": "model",
            "parts": [
                {"text": "I will look."},
                {"functionCall": {"name": "get_orbit", "args": {"moon": "Io"}, "id": "c1"}},
            ],
        },
        {"role": "user", "parts": [{"functionResponse": result}]},
        {"role": "model", "parts": [{"text": "Far away."}]},
    ]


def test_results_that_stand_together_are_one_message_and_find_their_names() -> None:
    other = sk.ToolCall(None, "get_size", 1, {}, "", complete=True)
    sent = contents(
        *(sk.Messages.Assistant([CALL, other]), sk.Messages.Tool("c1", '{"km": 422}')),
        *(sk.Messages.Tool("", "3643", "get_size"), sk.Messages.User("So?")),
    )
    assert [each["role"] for each in sent] == ["model", "user", "user"]
    assert sent[0]["parts"][1] == {"functionCall": {"name": "get_size", "args": {}}}
    assert sent[1]["parts"] == [
        {"functionResponse": {"name": "get_orbit", "response": {"km": 422}, "id": "c1"}},
        {"functionResponse": {"name": "get_size", "response": {"result": "3643"}}},
    ]


def test_a_next_turn_as_a_stream_hands_it_out() -> None:
    signed = sk.ToolCall(None, "get_orbit", 0, {"moon": "Io"}, '{"moon": "Io"}', complete=True, signature="c2ln")
    response = sk.Response(content="Let me see.", tool_calls=(signed,))
    result = {"role": "tool", "tool_call_id": None, "name": "get_orbit", "content": "far away"}
    assert contents({"role": "user", "content": "Where is Io?"}, response.message_param, result) == [
        {"role": "user", "parts": [{"text": "Where is Io?"}]},
        {
            "role": "model",
            "parts": [
                {"text": "Let me see."},
                {"functionCall": {"name": "get_orbit", "args": {"moon": "Io"}}, "thoughtSignature": "c2ln"},
            ],
        },
        {"role": "user", "parts": [{"functionResponse": {"name": "get_orbit", "response": {"result": "far away"}}}]},
    ]
    assert contents(sk.Messages.Assistant([signed]))[0]["parts"][0]["thoughtSignature"] == "c2ln"


def test_the_chat_wires_parts_are_read() -> None:
    parts: list[Any] = [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": "data:image/gif;base64,R0lGODlh"}},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "mp3"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="}},
        {"videoMetadata": {"fps": 1}},
    ]
    sent = body([{"role": "developer", "content": "Be brief."}, {"role": "user", "content": parts}])
    assert sent["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert [*map(list, sent["contents"][0]["parts"])] == [["text"], *[["inlineData"]] * 3, ["videoMetadata"]]


def test_googles_own_messages_and_tools_pass_as_they_are() -> None:
    own = {"role": "user", "parts": [{"text": "Hi"}, {"fileData": {"fileUri": "gs://moons/io.jpg"}}]}
    sent = body([{"role": "system", "parts": [{"text": "Be brief."}]}, own], tools=[TOOL, {"googleSearch": {}}, TOOL])
    assert (sent["contents"], sent["systemInstruction"]) == ([own], {"parts": [{"text": "Be brief."}]})
    to_tools = {"name": "get_orbit", "description": "Where it is.", "parametersJsonSchema": {"type": "object"}}
    assert sent["tools"] == [{"functionDeclarations": [to_tools, to_tools]}, {"googleSearch": {}}]


def test_a_function_is_a_declaration() -> None:
    def get_orbit(moon: str) -> str:
        """Say where a moon is."""
        return moon

    (tools,) = body(tools=to_tools([get_orbit]))["tools"]
    (sent,) = tools["functionDeclarations"]
    assert (sent["name"], sent["description"]) == ("get_orbit", "Say where a moon is.")
    assert sent["parametersJsonSchema"]["properties"] == {"moon": {"type": "string"}}
    assert sent.keys() == {"name", "description", "parametersJsonSchema"}


def test_files_by_their_bytes_and_by_their_address() -> None:
    parts = [
        *(sk.AudioPart(b"RIFF"), sk.DocumentPart(b"%PDF"), sk.ImagePart(url="https://a.example/io.png")),
        *(sk.DocumentPart(url="gs://moons/a.txt"), sk.ImagePart(url="data:image/gif;base64,R0lGODlh")),
        sk.ImagePart(url="https://generativelanguage.googleapis.com/v1beta/files/abc"),
    ]
    assert contents(sk.Messages.User(parts))[0]["parts"] == [
        {"inlineData": {"mimeType": "audio/wav", "data": "UklGRg=="}},
        {"inlineData": {"mimeType": "application/pdf", "data": "JVBERg=="}},
        {"fileData": {"fileUri": "https://a.example/io.png", "mimeType": "image/png"}},
        {"fileData": {"fileUri": "gs://moons/a.txt", "mimeType": "text/plain"}},
        {"inlineData": {"mimeType": "image/gif", "data": "R0lGODlh"}},
        {"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/abc"}},
    ]


def test_common_parameters_have_googles_names() -> None:
    sent = body(
        max_tokens=9, stop="END", top_p=0.5, temperature=0, seed=1, presence_penalty=1, frequency_penalty=1, n=2
    )
    assert sent["generationConfig"] == {
        **{"maxOutputTokens": 9, "stopSequences": ["END"], "topP": 0.5, "temperature": 0, "seed": 1},
        **{"presencePenalty": 1, "frequencyPenalty": 1, "candidateCount": 2},
    }
    assert body(stop=["a", "b"])["generationConfig"] == {"stopSequences": ["a", "b"]}
    assert "generationConfig" not in body(temperature=None)


def test_other_parameters_are_settings_of_the_generation_unless_they_stand_beside() -> None:
    params: dict[str, Any] = {
        **{"top_k": 3, "responseModalities": ["TEXT"], "brand_new": 1, "thinking_config": {"includeThoughts": True}},
        **{"safety_settings": [{"category": "X"}], "labels": {"a": "b"}, "cachedContent": "cachedContents/1"},
        **{"generation_config": {"topK": 4}, "extra_body": {"unheardOf": 1}},
    }
    sent = body(**params)
    assert sent["generationConfig"] == {
        **{"topK": 4, "responseModalities": ["TEXT"], "brandNew": 1, "thinkingConfig": {"includeThoughts": True}}
    }
    assert (sent["safetySettings"], sent["labels"], sent["cachedContent"]) == (
        *([{"category": "X"}], {"a": "b"}),
        "cachedContents/1",
    )
    assert sent["extra_body"] == {"unheardOf": 1}


def test_objects_of_the_sdk_are_written_as_its_json() -> None:
    types = pytest.importorskip("google.genai.types")
    sent = body(thinking_config=types.ThinkingConfig(include_thoughts=True), safety_settings=[types.SafetySetting()])
    assert sent["generationConfig"] == {"thinkingConfig": {"includeThoughts": True}}
    assert sent["safetySettings"] == [{}]


def test_an_answer_by_a_schema() -> None:
    config = body(json_schema=Moon)["generationConfig"]
    assert config == {"responseMimeType": "application/json", "responseJsonSchema": Moon.model_json_schema()}


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        ("get_orbit", {"mode": "ANY", "allowedFunctionNames": ["get_orbit"]}),
        ({"mode": "VALIDATED"}, {"mode": "VALIDATED"}),
    ],
)
def test_the_choice_of_a_tool(choice: Any, config: dict[str, Any]) -> None:
    assert body(tools=[TOOL], tool_choice=choice)["toolConfig"] == {"functionCallingConfig": config}
    streamed = {"functionCallingConfig": {"streamFunctionCallArguments": True}, "retrievalConfig": {}}
    sent = body(tools=[TOOL], tool_choice=choice, tool_config=streamed)["toolConfig"]
    assert sent == {"functionCallingConfig": {"streamFunctionCallArguments": True, **config}, "retrievalConfig": {}}


@pytest.mark.parametrize(
    ("prompt", "params", "says"),
    [
        ([sk.Messages.System("only")], {}, "a message of the user's"),
        ([sk.Messages.User([object()])], {}, "a message part of type object"),
        ([sk.Messages.Tool("c1", "far")], {}, "the tool's name with its result"),
        ([sk.Messages.Assistant([sk.ToolCall("c", "f", arguments_text='{"a')])], {}, "arguments are no JSON"),
        ([sk.Messages.User([sk.ImagePart(url="data:image/png;base64,§")])], {}, "holds no base64"),
        ("?", {"system_instruction": "x"}, "streamkit sets it itself"),
        *(("?", {"n": wrong}, "1 or more") for wrong in (0, 1.5, True)),
        ("?", {"candidate_count": "two"}, "a whole number of choices"),
        ("?", {"top_k": object()}, "cannot be written as JSON"),
        ("?", {"tools": [5]}, "A tool is"),
        ("?", {"client": object()}, "takes a google.genai.Client"),
    ],
)
def test_what_cannot_be_requested_raises_before_anything_is_sent(
    prompt: Prompt, params: dict[str, Any], says: str
) -> None:
    with pytest.raises(sk.ConfigurationError, match=says):
        sk.stream("google/m", prompt, **params)


@pytest.mark.parametrize("model", ["../secret", "m?alt=json", "a&b", "m#x"])
def test_a_name_that_would_change_the_address_is_refused(model: str) -> None:
    with pytest.raises(sk.ConfigurationError, match="no model"):
        sk.stream(f"google/{model}", "?")
