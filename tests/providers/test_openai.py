"""What the OpenAI provider sends, and what it makes of an answer; through the real SDK."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, Plan, chat_event, chat_events, plan

pytestmark = pytest.mark.sdk

SOUND = plan("none", chat_events("Eu", "ropa"), headers={"x-request-id": "req_1"})
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}},
}


def ask(server: FaultServer, prompt: Any = "Which moon?", **given: Any) -> sk.Stream:
    settings: dict[str, Any] = {"base_url": server.base_url + "/v1", "api_key": "test-key", **given}
    return sk.stream("openai/gpt-5-mini", prompt, **settings)


async def sent(prompt: Any = "Which moon?", **given: Any) -> dict[str, Any]:
    """Make a sound call and return the body of its request."""
    with FaultServer(SOUND) as server:
        assert (await ask(server, prompt, **given)).content == "Europa"
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    return request.json()


async def test_the_request_has_the_calls_fields() -> None:
    assert await sent() == {
        "model": "gpt-5-mini",
        "messages": [{"role": "user", "content": "Which moon?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_messages_go_as_they_are_ours_or_the_providers_own() -> None:
    parts = [{"type": "text", "text": "Which?"}]
    own = {"role": "user", "content": parts, "name": "Ada"}
    prompt = [sk.Messages.System("Be brief."), own, sk.Messages.Assistant("Io."), sk.Messages.User(parts)]
    assert (await sent(prompt))["messages"] == [
        {"role": "system", "content": "Be brief."},
        own,
        {"role": "assistant", "content": "Io."},
        {"role": "user", "content": parts},
    ]


async def test_parameters_go_to_the_provider_whether_its_sdk_knows_them_or_not() -> None:
    body = await sent(temperature=0.5, top_p=1, seed=7, brand_new={"depth": 2}, extra_body={"mine": 1})
    assert (body["temperature"], body["top_p"], body["seed"]) == (0.5, 1, 7)
    assert (body["brand_new"], body["mine"]) == ({"depth": 2}, 1)


async def test_tools_go_in_the_providers_own_form() -> None:
    body = await sent(tools=[TOOL], tool_choice="auto")
    assert (body["tools"], body["tool_choice"]) == ([TOOL], "auto")


async def test_the_limit_has_its_new_name_only_where_openai_itself_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await sent(max_tokens=5))["max_tokens"] == 5
    with FaultServer(SOUND) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        await sk.stream("openai/m", "?", api_key="test-key", max_tokens=5)
    assert server.requests[0].json()["max_tokens"] == 5


@pytest.mark.parametrize(
    ("given", "becomes"),
    [
        (None, {"include_usage": True}),
        ({}, {"include_usage": True}),
        ({"include_obfuscation": False}, {"include_obfuscation": False, "include_usage": True}),
        ({"include_usage": False}, {"include_usage": False}),
    ],
)
async def test_usage_is_requested_unless_the_user_sets_the_option(given: Any, becomes: dict[str, Any]) -> None:
    assert (await sent(stream_options=given))["stream_options"] == becomes


async def test_what_the_user_gave_is_not_changed() -> None:
    given: dict[str, Any] = {"stream_options": {"include_obfuscation": False}, "extra_headers": {"x-mine": "1"}}
    prompt: list[Any] = [{"role": "user", "content": "Which moon?"}]
    await sent(prompt, **given)
    assert given == {"stream_options": {"include_obfuscation": False}, "extra_headers": {"x-mine": "1"}}
    assert prompt == [{"role": "user", "content": "Which moon?"}]


async def test_the_headers_carry_the_key_ask_for_identity_and_keep_the_users_own() -> None:
    with FaultServer(SOUND) as server:
        await ask(server, extra_headers={"x-mine": "1"}, extra_query={"trace": "yes"})
    headers = server.requests[0].headers
    assert (headers["authorization"], headers["accept-encoding"]) == ("Bearer test-key", "identity")
    assert (headers["x-mine"], server.requests[0].path) == ("1", "/v1/chat/completions?trace=yes")


async def test_the_address_comes_from_the_argument_or_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(SOUND) as server, FaultServer(SOUND) as other:
        monkeypatch.setenv("OPENAI_BASE_URL", other.base_url + "/from/environment")
        await sk.stream("openai/m", "?", api_key="test-key")
        await ask(server)
    assert [request.path for request in other.requests] == ["/from/environment/chat/completions"]
    assert [request.path for request in server.requests] == ["/v1/chat/completions"]


async def test_the_key_comes_from_the_argument_or_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "environment-key")
    with FaultServer(SOUND) as server:
        await ask(server)
        await ask(server, api_key=None)
    assert [each.headers["authorization"] for each in server.requests] == ["Bearer test-key", "Bearer environment-key"]


async def test_a_key_may_be_a_function_which_runs_for_every_call() -> None:
    keys = iter(["first", "second", "third", "fourth"])

    async def later() -> str:
        return next(keys)

    with FaultServer(SOUND) as server:
        for key in (lambda: next(keys), later):
            stream = ask(server, api_key=key)
            await stream
            await stream.again()
    sent = [each.headers["authorization"].removeprefix("Bearer ") for each in server.requests]
    assert sent == ["first", "second", "third", "fourth"]


async def test_a_key_function_that_raises_is_the_cause_of_the_error() -> None:
    with pytest.raises(sk.StreamError) as caught, FaultServer(SOUND) as server:
        await ask(server, api_key=lambda: 1 / 0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert server.requests == ()


async def test_the_response_knows_its_request() -> None:
    with FaultServer(SOUND) as server:
        response = await ask(server)
    assert (response.request_id, response.provider, response.model) == ("req_1", "openai", "scripted-1")


async def test_an_event_is_there_as_the_sdks_own_object_with_its_parts_typed() -> None:
    from openai.types.chat import ChatCompletionChunk
    from openai.types.chat.chat_completion_chunk import ChoiceDelta, ChoiceDeltaToolCallFunction
    from openai.types.completion_usage import CompletionUsage

    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
    usage = {"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 8}
    events = [chat_event({"content": "Io", "tool_calls": [call]}, finish="tool_calls"), chat_event(None, usage=usage)]
    with FaultServer(plan("none", [*events, b"data: [DONE]\n\n"])) as server:
        first, last = [chunk.chunk async for chunk, _ in ask(server)]
    assert isinstance(first, ChatCompletionChunk) and isinstance(first.choices[0].delta, ChoiceDelta)
    assert first.choices[0].delta.tool_calls
    assert isinstance(first.choices[0].delta.tool_calls[0].function, ChoiceDeltaToolCallFunction)
    assert isinstance(last.usage, CompletionUsage) and last.choices == []


async def test_the_sdks_object_is_built_only_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    cls: Any = importlib.import_module("openai.types.chat").ChatCompletionChunk
    built: list[object] = []
    construct = cls.construct

    def counted(**fields: Any) -> Any:
        built.append(fields)
        return construct(**fields)

    monkeypatch.setattr(cls, "construct", counted)
    with FaultServer(SOUND) as server:
        chunks = [chunk async for chunk, _ in ask(server)]
    assert built == []
    assert chunks[1].chunk.choices[0].delta.content == "Eu"
    assert len(built) == 1


async def test_text_that_shares_a_template_is_still_each_events_own_object() -> None:
    with FaultServer(plan("none", chat_events(*"Europa"))) as server:
        chunks = [(chunk.content, chunk.chunk) async for chunk, _ in ask(server)]
    assert [own.choices[0].delta.content for text, own in chunks if text] == list("Europa")


async def test_two_choices() -> None:
    events = [chat_event({"content": text}, index=at) for at, text in [(0, "I"), (1, "Ti"), (0, "o"), (1, "tan")]]
    events += [chat_event({}, index=at, finish=reason) for at, reason in enumerate(["stop", "length"])]
    with FaultServer(plan("none", [*events, b"data: [DONE]\n\n"])) as server:
        stream = ask(server, n=2)
        response = await stream
    assert server.requests[0].json()["n"] == 2
    assert [(each.content, each.finish_reasons) for each in response.choices] == [
        ("Io", ["stop"]),
        ("Titan", ["length"]),
    ]
    assert [chunk.index async for chunk, _ in stream] == [0, 1, 0, 1, 0, 1]
    assert await stream.pipe(sk.operators.text(choice=1), sk.operators.join()) == "Titan"


@pytest.mark.parametrize("http", ["default", "httpx", "aiohttp"])
async def test_a_body_that_was_compressed_unasked_is_read_right(http: str) -> None:
    import gzip

    import openai

    body = gzip.compress(b"".join(chat_events("Eu", "ropa")))
    headers = (("content-type", "text/event-stream"), ("content-encoding", "gzip"))
    zipped = Plan(headers=headers, steps=tuple(plan("none", [body[:20], body[20:]]).steps))
    with FaultServer(zipped) as server:
        if http == "default":
            assert (await ask(server)).content == "Europa"
            return
        if http == "aiohttp":
            pytest.importorskip("aiohttp")
        kind = {"httpx": openai.DefaultAsyncHttpxClient, "aiohttp": openai.DefaultAioHttpClient}[http]
        address = server.base_url + "/v1"
        async with openai.AsyncOpenAI(api_key="k", base_url=address, http_client=kind()) as client:
            assert (await sk.stream("openai/m", "?", client=client)).content == "Europa"


async def test_a_damaged_compressed_body_is_malformed() -> None:
    import gzip

    body = gzip.compress(b"")[:10] + b"\xff" * 50
    with FaultServer(plan("none", [body], headers={"content-encoding": "gzip"})) as server:
        stream = ask(server)
        with pytest.raises(sk.MalformedError, match="compressed body is damaged"):
            await stream
