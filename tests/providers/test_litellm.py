"""LiteLLM in this process: tapped routes end as their provider ends them, others are never called complete."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit._recording import read_recording
from streamkit.testing import FaultServer, Plan, anthropic_events, chat_event, chat_events, plan, whole_body
from streamkit.testing.in_process import Request
from tests.packages import missing
from tests.timing import soon_async

if reason := missing("litellm"):
    pytest.skip(reason, allow_module_level=True)

# Its own code warns about its own types and uses what its libraries have deprecated.
pytestmark = [
    pytest.mark.sdk,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*"),
    pytest.mark.filterwarnings("ignore::UserWarning:pydantic.*"),
]

CLAUDE = "anthropic/claude-3-5-sonnet-20240620"
TAPPED = ["openai/gpt-x", "lm_studio/x", CLAUDE, "groq/x", "deepseek/x", "databricks/x"]
OLLAMA = "ollama_chat/x"
WORDS = ("Eu", "ro", "pa")


def ollama_events(*words: str) -> list[bytes]:
    lines = [{"message": {"role": "assistant", "content": word}, "done": False} for word in words]
    last = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop", "eval_count": 3}
    return [json.dumps({"model": "x", **line}).encode() + b"\n" for line in (*lines, last)]


def events(path: str) -> Any:
    return {"messages": anthropic_events, "chat": ollama_events}.get(path.rpartition("/")[2], chat_events)


def serve(fault: str, words: tuple[str, ...] = WORDS, **options: Any) -> Any:
    def choose(request: Request) -> Plan:
        return plan(fault, events(request.path)(*words), **options)

    return choose


def ask(model: str, server: FaultServer, **given: Any) -> sk.Stream:
    timeouts = sk.Timeouts(first=30, between=1)
    settings: dict[str, Any] = {"base_url": server.base_url, "api_key": "test-key-1234", "timeouts": timeouts, **given}
    return sk.stream(f"litellm/{model}", "Which moon?", **settings)


@pytest.mark.parametrize("model", TAPPED)
async def test_a_tapped_answer_is_complete_with_the_providers_own_usage(model: str) -> None:
    with FaultServer(serve("none")) as server:
        response = await ask(model, server, max_tokens=9)
        sent = server.requests[0].json()
    assert (response.content, response.state, response.output_tokens) == ("Europa", "complete", 3)
    assert (response.provider, sent["max_tokens"]) == ("litellm", 9)
    assert sent["messages"][0]["role"] == "user" and "Which moon?" in str(sent["messages"])


@pytest.mark.parametrize("model", TAPPED)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("cut", sk.TruncatedError),
        ("cut_inside", sk.TruncatedError),
        ("empty", sk.TruncatedError),
        ("html", sk.StreamError),
        ("fin", sk.TransportError),
        ("bad_json", sk.MalformedError),
        ("error_event", sk.ProviderError),
        ("stall", sk.StalledError),
    ],
)
async def test_a_tapped_answer_that_is_damaged_is_an_error(model: str, fault: str, kind: type[sk.StreamError]) -> None:
    with FaultServer(serve(fault, at=3)) as server, pytest.raises(kind) as caught:
        await ask(model, server)
    assert caught.value.partial is not None and "Europa".startswith(caught.value.partial.content)


@pytest.mark.parametrize("model", TAPPED)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("unauthorized", sk.AuthenticationFailed),
        ("rate_limited", sk.RateLimited),
        ("server_error", sk.ProviderError),
        ("overloaded", sk.Overloaded),
    ],
)
async def test_a_refused_request_is_sent_once_and_its_error_keeps_its_class(
    model: str, fault: str, kind: type[sk.StreamError]
) -> None:
    with FaultServer(serve(fault)) as server:
        with pytest.raises(kind) as caught:
            await ask(model, server)
        assert len(server.requests) == 1
    assert "Refused with" in caught.value.message and "test-key-1234" not in str(caught.value)


@pytest.mark.parametrize("model", ["openai/gpt-x", CLAUDE, "groq/x"])
async def test_a_redirect_is_refused_and_a_dead_server_is_a_broken_connection(model: str) -> None:
    with (
        FaultServer(serve("none"), host="localhost") as other,
        FaultServer(plan("redirect", location=other.base_url)) as server,
    ):
        with pytest.raises(sk.ProviderError, match="redirect"):
            await ask(model, server)
        assert other.requests == ()
    with pytest.raises(sk.TransportError):
        await sk.stream(f"litellm/{model}", "?", base_url="http://127.0.0.1:9", api_key="test-key-1234")


async def whole_or_partial(stream: sk.Stream) -> sk.Response:
    """Await an answer; of one that failed take what has arrived."""
    with contextlib.suppress(sk.StreamError):
        await stream
    return stream.response


@pytest.mark.parametrize(("fault", "states"), [("none", ["unknown"]), ("cut", ["unknown", "failed"])])
async def test_what_cannot_be_seen_is_never_complete(fault: str, states: list[str]) -> None:
    """For a cut answer old versions of LiteLLM make up an end, and new ones raise an error."""
    with FaultServer(serve(fault, at=2)) as server:
        response = await whole_or_partial(ask(OLLAMA, server))
    assert response.state in states
    assert response.content == ("Europa" if fault == "none" else "Euro")


@pytest.mark.parametrize(("fault", "states"), [("none", ["unknown"]), ("cut", ["unknown", "failed"])])
async def test_an_answer_that_litellm_turns_into_another_is_left_to_it(fault: str, states: list[str]) -> None:
    with FaultServer(serve(fault, at=3)) as server:
        response = await whole_or_partial(ask(CLAUDE, server, json_schema={"type": "object", "properties": {}}))
    assert response.state in states


@pytest.mark.parametrize("model", [*TAPPED, OLLAMA])
async def test_leaving_early_closes_the_connection(model: str) -> None:
    async def leave() -> float:
        with FaultServer(serve("none", words=("word ",) * 5000, every=0.001)) as server:
            async for chunk, _ in ask(model, server):
                if chunk.content:
                    break
            left = time.monotonic()
            (exchange,) = await server.until_closed(1)
        assert exchange.closed_by_client_at is not None
        return exchange.closed_by_client_at - left

    assert await soon_async(leave, seconds=0.1)


def test_a_sync_loop_works_and_leaves_nothing_open() -> None:
    with FaultServer(serve("none")) as server:
        for model in ("openai/gpt-x", CLAUDE):
            stream = ask(model, server)
            assert "".join(chunk.content for chunk, _ in stream) == "Europa"
            stream.wait()


async def test_tools_come_in_the_same_form_from_both_shapes() -> None:
    tool: dict[str, Any] = {
        "name": "look_up",
        "description": "Look up.",
        "parameters": {"type": "object", "properties": {}},
    }
    deltas = [{"id": "a", "function": {"name": "look_up", "arguments": ""}}, {"function": {"arguments": '{"n": 1}'}}]
    chat = [chat_event({"tool_calls": [{"index": 0, **delta}]}) for delta in deltas]
    with FaultServer(plan("none", [*chat, chat_event({}, finish="tool_calls"), b"data: [DONE]\n\n"])) as server:
        response = await ask("groq/x", server, tools=[tool])
        sent = server.requests[0].json()
    assert [(call.id, call.name, call.arguments) for call in response.tool_calls] == [("a", "look_up", {"n": 1})]
    assert sent["tools"][0]["function"]["name"] == "look_up"


async def test_chunks_are_litellms_own_objects_where_its_wire_is_openais() -> None:
    with FaultServer(serve("none")) as server:
        names = {type(chunk.chunk).__name__ async for chunk, _ in ask("openai/gpt-x", server)}
        theirs = {type(chunk.chunk).__name__ async for chunk, _ in ask(CLAUDE, server)}
    assert names == {"ModelResponseStream"}
    assert "RawContentBlockDeltaEvent" in theirs


async def test_a_clients_own_client_is_taken() -> None:
    import openai

    with FaultServer(serve("none")) as server:
        async with openai.AsyncOpenAI(base_url=server.base_url + "/mine", api_key="k", max_retries=0) as client:
            response = await sk.stream("litellm/openai/gpt-x", "?", client=client)
        assert server.requests[0].path == "/mine/chat/completions"
    assert response.state == "complete"


async def test_a_missing_key_and_an_unknown_model_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(sk.ConfigurationError, match="OPENAI_API_KEY is not set"):
        await sk.stream("litellm/openai/gpt-x", "?")
    with pytest.raises(sk.BadRequest, match="LLM Provider NOT provided"):
        await sk.stream("litellm/nobody/x", "?")


def test_it_is_imported_late_and_fetches_nothing() -> None:
    script = """
