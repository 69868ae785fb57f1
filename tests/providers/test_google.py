"""Google's Gemini over a real socket: the request, the answer, and how soon a stop closes the connection."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, Plan, assert_closed, gemini_array, gemini_event, gemini_events, plan
from tests.providers.doors import kind_of
from tests.timing import soon_async
from tests.wire.test_gemini_calls import BEGIN, DONE, call, value

pytestmark = pytest.mark.sdk

SOUND = plan("none", gemini_events("Euro", "pa"))


def ask(server: FaultServer, prompt: Any = "Which moon?", **given: Any) -> sk.Stream:
    settings: dict[str, Any] = {"base_url": server.base_url, "api_key": "test-key-1234", **given}
    return sk.stream("google/gemini-x", prompt, **settings)


async def answered(*events: bytes, **given: Any) -> sk.Response:
    with FaultServer(plan("none", events)) as server:
        return await ask(server, **given)


async def test_the_request_is_as_documented_and_the_answer_is_read_to_its_end() -> None:
    async with assert_closed():
        with FaultServer(SOUND) as server:
            response = await ask(server, max_tokens=9, extra_headers={"x-mine": "1"}, extra_query={"mine": "2"})
    (request,) = server.requests
    assert request.path == "/v1beta/models/gemini-x:streamGenerateContent?alt=sse&mine=2"
    sent = {name: request.headers[name] for name in ("x-goog-api-key", "content-type", "accept-encoding", "x-mine")}
    assert sent == {
        **{"x-goog-api-key": "test-key-1234", "content-type": "application/json"},
        **{"accept-encoding": "identity", "x-mine": "1"},
    }
    assert "authorization" not in request.headers
    contents = [{"role": "user", "parts": [{"text": "Which moon?"}]}]
    assert request.json() == {"contents": contents, "generationConfig": {"maxOutputTokens": 9}}
    assert (response.content, response.state, response.finish_reasons) == ("Europa", "complete", ["STOP"])
    assert (response.provider, response.model, response.id) == ("google", "scripted-1", "g-1")
    assert (response.input_tokens, response.output_tokens) == (7, 2)


def test_it_works_in_sync_code() -> None:
    with FaultServer(SOUND) as server:
        texts = [chunk.content for chunk, _ in ask(server)]
    assert texts == ["Euro", "pa", "", ""]  # the last says that the body has ended behind its reason


async def test_the_key_is_the_sdks_by_name_and_order(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fresh() -> str:
        return "fresh-key"

    with FaultServer(SOUND) as server:
        monkeypatch.setenv("GEMINI_API_KEY", "gemini-key")
        await ask(server, api_key=None)
        monkeypatch.setenv("GOOGLE_API_KEY", "google-key")
        await ask(server, api_key=None)
        await ask(server, api_key=fresh)
    assert [request.headers["x-goog-api-key"] for request in server.requests] == [
        *("gemini-key", "google-key", "fresh-key")
    ]


async def test_a_missing_key_names_its_variables() -> None:
    with pytest.raises(sk.ConfigurationError, match="GEMINI_API_KEY or GOOGLE_API_KEY is not set"):
        await sk.stream("google/m", "?", base_url="http://127.0.0.1:9")


async def test_the_address_is_the_sdks_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(SOUND) as server:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.base_url + "/proxy/")
        await ask(server, base_url=None)
        monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "v1")
        await ask(server, base_url=None)
    paths = [request.path.partition(":")[0] for request in server.requests]
    assert paths == ["/proxy/v1beta/models/gemini-x", "/proxy/v1/models/gemini-x"]


async def test_several_answers_are_requested_and_awaited() -> None:
    events = [gemini_event("Io", finish="STOP"), gemini_event("Titan", index=1)]
    with FaultServer(plan("none", events)) as server, pytest.raises(sk.TruncatedError) as caught:
        await ask(server, n=2)
    assert server.requests[0].json()["generationConfig"] == {"candidateCount": 2}
    assert caught.value.partial is not None
    assert [each.content for each in caught.value.partial.choices] == ["Io", "Titan"]


async def test_thinking_signature_and_usage_arrive() -> None:
    used = {"promptTokenCount": 9, "candidatesTokenCount": 2, "thoughtsTokenCount": 5, "totalTokenCount": 16}
    response = await answered(
        *(gemini_event({"text": "Hm.", "thought": True}), gemini_event("Io")),
        gemini_event({"text": "", "thoughtSignature": "c2ln"}, finish="STOP", usageMetadata=used),
    )
    assert (response.thinking, response.content, response.signature) == ("Hm.", "Io", "c2ln")
    usage = response.usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.reasoning_tokens, usage.total_tokens) == (9, 2, 5, 16)


async def test_tools_are_handed_out_where_they_are_whole() -> None:
    events = [
        gemini_event("Let me see.", call("f", args={"n": 1}, id="c1"), call("f")),
        *map(gemini_event, (BEGIN, value("$.moon", stringValue="I"), value("$.moon", stringValue="o"), DONE)),
        gemini_event(finish="STOP"),
    ]
    tool = {"name": "f", "description": "F.", "parameters": {"type": "object"}}
    with FaultServer(plan("none", events)) as server:
        pairs = [(chunk.content, tool) async for chunk, tool in ask(server, tools=[tool])]
    assert [(text, tool.id, tool.arguments) for text, tool in pairs if tool] == [
        *(("Let me see.", "c1", {"n": 1}), ("", None, {})),
        ("", None, {"moon": "Io"}),
    ]
    to_tools = {"name": "f", "description": "F.", "parametersJsonSchema": {"type": "object"}}
    assert server.requests[0].json()["tools"] == [{"functionDeclarations": [to_tools]}]


async def test_the_next_turn_goes_back_as_the_stream_hands_it_out() -> None:
    signed = {**call("f", args={"n": 1}), "thoughtSignature": "c2ln"}
    with FaultServer([plan("none", [gemini_event(signed, finish="STOP")]), SOUND]) as server:
        first = ask(server)
        response = await first
        outputs = first.tool_message_params([(each, "far away") for each in response.tool_calls])
        await ask(server, [*first.messages, first.message_param, *outputs])
    assert server.requests[1].json()["contents"] == [
        {"role": "user", "parts": [{"text": "Which moon?"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"n": 1}}, "thoughtSignature": "c2ln"}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"result": "far away"}}}]},
    ]


async def test_a_server_that_streams_an_array_is_read_too() -> None:
    assert (await answered(*gemini_array(*gemini_events("Euro", "pa")))).content == "Europa"


@pytest.mark.parametrize("fault", ["fin", "reset"])
async def test_a_connection_that_breaks_behind_a_reason_is_an_error(fault: str) -> None:
    events = gemini_events("Euro", "pa")
    with FaultServer(plan(fault, events, at=len(events))) as server, pytest.raises(sk.TransportError) as caught:
        await ask(server)
    assert caught.value.partial is not None
    assert "Europa".startswith(caught.value.partial.content)


async def test_an_array_is_over_with_its_bracket_whatever_becomes_of_the_connection() -> None:
    blocks = gemini_array(*gemini_events("Euro", "pa"))
    with FaultServer(plan("stall", blocks, at=len(blocks))) as server:
        assert (await ask(server, timeouts=sk.Timeouts(between=30))).content == "Europa"


def refusal(status: int, name: str, *details: dict[str, Any], listed: bool = False, wait: str | None = None) -> Plan:
    error: Any = {"error": {"code": status, "message": f"Refused: {name}.", "status": name, "details": list(details)}}
    body = json.dumps([error] if listed else error, indent=2).encode()
    headers = {"content-type": "application/json", **({"retry-after": wait} if wait else {})}
    return plan("none", [body], status=status, headers=headers)


BAD_KEY = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
WAIT = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}


@pytest.mark.parametrize(
    ("answer", "kind", "expected"),
    [
        (refusal(400, "INVALID_ARGUMENT"), sk.BadRequest, (400, "INVALID_ARGUMENT", None, False)),
        (refusal(400, "INVALID_ARGUMENT", BAD_KEY), sk.AuthenticationFailed, (400, "INVALID_ARGUMENT", None, False)),
        (refusal(401, "UNAUTHENTICATED"), sk.AuthenticationFailed, (401, "UNAUTHENTICATED", None, False)),
        (refusal(403, "PERMISSION_DENIED"), sk.AuthenticationFailed, (403, "PERMISSION_DENIED", None, False)),
        (refusal(404, "NOT_FOUND", listed=True), sk.BadRequest, (404, "NOT_FOUND", None, False)),
        (refusal(429, "RESOURCE_EXHAUSTED", WAIT), sk.RateLimited, (429, "RESOURCE_EXHAUSTED", 7.0, True)),
        (
            refusal(429, "RESOURCE_EXHAUSTED", WAIT, wait="2"),
            sk.RateLimited,
            (429, "RESOURCE_EXHAUSTED", 2.0, True),
        ),
        (refusal(500, "INTERNAL"), sk.ProviderError, (500, "INTERNAL", None, True)),
        (refusal(503, "UNAVAILABLE"), sk.Overloaded, (503, "UNAVAILABLE", None, True)),
    ],
)
async def test_the_error_of_a_refusal_has_googles_message(
    answer: Plan, kind: type[sk.ProviderError], expected: object
) -> None:
    with FaultServer(answer) as server, pytest.raises(kind) as caught:
        await ask(server)
    error = caught.value
    assert kind_of(error) is kind
    assert (error.status, error.code, error.retry_after, error.retryable) == expected
    url = f"{server.base_url.removeprefix('http://')}{server.requests[0].path.partition('?')[0]}"
    gateway = f"The server at {url} answered with status 503: " if error.status == 503 else ""
    assert error.message == f"{gateway}Refused: {error.code}."
    assert len(server.requests) == 1


async def test_a_refusal_keeps_the_key_and_the_prompt_to_itself() -> None:
    body = json.dumps({"error": {"message": "No test-key-1234 for Which moon?", "status": "UNAUTHENTICATED"}}).encode()
    with FaultServer(plan("none", [body], status=401)) as server, pytest.raises(sk.AuthenticationFailed) as caught:
        await ask(server)
    assert caught.value.message == "No … for …"


async def test_an_error_inside_an_answer_ends_it_with_what_came() -> None:
    error = b'{\n  "error": {\n    "code": 503,\n    "message": "Try later.",\n    "status": "UNAVAILABLE"\n  }\n}\n'
    with pytest.raises(sk.Overloaded, match=r"Try later\.") as caught:
        await answered(*gemini_events("Euro", reason=None), error)
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Euro"


async def test_nobody_there_is_a_transport_error() -> None:
    with pytest.raises(sk.TransportError):
        await sk.stream("google/m", "?", base_url="http://127.0.0.1:9", api_key="k")


async def test_leaving_early_closes_the_connection_at_once() -> None:
    events = [gemini_event("moon ") for _ in range(2000)]

    async def leave() -> float:
        async with assert_closed():
            with FaultServer(plan("none", events, every=0.001)) as server:
                async for chunk, _ in ask(server):
                    if chunk.content:
                        break
                left = time.monotonic()
                (exchange,) = await server.until_closed()
        assert exchange.closed_by_client_at is not None and not exchange.finished
        return exchange.closed_by_client_at - left

    assert await soon_async(leave, seconds=0.02)


async def test_a_chunk_is_the_sdks_own_object_where_that_is_installed() -> None:
    types: Any = pytest.importorskip("google.genai.types")
    event = gemini_event(
        {"text": "Io", "brandNew": 1}, finish="STOP", unheardOf=2, usageMetadata={"promptTokenCount": 7}
    )
    with FaultServer(plan("none", [event])) as server:
        chunks = [chunk async for chunk, _ in ask(server)]
    built = chunks[0].chunk
    assert isinstance(built, types.GenerateContentResponse)
    assert (built.text, built.candidates[0].finish_reason, built.usage_metadata.prompt_token_count) == ("Io", "STOP", 7)


async def test_without_the_sdk_a_chunk_is_the_raw_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.genai.types", None)
    with FaultServer(SOUND) as server:
        chunks = [chunk async for chunk, _ in ask(server)]
    assert chunks[0].chunk == chunks[0].raw
    assert chunks[0].raw["candidates"][0]["content"]["parts"] == [{"text": "Euro"}]


ALONE = """
import sys
import streamkit as sk
from streamkit.testing import FaultServer, {events}, plan
with FaultServer(plan("none", {events}("Euro", "pa"))) as server:
    assert sk.stream("{name}/m", "?", base_url=server.base_url, api_key="k").run().content == "Europa"
others = ["anthropic", "cohere", "google.auth", "google.genai", "groq", "mistralai", "ollama", "openai"]
print([name for name in others if name in sys.modules])
"""


@pytest.mark.parametrize(("name", "events"), [("google", "gemini_events"), ("ollama", "ollama_lines")])
async def test_a_call_imports_no_sdk(name: str, events: str) -> None:
    code = ALONE.format(name=name, events=events)
    run = [sys.executable, "-c", code]
    done = await asyncio.to_thread(subprocess.run, run, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
