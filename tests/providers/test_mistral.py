"""Mistral by plain HTTP: what is sent, what of its SDK's client is used, and what its answers become."""

from __future__ import annotations

import importlib
import json
from typing import Any, cast

import httpx
import pytest

import streamkit as sk
from streamkit import wire
from streamkit.messages import as_messages
from streamkit.providers import CallSpec
from streamkit.testing import FaultServer, Plan, chat_event, chat_events, plan
from streamkit.testing.faults import Send
from streamkit.wire.openai_chat.request import mistral_body

pytestmark = pytest.mark.sdk

SOUND = plan("none", chat_events("Eu", "ropa"))
mistralai: Any = importlib.import_module("mistralai.client")


def body(prompt: Any = "Hi", **params: Any) -> dict[str, Any]:
    tools = params.pop("tools", ())
    return mistral_body(CallSpec(model="m", messages=as_messages(prompt), tools=tools, params=params))


async def answer(*events: bytes, **given: Any) -> sk.Response:
    with FaultServer(plan("none", [*events, b"data: [DONE]\n\n"])) as server:
        return await sk.stream("mistral/m", "?", base_url=server.base_url, api_key="k", **given)


def test_the_body_has_mistrals_own_names() -> None:
    assert body(max_tokens=5, seed=7, stop=["x"], temperature=None, safe_prompt=True) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 5,
        "random_seed": 7,
        "stop": ["x"],
        "safe_prompt": True,
    }


def test_tools_and_schemas_are_those_of_the_chat_wire() -> None:
    tool: dict[str, Any] = {"name": "look_up", "parameters": {"type": "object", "properties": {}}}
    fields = body(tools=[tool], tool_choice="look_up", json_schema={"title": "Moon", "type": "object"})
    assert fields["tools"] == [{"type": "function", "function": tool}]
    assert fields["tool_choice"] == {"type": "function", "function": {"name": "look_up"}}
    assert fields["response_format"]["json_schema"]["name"] == "Moon"
    assert body(tools=[tool], tool_choice="required")["tool_choice"] == "required"


def test_sounds_and_documents_are_parts_of_its_own_form() -> None:
    parts = [
        "Hear:",
        sk.AudioPart(b"RIFF"),
        sk.DocumentPart(b"%PDF", name="io.pdf"),
        sk.DocumentPart(url="https://x/y"),
    ]
    assert body([sk.Messages.User(parts)])["messages"][0]["content"] == [
        {"type": "text", "text": "Hear:"},
        {"type": "input_audio", "input_audio": "UklGRg=="},
        {"type": "document_url", "document_url": "data:application/pdf;base64,JVBERg==", "document_name": "io.pdf"},
        {"type": "document_url", "document_url": "https://x/y", "document_name": "document.pdf"},
    ]


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
async def test_the_address_is_taken_with_its_path_or_without(path: str) -> None:
    with FaultServer(SOUND) as server:
        await sk.stream("mistral/m", "?", base_url=server.base_url + path, api_key="k", extra_query={"trace": "yes"})
    assert server.requests[0].path == "/v1/chat/completions?trace=yes"


async def test_two_choices() -> None:
    events = [chat_event({"content": text}, index=at, finish="stop") for at, text in enumerate(("Io", "Titan"))]
    assert [choice.content for choice in (await answer(*events, n=2)).choices] == ["Io", "Titan"]
    with pytest.raises(sk.ConfigurationError, match="n='2'"):
        sk.stream("mistral/m", "?", n=cast("Any", "2"))


async def test_several_calls_in_one_delta_come_whole_and_thinking_is_apart() -> None:
    function = {"name": "look_up", "arguments": '{"moon": "Io"}'}
    calls = [{"id": "c0", "function": function}, {"id": "c1", "function": {**function, "arguments": "{}"}}]
    think = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    last = chat_event({"content": "", "tool_calls": calls}, finish="tool_calls", usage=usage)
    response = await answer(chat_event({"content": [think]}), last)
    assert (response.thinking, response.input_tokens, response.output_tokens) == ("Hm.", 7, 2)
    assert [(call.id, call.arguments) for call in response.tool_calls] == [("c0", {"moon": "Io"}), ("c1", {})]


async def test_an_answer_that_ends_in_an_error_is_one() -> None:
    with pytest.raises(sk.ProviderError) as caught:
        await answer(chat_event({"content": "I"}), chat_event({}, finish="error"))
    assert caught.value.partial is not None and caught.value.partial.content == "I"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"object": "error", "message": "Not that.", "type": "invalid_request_error", "code": "1500"}, "Not that."),
        ({"detail": "Unauthorized"}, "Unauthorized"),
        ({"detail": [{"loc": ["body", "model"], "msg": "Field required", "input": "secret"}]}, "Field required"),
        ({"object": "error", "message": {"detail": [{"msg": "Field required"}]}}, "Field required"),
        ("<html>", "The provider answered with status 422."),
    ],
)
async def test_a_refusal_says_what_it_says(body: Any, message: str) -> None:
    refusal = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    with FaultServer(Plan(422, (), (Send(refusal),))) as server, pytest.raises(sk.BadRequest) as caught:
        await sk.stream("mistral/m", "?", base_url=server.base_url, api_key="k")
    assert (caught.value.message, caught.value.status) == (message, 422)


# Its SDK's client.


async def test_of_a_client_its_key_and_address_are_used() -> None:
    keys = iter(["first", "second"])
    with FaultServer(SOUND) as server:
        for key in ("client-key", lambda: next(keys)):
            client = mistralai.Mistral(api_key=key, server_url=server.base_url)
            async with client:
                assert (await sk.stream("mistral/m", "?", client=client)).content == "Europa"
    requests = [(request.path, request.headers["authorization"]) for request in server.requests]
    assert requests == [("/v1/chat/completions", "Bearer client-key"), ("/v1/chat/completions", "Bearer first")]


async def test_of_a_client_the_http_client_that_it_was_given_is_used() -> None:
    with FaultServer(SOUND) as server:
        async with httpx.AsyncClient(headers={"x-mine": "1"}) as http:
            client = mistralai.Mistral(api_key="k", server_url=server.base_url, async_client=http)
            assert (await sk.stream("mistral/m", "?", client=client)).content == "Europa"
            assert (await sk.stream("mistral/m", "?", client=http, api_key="k", base_url=server.base_url)).content
    assert [request.headers["x-mine"] for request in server.requests] == ["1", "1"]


def test_a_client_with_a_sync_http_client_of_its_own_is_refused() -> None:
    with httpx.Client() as http:
        client = mistralai.Mistral(api_key="k", client=http)
        with pytest.raises(sk.ConfigurationError, match="with an async_client"):
            sk.stream("mistral/m", "?", client=client)
        with pytest.raises(sk.ConfigurationError, match=r"takes an httpx\.AsyncClient, not Client"):
            sk.stream("mistral/m", "?", client=http)


async def test_an_event_is_there_as_the_sdks_own_object_or_as_it_came() -> None:
    models: Any = importlib.import_module("mistralai.client.models")
    decoder = wire.decoder("mistral.chat")
    (chunk,) = decoder.feed(chat_event({"role": "assistant", "content": "Io"}))
    assert isinstance(chunk.chunk, models.CompletionChunk) and chunk.chunk.choices[0].delta.content == "Io"
    (odd,) = decoder.feed(b'data: {"choices":[]}\n\n')
    assert odd.chunk == {"choices": []}
