"""Every fault, with every provider, through its real SDK, in async and in sync code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

import streamkit as sk
from streamkit.testing import (
    AWS,
    FAULTS,
    NDJSON,
    SSE,
    FaultServer,
    Plan,
    Shape,
    anthropic_events,
    bedrock_error,
    bedrock_events,
    chat_events,
    cohere_events,
    gemini_events,
    ollama_lines,
    plan,
    responses_events,
)

pytestmark = pytest.mark.sdk

WORDS = [f"wörd{n} " for n in range(20)]
SOUND = {"none", "latency", "slow_bytes", "drip", "duplicate", "after_done", "bad_utf8"}
STATUS: dict[str, type[sk.StreamError]] = {
    "redirect": sk.ProviderError,
    "unauthorized": sk.AuthenticationFailed,
    "rate_limited": sk.RateLimited,
    "server_error": sk.ProviderError,
    "overloaded": sk.Overloaded,
}
BEFORE: dict[str, type[sk.StreamError]] = {**STATUS, "html": sk.MalformedError, "empty": sk.TruncatedError}
KINDS: dict[str, type[sk.StreamError]] = {
    **BEFORE,
    "keep_alives": sk.StalledError,
    "stall": sk.StalledError,
    "reset": sk.TransportError,
    "fin": sk.TransportError,
    "cut": sk.TruncatedError,
    "cut_inside": sk.TruncatedError,
    "no_finish": sk.TruncatedError,
    "garbage": sk.MalformedError,
    "bad_json": sk.MalformedError,
    "error_event": sk.ProviderError,
    "huge_line": sk.LimitExceeded,
    "gzip_bomb": sk.LimitExceeded,
}


@dataclass(frozen=True)
class Case:
    """One provider: how its streams look, and where its SDK is sent."""

    events: Callable[..., list[bytes]]
    head: int
    """Events before the first text."""
    end: bytes
    """What only the event with the finish reason holds."""
    error: bytes
    path: str = ""
    shape: Shape = SSE
    counts: bool = False
    """Its events are numbered, so that one which comes twice is known."""


CHAT_ERROR = b'data: {"error":{"message":"The server had an error.","type":"server_error","code":null}}\n\n'
CASES = {
    "openai": Case(
        chat_events,
        1,
        b'"finish_reason":"',
        CHAT_ERROR,
        "/v1",
    ),
    "openai-responses": Case(
        responses_events,
        4,
        b'"response.completed"',
        b'event: error\ndata: {"type":"error","code":"server_error","message":"The server had an error."}\n\n',
        "/v1",
        counts=True,
    ),
    "groq": Case(chat_events, 1, b'"finish_reason":"', CHAT_ERROR, "/openai/v1"),
    "mistral": Case(chat_events, 1, b'"finish_reason":"', CHAT_ERROR, "/v1"),
    "azure": Case(chat_events, 1, b'"finish_reason":"', CHAT_ERROR, "/models"),
    "anthropic": Case(
        anthropic_events,
        2,
        b'"stop_reason":"',
        b'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"The server had an error."}}\n\n',
        "",
    ),
    "cohere": Case(
        cohere_events,
        2,
        b'"finish_reason":"',
        b'event: message-end\ndata: {"type":"message-end","delta":{"finish_reason":"ERROR","error":"broken"}}\n\n',
        "",
    ),
    "bedrock": Case(
        bedrock_events,
        1,
        b'"stopReason":"',
        bedrock_error("internalServerException", "The server had an error."),
        shape=AWS,
    ),
    "google": Case(
        gemini_events,
        0,
        b'"finishReason":"',
        b'{\n  "error": {\n    "code": 503,\n    "message": "broken",\n    "status": "UNAVAILABLE"\n  }\n}\n',
    ),
    "ollama": Case(ollama_lines, 0, b'"done":true', b'{"error":"The model runner has stopped."}\n', shape=NDJSON),
}
AT = 12


def faulty(case: Case, fault: str) -> Plan:
    return plan(
        fault,
        case.events(*WORDS),
        at=AT,
        delay=0.001,
        size=16 * 2**20,
        error=case.error,
        is_end=lambda event: case.end in event,
        shape=case.shape,
    )


def stream_of(name: str, server: FaultServer) -> sk.Stream:
    timeouts = sk.Timeouts(first=5, between=0.3)
    address = server.base_url + CASES[name].path
    return sk.stream(f"{name}/m", "a question", base_url=address, api_key="test-key-1234", timeouts=timeouts)


def check(case: Case, fault: str, outcome: sk.Response | sk.StreamError) -> None:
    """Compare what a call ended in with what the fault must lead to, to the last character."""
    if fault in SOUND:
        assert isinstance(outcome, sk.Response), repr(outcome)
        check_sound(case, fault, outcome)
        return
    assert isinstance(outcome, KINDS[fault]), repr(outcome)
    assert outcome.partial is not None
    arrived = {"no_finish": WORDS}.get(fault, [] if fault in BEFORE else WORDS[: AT - case.head])
    assert outcome.partial.state == "failed"
    if fault == "reset":  # TCP throws away what a reader has not fetched when the reset comes
        assert "".join(arrived).startswith(outcome.partial.content)
    else:
        assert outcome.partial.content == "".join(arrived)


def check_sound(case: Case, fault: str, response: sk.Response) -> None:
    hit = AT - case.head
    twice = fault == "duplicate" and not case.counts
    words = [*WORDS[: hit + 1], WORDS[hit], *WORDS[hit + 1 :]] if twice else WORDS
    if fault == "bad_utf8":
        assert "\ufffd" in response.content
    else:
        assert response.content == "".join(words)
    assert (response.state, response.input_tokens, response.output_tokens) == ("complete", 7, 20)


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("name", CASES)
async def test_in_async_code(name: str, fault: str) -> None:
    with FaultServer(faulty(CASES[name], fault)) as server:
        try:
            outcome: sk.Response | sk.StreamError = await stream_of(name, server)
        except sk.StreamError as error:
            outcome = error
    check(CASES[name], fault, outcome)


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("name", CASES)
def test_in_sync_code(name: str, fault: str) -> None:
    with FaultServer(faulty(CASES[name], fault)) as server:
        try:
            outcome: sk.Response | sk.StreamError = stream_of(name, server).run()
        except sk.StreamError as error:
            outcome = error
    check(CASES[name], fault, outcome)
