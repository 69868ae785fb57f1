"""Ollama's own chat over a real socket: the request, the answer, and how soon a stop closes the connection."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit.messages import Prompt, as_messages
from streamkit.providers import CallSpec, find
from streamkit.testing import FaultServer, assert_closed, ollama_line, ollama_lines, plan
from streamkit.wire.ollama.request import ollama_body
from tests.timing import soon_async

pytestmark = pytest.mark.sdk

SOUND = plan("none", ollama_lines("Euro", "pa"))
CALL = sk.ToolCall("c1", "get_orbit", 0, {"moon": "Io"}, '{"moon": "Io"}', complete=True)
TOOL: dict[str, Any] = {"name": "get_orbit", "description": "Where it is.", "parameters": {"type": "object"}}


class Moon(BaseModel):
    name: str


def body(prompt: Prompt = "Hi", tools: Any = (), **params: Any) -> dict[str, Any]:
    found = ollama_body(CallSpec(model="m", messages=as_messages(prompt), tools=tuple(tools), params=params))
    return json.loads(json.dumps(found))


def ask(server: FaultServer, prompt: Any = "Which moon?", **given: Any) -> sk.Stream:
    settings: dict[str, Any] = {"base_url": server.base_url, **given}
    return sk.stream("ollama/llama", prompt, **settings)


async def test_the_request_is_as_documented_and_the_answer_is_read_to_its_end() -> None:
    async with assert_closed():
        with FaultServer(SOUND) as server:
            response = await ask(server, max_tokens=9, think=True)
    (request,) = server.requests
    assert (request.path, "authorization" in request.headers) == ("/api/chat", False)
    assert request.json() == {
        **{"model": "llama", "messages": [{"role": "user", "content": "Which moon?"}], "stream": True},
        **{"think": True, "options": {"num_predict": 9}},
    }
    assert (response.content, response.state, response.finish_reasons) == ("Europa", "complete", ["stop"])
    assert (response.provider, response.model) == ("ollama", "scripted-1")
    assert (response.input_tokens, response.output_tokens) == (7, 2)


def test_it_works_in_sync_code() -> None:
    with FaultServer(SOUND) as server:
        assert [chunk.content for chunk, _ in ask(server)] == ["Euro", "pa", ""]


async def test_the_address_is_read_as_ollama_itself_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(SOUND) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.base_url.removeprefix("http://") + "/box/")
        monkeypatch.setenv("OLLAMA_API_KEY", "cloud-key")
        await ask(server, base_url=None)
        await ask(server, api_key="own-key")
    assert [request.path for request in server.requests] == ["/box/api/chat", "/api/chat"]
    keys = [request.headers["authorization"] for request in server.requests]
    assert keys == ["Bearer cloud-key", "Bearer own-key"]


async def test_nobody_there_says_how_to_start_it() -> None:
    with pytest.raises(sk.TransportError, match=r"No Ollama answers at http://127.0.0.1:9: start it .*ollama serve"):
        await sk.stream("ollama/m", "?", base_url="127.0.0.1:9")


async def test_a_malformed_address_is_refused() -> None:
    with pytest.raises(sk.ConfigurationError, match="is no address"):
        await sk.stream("ollama/m", "?", base_url="http://box:seven")


async def test_a_model_that_is_not_there_is_a_bad_request() -> None:
    refusal = b'{"error":"model \'llama\' not found"}'
    with FaultServer(plan("none", [refusal], status=404)) as server, pytest.raises(sk.BadRequest) as caught:
        await ask(server)
    assert (caught.value.message, caught.value.status, caught.value.retryable) == (
        "model 'llama' not found",
        404,
        False,
    )


async def test_an_error_inside_an_answer_ends_it_with_what_came() -> None:
    lines = [*ollama_lines("Euro", reason=None), b'{"error":"The model runner has stopped."}\n']
    with FaultServer(plan("none", lines)) as server, pytest.raises(sk.ProviderError, match="runner") as caught:
        await ask(server)
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Euro"


async def test_tools_and_thinking_arrive_and_the_next_turn_goes_back() -> None:
    calls = [{"function": {"name": "f", "arguments": {"n": 1}}}, {"id": "c2", "function": {"name": "f"}}]
    lines = [ollama_line({"thinking": "Hm."}), ollama_line({"tool_calls": calls}), ollama_line(done=True)]
    with FaultServer([plan("none", lines), SOUND]) as server:
        first = ask(server, tools=[TOOL])
        tools = [tool async for _, tool in first if tool]
        outputs = first.tool_message_params([(tool, "far") for tool in tools])
        await ask(server, [*first.messages, first.message_param, *outputs])
    assert first.thinking == "Hm."
    assert [(tool.id, tool.name, tool.arguments) for tool in tools] == [(None, "f", {"n": 1}), ("c2", "f", {})]
    first, again = (request.json() for request in server.requests)
    assert first["tools"] == [{"type": "function", "function": TOOL}]
    assert again["messages"][1:] == [
        {
            **{"role": "assistant", "content": ""},
            "tool_calls": [
                {"function": {"name": "f", "arguments": {"n": 1}}},
                {"id": "c2", "function": {"name": "f", "arguments": {}}},
            ],
        },
        {"role": "tool", "content": "far", "tool_name": "f"},
        {"role": "tool", "content": "far", "tool_name": "f", "tool_call_id": "c2"},
    ]


async def test_leaving_early_closes_the_connection_at_once() -> None:
    lines = ollama_lines(*["moon "] * 2000)

    async def leave() -> float:
        async with assert_closed():
            with FaultServer(plan("none", lines, every=0.001)) as server:
                async for chunk, _ in ask(server):
                    if chunk.content:
                        break
                left = time.monotonic()
                (exchange,) = await server.until_closed()
        assert exchange.closed_by_client_at is not None and not exchange.finished
        return exchange.closed_by_client_at - left

    assert await soon_async(leave, seconds=0.02)


def test_a_conversation_with_everything_in_it() -> None:
    written = body(
        [
            *(
                sk.Messages.System("Be brief."),
                sk.Messages.User(["Look:", sk.ImagePart(b"\x89PNG\r\n"), "What is it?"]),
            ),
            *(sk.Messages.Assistant(["I will look.", CALL]), sk.Messages.Tool("c1", "far away")),
            {"role": "assistant", "content": "Far.", "thinking": "Hm."},
        ]
    )
    call = {"id": "c1", "function": {"name": "get_orbit", "arguments": {"moon": "Io"}}}
    assert written["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Look:\nWhat is it?", "images": ["iVBORw0K"]},
        {"role": "assistant", "content": "I will look.", "tool_calls": [call]},
        {"role": "tool", "content": "far away", "tool_name": "get_orbit", "tool_call_id": "c1"},
        {"role": "assistant", "content": "Far.", "thinking": "Hm."},
    ]


def test_the_chat_wires_parts_are_read() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/gif;base64,R0lGODlh"}}
    (written,) = body([{"role": "user", "content": [{"type": "text", "text": "Look:"}, image]}])["messages"]
    assert written == {"role": "user", "content": "Look:", "images": ["R0lGODlh"]}


def test_parameters_are_options_of_the_model_unless_they_stand_beside() -> None:
    params: dict[str, Any] = {
        **{"max_tokens": 9, "stop": "END", "temperature": 0, "seed": 1, "num_ctx": 8192, "top_p": None},
        **{"keep_alive": "5m", "think": "high", "options": {"seed": 2}, "json_schema": Moon, "extra_body": {"a": 1}},
    }
    written = body(**params)
    assert written["options"] == {"num_predict": 9, "stop": ["END"], "temperature": 0, "seed": 2, "num_ctx": 8192}
    assert (written["keep_alive"], written["think"], written["format"]) == ("5m", "high", Moon.model_json_schema())
    assert written["extra_body"] == {"a": 1}
    assert "options" not in body()


def test_the_choice_of_a_tool() -> None:
    assert "tools" in body(tools=[TOOL], tool_choice="auto")
    assert "tools" not in body(tools=[TOOL], tool_choice="none")


@pytest.mark.parametrize(
    ("prompt", "params", "says"),
    [
        ("?", {"tool_choice": "required"}, "tool_choice='required'"),
        ("?", {"n": 2}, "streamkit sets it itself"),
        ([sk.Messages.User([sk.AudioPart(b"RIFF")])], {}, "a message part of type AudioPart"),
        ([sk.Messages.User([sk.ImagePart(url="https://a.example/io.png")])], {}, "give its bytes"),
        ("?", {"client": object()}, "takes an ollama.AsyncClient"),
    ],
)
def test_what_cannot_be_requested_raises_before_anything_is_sent(
    prompt: Prompt, params: dict[str, Any], says: str
) -> None:
    with pytest.raises(sk.ConfigurationError, match=says):
        sk.stream("ollama/m", prompt, **params)


def test_its_wire_like_openais_is_a_row_of_its_own() -> None:
    assert find("ollama-openai/m")[0].name == "ollama-openai"


@pytest.mark.parametrize("name", ["AsyncClient", "Client"])
async def test_the_sdks_client_is_taken_an_async_one_with_its_http_client(name: str) -> None:
    ollama: Any = pytest.importorskip("ollama")
    with FaultServer(SOUND) as server:
        with_path = server.base_url + "/box"
        client = getattr(ollama, name)(host=with_path, headers={"authorization": "Bearer mine", "x-mine": "1"})
        assert (await ask(server, client=client, base_url=None)).content == "Europa"
        closing = client.close()
        if name == "AsyncClient":
            await closing
    (request,) = server.requests
    assert (request.path, request.headers["authorization"]) == ("/box/api/chat", "Bearer mine")
    assert request.headers["x-mine"] == "1"


async def test_a_chunk_is_the_sdks_own_object_where_that_is_installed() -> None:
    ollama: Any = pytest.importorskip("ollama")
    with FaultServer(SOUND) as server:
        chunks = [chunk async for chunk, _ in ask(server)]
    assert isinstance(chunks[0].chunk, ollama.ChatResponse)
    assert (chunks[0].chunk.message.content, chunks[-1].chunk.done_reason) == ("Euro", "stop")


async def test_without_the_sdk_a_chunk_is_the_raw_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ollama", None)
    with FaultServer(SOUND) as server:
        chunks = [chunk async for chunk, _ in ask(server)]
    assert chunks[0].chunk == chunks[0].raw
    assert chunks[0].raw["message"] == {"role": "assistant", "content": "Euro"}