import sys, os
import streamkit as sk
stream = sk.stream("litellm/openai/gpt-x", "?", api_key="k", base_url="http://127.0.0.1:9")
assert "litellm" not in sys.modules
sys.addaudithook(lambda event, args: event == "socket.getaddrinfo" and print("asks for", args[0]))
try:
    stream.run()
except sk.TransportError:
    print("refused", os.environ["LITELLM_LOCAL_MODEL_COST_MAP"])
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LITELLM_")}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=environment)
    lines = [line for line in done.stdout.splitlines() if "127.0.0.1" not in line]
    assert lines == ["refused True"], done


@pytest.mark.parametrize("model", [*TAPPED, OLLAMA, "groq/llama-3.3-70b", "huggingface/x"])
async def test_before_the_first_byte_nothing_is_looked_up_on_the_loop(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asyncio looks names up in a thread: what is seen on the loop's own is a blocking client of LiteLLM's."""
    found: list[str] = []
    look_up, loop = socket.getaddrinfo, threading.current_thread()

    def seen(host: str, *rest: Any, **options: Any) -> Any:
        if threading.current_thread() is loop:
            found.append(host)
        return look_up(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", seen)
    with FaultServer(serve("none")) as server:
        stream = ask(model, server)
        before_first, *_ = [list(found) async for _ in stream]
        assert (stream.content, before_first) == ("Europa", [])


async def test_an_answer_of_litellms_chunks_has_one_id_though_each_chunk_has_its_own() -> None:
    with FaultServer(serve("none")) as server:
        ids = {chunk.raw["id"] async for chunk, _ in ask(OLLAMA, server) if chunk.raw}
    assert len(ids) == 1


def serve_whole(model: str, words: tuple[str, ...] = WORDS) -> Plan:
    if model == OLLAMA:
        answer = {"model": "x", "message": {"role": "assistant", "content": "".join(words)}, "done": True}
        return plan("none", [json.dumps({**answer, "done_reason": "stop", "eval_count": 3}).encode()])
    if model == CLAUDE:
        return plan("none", [whole_body(anthropic_events(*words), api="anthropic.messages")])
    return plan("none", [whole_body(chat_events(*words))])


@pytest.mark.parametrize("model", [*TAPPED, OLLAMA])
async def test_an_answer_in_one_body_is_complete_where_its_bytes_are_seen(model: str) -> None:
    """LiteLLM requests Databricks by a client of its own, of which only a stream's response can be reached."""
    with FaultServer(serve_whole(model)) as server:
        response = await ask(model, server, stream=False)
        assert [request.json().get("stream", False) for request in server.requests[:1]] == [False]
    assert (response.content, response.output_tokens) == ("Europa", 3)
    assert response.state == ("unknown" if model in (OLLAMA, "databricks/x") else "complete")


async def test_a_body_that_litellm_turns_into_another_is_left_to_it() -> None:
    options: list[dict[str, Any]] = [
        {"json_schema": {"type": "object", "properties": {}}},
        {"tools": [{"name": "look.up", "description": "Look up.", "parameters": {"type": "object", "properties": {}}}]},
    ]
    for given in options:
        with FaultServer(serve_whole(CLAUDE)) as server:
            response = await ask(CLAUDE, server, stream=False, **given)
        assert (response.content, response.state) == ("Europa", "unknown")


async def test_a_body_is_litellms_own_object_where_its_wire_is_openais() -> None:
    with FaultServer(serve_whole("openai/gpt-x")) as server:
        response = await ask("openai/gpt-x", server, stream=False)
    assert type(response.response).__name__ == "ModelResponse"


async def test_a_users_client_sends_a_request_without_streaming_and_stays_open() -> None:
    import openai

    with FaultServer(serve_whole("openai/gpt-x")) as server:
        async with openai.AsyncOpenAI(base_url=server.base_url, api_key="k", max_retries=0) as client:
            for _ in range(2):
                response = await sk.stream("litellm/openai/gpt-x", "?", client=client, stream=False)
                assert (response.content, response.state) == ("Europa", "complete")
            messages: Any = [{"role": "user", "content": "?"}]
            completion = await client.chat.completions.create(model="gpt-x", messages=messages)
        assert len(server.requests) == 3
    assert completion.choices[0].message.content == "Europa"


@pytest.mark.parametrize(
    ("model", "stream", "kind"),
    [
        ("openai/gpt-x", True, "bytes"),
        ("openai/gpt-x", False, "bytes"),
        (OLLAMA, True, "chunks"),
        (OLLAMA, False, "chunks"),
    ],
)
async def test_a_recording_has_bytes_where_they_are_seen_and_else_chunks(
    model: str, stream: bool, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "answer.jsonl"
    with FaultServer(serve("none", at=2) if stream else serve_whole(model)) as server:
        made = ask(model, server, stream=stream, record=path)
        response = await made
    found = read_recording(path)
    assert found.header.kind == kind
    assert b": litellm" not in path.read_bytes()
    played = await sk.open_recording(path, speed="max")
    assert (played.content, played.state, played.usage) == (response.content, response.state, response.usage)
