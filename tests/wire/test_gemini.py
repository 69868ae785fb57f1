"""Decoding of Gemini's events, and when one of them proves the end."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from streamkit.chunk import Image, Usage
from streamkit.errors import MalformedError, Overloaded, ProviderError, RateLimited, TruncatedError
from streamkit.testing import gemini_event, gemini_events
from streamkit.wire import open_decoder
from tests.wire.outcome import Outcome, data, outcome
from tests.wire.short_way import parses

API = "gemini.generate_content"
END = gemini_event(finish="STOP")


def read(*events: bytes, choices: int = 1) -> Outcome:
    return outcome(events, api=API, choices=choices)


def answer(*events: bytes) -> Outcome:
    result = read(*events, END)
    assert (result.error, result.response.finish_reasons) == (None, ["STOP"])
    return result


def used(**figures: int) -> dict[str, Any]:
    return {"usageMetadata": figures}


def test_each_event_names_the_model_and_the_answer() -> None:
    (chunk, *_), response = (result := answer(gemini_event("Io"))).chunks, result.response
    assert (chunk.content, chunk.model, chunk.id, chunk.provider) == ("Io", "scripted-1", "g-1", "google")
    assert (response.content, response.model, response.id, response.common_finish_reasons) == (
        *("Io", "scripted-1", "g-1"),
        ["stop"],
    )


def test_thoughts_and_text_stand_apart_in_one_event_too() -> None:
    hm = {"text": "Hm. ", "thought": True}
    result = answer(gemini_event(hm), gemini_event(hm, "I"), gemini_event({"text": "o", "thought": False}))
    assert (result.response.thinking, result.response.content) == ("Hm. Hm. ", "Io")
    assert [(chunk.thinking, chunk.content) for chunk in result.chunks[:3]] == [("Hm. ", ""), ("Hm. ", "I"), ("", "o")]


def test_a_signature_on_a_part_without_text_is_kept() -> None:
    result = answer(gemini_event("Io"), gemini_event({"text": "", "thoughtSignature": "c2ln"}))
    assert (result.chunks[1].signature, result.response.signature, result.response.content) == ("c2ln", "c2ln", "Io")


def test_the_last_usage_counts_and_the_tokens_of_thinking_stand_apart() -> None:
    early = gemini_event("I", **used(promptTokenCount=9, thoughtsTokenCount=3, totalTokenCount=12))
    last = {
        **{"promptTokenCount": 9, "candidatesTokenCount": 2, "thoughtsTokenCount": 5, "totalTokenCount": 16},
        "cachedContentTokenCount": 4,
        "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": 1}, {"modality": "AUDIO", "tokenCount": 1}],
    }
    result = read(early, gemini_event("o", finish="STOP", usageMetadata=last))
    assert result.chunks[0].usage == Usage(9, None, None, 3, None, 12, raw=result.chunks[0].raw["usageMetadata"])
    assert result.response.usage == Usage(9, 2, 4, 5, 1, 16, raw=last)


def test_usage_without_a_figure_is_none() -> None:
    assert answer(gemini_event("Io", usageMetadata={"trafficType": "ON_DEMAND"})).response.usage is None


@pytest.mark.parametrize(
    ("reason", "common"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("BRAND_NEW", "stop"),
    ],
)
def test_any_reason_proves_the_end(reason: str, common: str) -> None:
    result = read(gemini_event("Io", finish=reason))
    assert (result.error, result.response.finish_reasons) == (None, [reason])
    assert result.response.common_finish_reasons == [common]


@pytest.mark.parametrize("reason", [None, "", "FINISH_REASON_UNSPECIFIED"])
def test_what_is_no_reason_proves_nothing(reason: str | None) -> None:
    result = read(gemini_event("Io", candidate={"finishReason": reason}))
    assert isinstance(result.error, TruncatedError)
    assert result.response.content == "Io"


def test_a_model_may_give_a_reason_with_every_event() -> None:
    result = read(gemini_event("I", finish="STOP"), gemini_event("o", finish="STOP"), gemini_event(finish="RECITATION"))
    assert (result.response.content, result.response.finish_reasons) == ("Io", ["RECITATION"])
    assert (result.error, result.notes) == (None, [])


def test_candidates_are_choices_and_all_must_end() -> None:
    several = [gemini_event("I"), gemini_event("Euro", index=1), gemini_event("o", finish="STOP")]
    result = read(*several, gemini_event("pa", index=1, finish="MAX_TOKENS"), choices=2)
    found = [(each.index, each.content, each.finish_reasons) for each in result.response.choices]
    assert found == [(0, "Io", ["STOP"]), (1, "Europa", ["MAX_TOKENS"])]
    assert isinstance(read(*several, choices=2).error, TruncatedError)
    assert isinstance(read(*several, choices=1).error, TruncatedError)


def test_candidates_of_one_event_are_several_chunks() -> None:
    both = [
        {"content": {"parts": [{"text": text}]}, "index": at, "finishReason": "STOP"} for at, text in enumerate("ab")
    ]
    result = read(data({"candidates": both, **used(promptTokenCount=7)}), choices=2)
    assert [(chunk.index, chunk.content, chunk.input_tokens, chunk.finish_reasons) for chunk in result.chunks] == [
        *((0, "a", 7, None), (1, "b", None, None)),
        *((0, "", None, ["STOP"]), (1, "", None, ["STOP"])),
    ]


@pytest.mark.parametrize(
    ("feedback", "says"),
    [
        ({"blockReason": "SAFETY"}, "SAFETY"),
        ({"blockReason": "OTHER", "blockReasonMessage": "Not this."}, "Not this."),
    ],
)
def test_a_blocked_prompt_is_an_end_without_an_answer(feedback: dict[str, Any], says: str) -> None:
    result = read(data({"promptFeedback": feedback, "modelVersion": "m"}))
    assert (result.error, result.response.state, result.response.content) == (None, "complete", "")
    assert (result.response.refusal, result.response.finish_reasons, result.response.model) == (says, None, "m")


def test_feedback_without_a_block_is_no_end() -> None:
    rated = data({"promptFeedback": {"safetyRatings": [{"probability": "LOW"}]}})
    unspecified = data({"promptFeedback": {"blockReason": "BLOCKED_REASON_UNSPECIFIED"}})
    assert isinstance(read(rated, unspecified).error, TruncatedError)


def test_pictures_and_sound_come_decoded() -> None:
    png = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(b"\x89PNG").decode()}}
    sound = {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": base64.b64encode(b"\x00\x01").decode()}}
    far = {"fileData": {"mimeType": "image/jpeg", "fileUri": "gs://moons/io.jpg"}}
    other = {"inlineData": {"mimeType": "video/mp4", "data": "AAAA"}}
    result = answer(gemini_event("Io", png, sound, sound, far, other, {**png, "thought": True}))
    assert result.chunks[0].images == (
        Image(b"\x89PNG", "image/png"),
        Image(media_type="image/jpeg", url="gs://moons/io.jpg"),
    )
    assert (result.response.audio, result.response.content) == (b"\x00\x01" * 2, "Io")


def test_inline_data_that_is_no_base64_is_malformed() -> None:
    result = read(gemini_event("Io", {"inlineData": {"mimeType": "image/png", "data": "§"}}))
    assert isinstance(result.error, MalformedError)


def test_what_the_model_does_on_the_providers_side_is_passed_by() -> None:
    code = {"executableCode": {"language": "PYTHON", "code": "print(1)"}}
    ran = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}
    searched = {"toolCall": {"toolType": "GOOGLE_SEARCH_WEB"}}
    result = answer(gemini_event("I", code), gemini_event(ran, searched, "o"))
    assert (result.response.content, result.response.tool_calls) == ("Io", ())
    assert result.chunks[0].raw["candidates"][0]["content"]["parts"][1] == code


def test_sources_are_citations() -> None:
    source = {"web": {"uri": "https://moons.example", "title": "Moons"}}
    repeated = {"startIndex": 0, "uri": "https://io.example"}
    grounded = {"groundingMetadata": {"groundingChunks": [source, source]}}
    result = answer(
        *(gemini_event("I", candidate={"groundingMetadata": {}}), gemini_event("o", candidate=grounded)),
        gemini_event(candidate={"citationMetadata": {"citations": [repeated]}}),
        gemini_event(candidate={"citationMetadata": {"citationSources": [repeated]}}),
    )
    assert result.response.citations == (source, source, repeated, repeated)


@pytest.mark.parametrize("form", ["data", "bare", "pretty"])
def test_an_error_in_mid_stream_is_one_with_what_came(form: str) -> None:
    compact = b'{"error":{"code":503,"message":"Try later.","status":"UNAVAILABLE"}}'
    pretty = b'{\r\n  "error": {\r\n    "code": 503,\r\n    "message": "Try later."\r\n  }\r\n}\r\n'
    body = {"data": b"data: " + compact + b"\r\n\r\n", "bare": compact + b"\n", "pretty": pretty}[form]
    result = read(gemini_event("Io"), body)
    assert isinstance(result.error, Overloaded)
    assert (result.error.message, result.error.status, result.response.content) == ("Try later.", 503, "Io")


def test_an_error_says_how_long_to_wait() -> None:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}
    error = {"code": 429, "message": "Quota.", "status": "RESOURCE_EXHAUSTED", "details": [{}, info]}
    found = read(gemini_event("Io"), data({"error": error})).error
    assert isinstance(found, RateLimited)
    assert (found.retry_after, found.retryable) == (34.5, True)


def test_an_error_counts_after_the_reason_too() -> None:
    assert isinstance(
        read(*gemini_events("Io"), data({"error": {"code": 500, "message": "late"}})).error, ProviderError
    )


ODD: list[dict[str, Any]] = [
    {},
    {"candidates": []},
    {"candidates": [{}]},
    {"candidates": [{"content": {}}]},
    {"candidates": [{"content": {"role": "model"}}]},
    {"candidates": [{"content": {"parts": [{}, {"text": ""}, {"brandNew": 1}]}}]},
    {"candidates": None, "newField": [1]},
]


@pytest.mark.parametrize("odd", ODD)
def test_odd_events_say_nothing(odd: dict[str, Any]) -> None:
    result = answer(gemini_event("I"), data(odd), gemini_event("o"))
    assert (result.response.content, result.notes, len(result.chunks)) == ("Io", [], 5)


def test_only_content_counts_as_such() -> None:
    decoder = open_decoder(API)
    still = [data({}), gemini_event(""), gemini_event({}), gemini_event(**used(promptTokenCount=1)), b": hello\r\n\r\n"]
    moving = [
        *(
            gemini_event("I"),
            gemini_event({"text": "Hm.", "thought": True}),
            gemini_event({"functionCall": {"name": "f"}}),
        ),
        *(gemini_event({"executableCode": {"code": "1"}}), gemini_event({"text": "", "thoughtSignature": "c2ln"})),
        *(gemini_event(candidate={"citationMetadata": {"citations": [{"uri": "u"}]}}), END),
    ]
    for event in [*still, *moving]:
        decoder.saw_content = False
        decoder.feed(event)
        assert decoder.saw_content is (event in moving), event


def test_most_events_of_an_answer_whose_usage_comes_last_take_the_short_way() -> None:
    thought = gemini_event({"text": "Hm.", "thought": True})
    events = [*[thought] * 4, *[gemini_event("Io")] * 3, END, gemini_event("Io")]
    assert list(parses(events, api=API)) == [1, 1, 0, 0, 1, 0, 0, 1, 1]
