"""What is sent to the Responses API, and what its answers become; through the real SDK."""

from __future__ import annotations

import base64
import importlib
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit.messages import as_messages
from streamkit.providers import CallSpec
from streamkit.testing import FaultServer, plan, responses_event, responses_events
from streamkit.wire.openai_responses.request import responses_body
from tests.wire.responses import CREATED, Event, arguments, called, called_out, delta, over, sent, text_done

pytestmark = pytest.mark.sdk

SOUND = plan("none", responses_events("Eu", "ropa"))
PNG = sk.ImagePart(b"\x89PNG\r\n")
CALL = sk.ToolCall("call_1", "get_orbit", 0, {"moon": "Io"}, '{"moon": "Io"}', complete=True)
TOOL: dict[str, Any] = {"name": "get_orbit", "parameters": {"type": "object", "properties": {}}}


class Moon(BaseModel):
    name: str


def body(prompt: Any = "Hi", **params: Any) -> dict[str, Any]:
    tools = params.pop("tools", ())
    spec = CallSpec(model="m", messages=as_messages(prompt), tools=tools, params=params)
    return responses_body(spec, provider="openai-responses")


async def answer(*events: Event, **given: Any) -> sk.Response:
    """Play events through the SDK and return what they become."""
    with FaultServer(plan("none", sent(CREATED, *events))) as server:
        return await sk.stream("openai-responses/m", "?", base_url=server.base_url, api_key="test-key", **given)


async def test_the_request_is_what_the_body_says() -> None:
    with FaultServer(SOUND) as server:
        given: dict[str, Any] = {
            "base_url": server.base_url + "/v1",
            "api_key": "test-key",
            "extra_headers": {"x-mine": "1"},
        }
        await sk.stream("openai-responses/m", "Hi", **given, max_tokens=5, reasoning={"effort": "low"}, brand_new=1)
    (request,) = server.requests
    assert (request.method, request.path, request.headers["x-mine"]) == ("POST", "/v1/responses", "1")
    assert request.json() == {
        "model": "m",
        "input": [{"role": "user", "content": "Hi"}],
        "max_output_tokens": 5,
        "reasoning": {"effort": "low"},
        "brand_new": 1,
        "stream": True,
    }


def test_a_conversation_is_a_list_of_items() -> None:
    talk = [
        sk.Messages.System("Be brief."),
        sk.Messages.User(["Look:", PNG, sk.DocumentPart(b"%PDF", name="io.pdf"), sk.DocumentPart(url="https://x/y")]),
        sk.Messages.Assistant(["I will look.", CALL]),
        sk.Messages.Tool("call_1", "far away", "get_orbit"),
        sk.Messages.Assistant("Far away."),
    ]
    assert body(talk)["input"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Look:"},
                {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0K", "detail": "auto"},
                {"type": "input_file", "filename": "io.pdf", "file_data": "data:application/pdf;base64,JVBERg=="},
                {"type": "input_file", "file_url": "https://x/y"},
            ],
        },
        {"role": "assistant", "content": "I will look."},
        {"type": "function_call", "call_id": "call_1", "name": "get_orbit", "arguments": '{"moon": "Io"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "far away"},
        {"role": "assistant", "content": "Far away."},
    ]


def test_messages_of_the_chat_wire_become_items_and_items_pass() -> None:
    function = {"name": "get_orbit", "arguments": '{"moon": "Io"}'}
    item = {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Hi"}]}
    picture = {"type": "image_url", "image_url": {"url": "https://x/io.png"}}
    talk: list[Any] = [
        {"role": "user", "content": [{"type": "text", "text": "Look:"}, picture]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "far away"},
        {"role": "assistant", "content": "", "refusal": "No."},
        item,
    ]
    assert body(talk)["input"] == [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Look:"},
                {"type": "input_image", "image_url": "https://x/io.png", "detail": "auto"},
            ],
        },
        {"type": "function_call", "call_id": "call_1", "name": "get_orbit", "arguments": '{"moon": "Io"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "far away"},
        {"role": "assistant", "content": "No."},
        item,
    ]


async def test_an_answer_goes_back_as_a_message() -> None:
    events = [delta("Hm. "), text_done("Hm. "), called(1), arguments(1, '{"a": 1}'), called_out(1, '{"a": 1}'), over()]
    response = await answer(*events)
    talk: list[Any] = ["Hi", response.message_param, sk.Messages.Tool("call_1", "2")]
    talk[0] = sk.Messages.User("Hi")
    message, call, output = body(talk)["input"][1:]
    assert (message["role"], message["content"][0]["text"]) == ("assistant", "Hm. ")
    assert (call["type"], call["call_id"], call["arguments"]) == ("function_call", "call_1", '{"a": 1}')
    assert output == {"type": "function_call_output", "call_id": "call_1", "output": "2"}


def test_a_custom_tools_call_and_result_are_items_of_their_own_kind() -> None:
    call = sk.ToolCall("call_1", "write", 0, 'say "Io"', '"say \\"Io\\""', complete=True)
    assert body([sk.Messages.Assistant([call]), sk.Messages.Tool("call_1", "done")])["input"] == [
        {"type": "custom_tool_call", "call_id": "call_1", "name": "write", "input": 'say "Io"'},
        {"type": "custom_tool_call_output", "call_id": "call_1", "output": "done"},
    ]


def test_tools_stand_in_the_form_of_this_wire() -> None:
    own = {"type": "web_search"}
    chat = {"type": "function", "function": {**TOOL, "strict": True}}
    assert body(tools=[TOOL, own, chat])["tools"] == [
        {"type": "function", "strict": False, **TOOL},
        own,
        {"type": "function", "strict": True, **TOOL},
    ]
    custom = {"type": "custom", "name": "write"}
    assert body(tools=[TOOL], tool_choice="get_orbit")["tool_choice"] == {"type": "function", "name": "get_orbit"}
    assert body(tools=[custom], tool_choice="write")["tool_choice"] == {"type": "custom", "name": "write"}
    assert body(tools=[TOOL], tool_choice="required")["tool_choice"] == "required"


