"""InvokeModelWithResponseStream: each model family's own events, recognized by the first of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamkit import wire
from streamkit.errors import MalformedError, ProviderError, RateLimited, TruncatedError
from streamkit.testing import anthropic_events, bedrock_error, chat_events, invoke_events, rechunk
from tests.wire.outcome import Outcome, outcome

API = "bedrock.invoke"
METRICS = {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 7, "outputTokenCount": 2}}


def inner(events: list[bytes]) -> list[dict[str, Any]]:
    """Take the JSON out of server-sent events."""
    texts = [line[6:] for event in events for line in event.splitlines() if line.startswith(b"data: {")]
    return [json.loads(each) for each in texts]


def nova(index: int, text: str) -> dict[str, Any]:
    return {"contentBlockDelta": {"delta": {"text": text}, "contentBlockIndex": index}}


def last(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*events[:-1], events[-1] | METRICS]


# Each says "Io" and ends; the events before the last do not prove the end.
FAMILIES: dict[str, list[dict[str, Any]]] = {
    "anthropic": last(inner(anthropic_events("I", "o"))),
    "nova": [
        {"messageStart": {"role": "assistant"}},
        nova(0, "I"),
        {"contentBlockStop": {"contentBlockIndex": 0}},
        nova(1, "o"),
        {"contentBlockStop": {"contentBlockIndex": 1}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": {"inputTokens": 7, "outputTokens": 2}}, **METRICS},
    ],
    "chat": last(inner(chat_events("I", "o", done=False))),
    "titan": [
        {"outputText": "I", "index": 0, "completionReason": None},
        {"outputText": "o", "index": 0, "completionReason": "FINISH", **METRICS},
    ],
    "llama": [
        {"generation": "I", "stop_reason": None},
        {"generation": "o", "stop_reason": None},
        {"generation": "", "stop_reason": "stop", **METRICS},
    ],
    "claude 2": [
        {"type": "completion", "completion": "I", "stop_reason": None},
        {"type": "completion", "completion": "o", "stop_reason": "stop_sequence", **METRICS},
    ],
    "mistral": [
        {"outputs": [{"text": "I", "stop_reason": None}]},
        {"outputs": [{"text": "o", "stop_reason": "stop"}], **METRICS},
    ],
    "cohere": [
        {"event_type": "stream-start", "is_finished": False},
        {"event_type": "text-generation", "is_finished": False, "text": "I"},
        {"event_type": "text-generation", "is_finished": False, "text": "o"},
        {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"text": "Io"}, **METRICS},
    ],
}
every_family = pytest.mark.parametrize("name", FAMILIES)


def read(*frames: bytes) -> Outcome:
    return outcome(frames, api=API)


@every_family
def test_every_family_is_read_to_its_own_end(name: str) -> None:
    result = read(*invoke_events(*FAMILIES[name]))
    assert (result.response.content, result.error, result.notes) == ("Io", None, [])
    assert (result.response.input_tokens, result.response.output_tokens) == (7, 2)
    assert result.response.common_finish_reasons == ["stop"]


@every_family
def test_a_family_that_is_cut_is_an_error_with_what_came(name: str) -> None:
    events = FAMILIES[name]
    proof = next(n for n in range(len(events)) if wire_ended(events[: n + 1]))
    for count in range(proof + 1):
        with pytest.raises(TruncatedError) as caught:
            wire.reduce(API, b"".join(invoke_events(*events[:count])))
        assert caught.value.partial is not None and "Io".startswith(caught.value.partial.content)


def wire_ended(events: list[dict[str, Any]]) -> bool:
    decoder = wire.open_decoder(API)
    decoder.feed(b"".join(invoke_events(*events)))
    return decoder.finish_seen


@every_family
@pytest.mark.parametrize("size", [1, 11, 100])
def test_any_split_of_the_bytes_gives_the_same(name: str, size: int) -> None:
    body = b"".join(invoke_events(*FAMILIES[name]))
    assert outcome(rechunk(body, size=size), api=API).seen == outcome([body], api=API).seen


@every_family
def test_an_exception_between_the_chunks_is_an_error(name: str) -> None:
    frames = invoke_events(*FAMILIES[name])
    result = read(frames[0], bedrock_error("throttlingException", "slow"), *frames[1:])
    assert isinstance(result.error, RateLimited) and result.error.message == "slow"


def test_an_exception_may_come_first() -> None:
    assert isinstance(read(bedrock_error("modelTimeoutException", "slow")).error, ProviderError)


def test_events_of_a_family_that_nobody_knows_are_raw_and_their_end_is_unknown() -> None:
    body = b"".join(invoke_events({"piece": "I"}, {"piece": "o", **METRICS}))
    decoder = wire.decoder(API)
    chunks = decoder.feed(body) + decoder.finish()
    assert [chunk.raw.get("piece") for chunk in chunks] == ["I", "o"]
    assert (decoder.response.state, decoder.response.content, decoder.response.output_tokens) == ("unknown", "", 2)
    assert wire.reduce(API, body).state == "unknown"


@pytest.mark.sdk
def test_claudes_events_are_those_of_its_sdk() -> None:
    chunks = read(*invoke_events(*FAMILIES["anthropic"])).chunks
    assert type(chunks[0].chunk).__name__ == "RawMessageStartEvent"
    assert chunks[2].raw["delta"] == {"type": "text_delta", "text": "I"}


def test_an_error_event_inside_a_chunk_is_one_too() -> None:
    events = FAMILIES["anthropic"]
    failed = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    result = read(*invoke_events(*events[:3], failed))
    assert isinstance(result.error, ProviderError) and result.error.message == "busy"


@pytest.mark.parametrize("page", [b"<html>502 Bad Gateway</html>", b"<html>" + b"x" * 500])
def test_a_body_that_is_no_stream_says_how_it_begins(page: bytes) -> None:
    error = read(page).error
    assert isinstance(error, MalformedError) and "begins with '<html>" in str(error)
    assert isinstance(read().error, TruncatedError)


@pytest.mark.parametrize("event", [b"no json", b"[1]"])
def test_a_chunk_that_holds_no_object_is_malformed(event: bytes) -> None:
    assert isinstance(read(*invoke_events(event)).error, MalformedError)
    frames = invoke_events(*FAMILIES["anthropic"])
    result = read(*frames[:4], *invoke_events(event), *frames[4:])
    assert isinstance(result.error, MalformedError) and result.response.content == "Io"