def test_a_schema_stands_beside_the_other_options_of_the_text() -> None:
    text = body(json_schema=Moon, text={"verbosity": "low"})["text"]
    assert text["format"]["name"] == "Moon" and text["format"]["schema"] == Moon.model_json_schema()
    assert (text["verbosity"], text["format"]["type"]) == ("low", "json_schema")


@pytest.mark.parametrize(
    ("prompt", "params", "message"),
    [
        ("?", {"seed": 1}, "cannot take the parameter seed"),
        ("?", {"frequency_penalty": 1}, "cannot take the parameter frequency_penalty"),
        ("?", {"n": 2}, "one answer a call"),
        ([sk.Messages.User([sk.AudioPart(b"RIFF")])], {}, "cannot take audio"),
        ([sk.Messages.User([5])], {}, "a message part of type int"),
        ("?", {"input": []}, "sets it itself"),
        ("?", {"max_tokens": 0}, "1 or more"),
    ],
)
def test_what_it_cannot_do_raises_before_anything_is_sent(prompt: Any, params: dict[str, Any], message: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=message):
        sk.stream("openai-responses/m", prompt, **params)


async def test_parallel_calls_that_arrive_in_turns_are_whole() -> None:
    one, other = '{"moon": "Io"}', '{"moon": "Titan"}'
    events = [called(0, "first"), called(1, "second"), called(2, "third")]
    events += [event for a, b in zip(one, other, strict=False) for event in (arguments(1, b), arguments(0, a))]
    events += [arguments(1, other[len(one) :]), called_out(0, one, "first"), called_out(1, other, "second")]
    response = await answer(*events, called_out(2, "", "third"), over())
    assert [(call.id, call.name, call.arguments) for call in response.tool_calls] == [
        ("call_0", "first", {"moon": "Io"}),
        ("call_1", "second", {"moon": "Titan"}),
        ("call_2", "third", {}),
    ]
    assert all(call.complete for call in response.tool_calls)


async def test_a_call_that_is_cut_is_not_handed_out() -> None:
    events = [called(0), arguments(0, '{"path": "/srv'), called_out(0, '{"path": "/srv', status="incomplete")]
    response = await answer(*events, over("incomplete", incomplete_details={"reason": "max_output_tokens"}))
    assert (response.state, response.finish_reasons) == ("complete", ["incomplete"])
    assert [call.complete for call in response.tool_calls] == [False]


async def test_thinking_and_usage_come_through() -> None:
    usage = {"input_tokens": 9, "output_tokens": 4, "output_tokens_details": {"reasoning_tokens": 3}}
    thinking = [delta("Hm, ", kind="reasoning_summary_text"), delta("Io.", kind="reasoning_summary_text")]
    response = await answer(*thinking, delta("Io", 1), over(usage=usage))
    assert (response.thinking, response.content) == ("Hm, Io.", "Io")
    assert response.usage is not None and response.usage.reasoning_tokens == 3


async def test_a_failed_answer_raises_with_what_came() -> None:
    with pytest.raises(sk.RateLimited) as caught:
        await answer(delta("I"), over("failed", error={"code": "rate_limit_exceeded", "message": "Too fast."}))
    partial = caught.value.partial
    assert partial is not None and (partial.content, partial.state) == ("I", "failed")


async def test_an_event_is_there_as_the_sdks_own_object() -> None:
    responses: Any = importlib.import_module("openai.types.responses")
    image = {"type": "image_generation_call", "id": "i", "result": base64.b64encode(b"x").decode()}
    events = [*sent(CREATED, delta("Io")), responses_event("brand_new", 2, depth=1)]
    events += sent(("output_item.done", {"output_index": 1, "item": image}), over(), first=3)
    with FaultServer(plan("none", events)) as server:
        stream = sk.stream("openai-responses/m", "?", base_url=server.base_url, api_key="k")
        own = [chunk.chunk async for chunk, _ in stream]
    assert isinstance(own[0], responses.ResponseCreatedEvent) and own[0].response.id == "resp_1"
    assert isinstance(own[1], responses.ResponseTextDeltaEvent) and own[1].delta == "Io"
    assert own[2] == {"type": "response.brand_new", "depth": 1, "sequence_number": 2}
    assert isinstance(own[3], responses.ResponseOutputItemDoneEvent) and own[3].item.type == "image_generation_call"
    assert isinstance(own[4], responses.ResponseCompletedEvent) and own[4].response.usage.input_tokens == 7


async def test_a_users_client_is_used_async_or_by_its_settings() -> None:
    openai: Any = importlib.import_module("openai")
    with FaultServer(SOUND) as server:
        given = {"api_key": "client-key", "base_url": server.base_url + "/own"}
        async with openai.AsyncOpenAI(**given) as client:
            assert (await sk.stream("openai-responses/m", "?", client=client)).content == "Europa"
        with openai.OpenAI(**given) as client:
            assert (await sk.stream("openai-responses/m", "?", client=client)).content == "Europa"
    requests = [(request.path, request.headers["authorization"]) for request in server.requests]
    assert requests == [("/own/responses", "Bearer client-key")] * 2


async def test_azure_needs_an_address() -> None:
    with pytest.raises(sk.ConfigurationError, match="AZURE_OPENAI_BASE_URL is not set"):
        await sk.stream("azure-responses/m", "?", api_key="k")
