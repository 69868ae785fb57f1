"""The Responses wire: texts, reasoning, images, citations, and the answer's final status."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from streamkit.chunk import Usage
from streamkit.errors import ProviderError, RateLimited, TruncatedError
from streamkit.testing import responses_event, responses_events
from tests.wire.outcome import DONE, data, outcome
from tests.wire.responses import CREATED, begun, called, delta, ended, over, read, sent, text_done

API = "openai.responses"


def test_an_answer_is_its_text_its_names_and_its_usage() -> None:
    result = outcome(responses_events("Euro", "pa"), api=API)
    response = result.response
    assert (response.content, response.model, response.id) == ("Europa", "scripted-1", "resp_1")
    assert response.finish_reasons == ["completed"] and response.common_finish_reasons == ["stop"]
    usage = response.usage or Usage()
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (7, 2, 9)
    assert (result.error, result.notes) == (None, [])


def test_cached_and_reasoning_tokens_stand_apart() -> None:
    details = {"input_tokens_details": {"cached_tokens": 5}, "output_tokens_details": {"reasoning_tokens": 3}}
    usage = read(over(usage={"input_tokens": 9, "output_tokens": 4, **details})).response.usage or Usage()
    assert (usage.cached_tokens, usage.reasoning_tokens, usage.input_tokens) == (5, 3, 9)


def test_every_text_of_every_item_is_a_block() -> None:
    result = read(delta("a", 0, 0), delta("b", 0, 1), delta("c", 2), delta("d", 0, 1), over())
    assert [(chunk.block, chunk.content) for chunk in result.chunks if chunk.content] == [
        (0, "a"),
        (1, "b"),
        (2, "c"),
        (1, "d"),
    ]


@pytest.mark.parametrize("kind", ["reasoning_summary_text", "reasoning_text"])
def test_thinking_comes_as_a_summary_or_as_it_was(kind: str) -> None:
    item = ended(0, "reasoning", summary=[], encrypted_content="gAAA")
    result = read(
        begun(0, "reasoning"),
        delta("Hm", kind=kind),
        text_done("Hm", kind=kind),
        item,
        delta("Io", 1),
        over(),
    )
    assert (result.response.thinking, result.response.content) == ("Hm", "Io")
    assert result.response.redacted_thinking == ("gAAA",)


def test_the_same_thinking_in_two_forms_is_taken_once() -> None:
    content = [{"type": "reasoning_text", "text": "Hm"}]
    summary = [{"type": "summary_text", "text": "In short: hm"}]
    item = ended(0, "reasoning", content=content, summary=summary)
    assert read(delta("Hm", kind="reasoning_text"), item, over()).response.thinking == "Hm"


def test_a_refusal_is_no_content() -> None:
    result = read(
        delta("I ca", kind="refusal"),
        delta("n't", kind="refusal"),
        text_done("I can't", kind="refusal"),
        over(),
    )
    assert (result.response.refusal, result.response.content, result.error) == ("I can't", "", None)


WHOLE: list[dict[str, Any]] = [
    {"type": "output_text", "text": "Io", "annotations": []},
    {"type": "refusal", "refusal": "no"},
]


@pytest.mark.parametrize(
    "events",
    [
        [text_done("Io"), text_done("no", at=1, kind="refusal")],
        [("content_part.done", {"output_index": 0, "content_index": at, "part": WHOLE[at]}) for at in (0, 1)],
        [ended(0, "message", content=WHOLE)],
        [text_done("Io"), text_done("no", at=1, kind="refusal"), ended(0, "message", content=WHOLE)],
        [delta("I"), text_done("Io"), ended(0, "message", content=WHOLE)],
    ],
    ids=["texts", "parts", "item", "twice", "half"],
)
def test_what_the_deltas_leave_out_is_taken_from_the_whole(events: list[tuple[str, dict[str, object]]]) -> None:
    output: list[dict[str, Any]] = [{"type": "message", "content": WHOLE}]
    response = read(*events, over(output=output)).response
    assert (response.content, response.refusal) == ("Io", "no")


def test_an_answer_that_only_the_final_event_holds_is_taken_from_it() -> None:
    output: list[dict[str, Any]] = [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]},
        {"type": "message"},
    ]
    output[1]["content"] = WHOLE
    result = read(over(output=output))
    assert (result.response.thinking, result.response.content, result.error) == ("Hm", "Io", None)


def test_a_whole_that_differs_from_its_deltas_is_noted() -> None:
    result = read(delta("Io"), text_done("Io, in short"), delta("Eu", 1), text_done("Titan", 1), over())
    assert (result.response.content, result.notes) == ("Io, in shortEu", ["text_differs"])


def test_events_that_are_missing_are_noted_and_the_whole_stands_for_them() -> None:
    events = responses_events("Eu", "ro", "pa")
    lost = outcome([*events[:5], *events[6:]], api=API)
    assert (lost.error, lost.notes, lost.response.content) == (None, ["events_missing"], "Europa")
    harmless = outcome([events[0], *events[2:]], api=API)
    assert (harmless.error, harmless.notes, harmless.response.content) == (None, [], "Europa")
    unproven = outcome([*events[:2], *events[3:]], api=API)
    assert (unproven.error, unproven.notes, unproven.response.content) == (None, ["events_missing"], "Europa")


def test_an_event_that_comes_twice_counts_once() -> None:
    events = responses_events("ha", "ha", "ha")
    for at in range(2, len(events) - 1):
        result = outcome([*events[: at + 1], *events[at:]], api=API)
        assert (result.response.content, result.error, result.notes) == ("hahaha", None, ["repeated_event_dropped"])


@pytest.mark.parametrize("number", [None, 0, 7])
def test_a_server_that_does_not_count_repeats_itself(number: int | None) -> None:
    events = [
        responses_event(kind, number, **fields) for kind, fields in (delta("ha"), delta("ha"), delta("ha"), over())
    ]
    result = outcome(events, api=API)
    assert (result.response.content, result.error, result.notes) == ("hahaha", None, [])


def test_an_image_is_its_bytes() -> None:
    image = base64.b64encode(b"pixels").decode()
    events = [
        begun(0, "image_generation_call"),
        ("image_generation_call.partial_image", {"partial_image_b64": "AAAA"}),
    ]
    result = read(*events, ended(0, "image_generation_call", result=image, output_format="webp"), over())
    (picture,) = result.response.images
    assert (picture.data, picture.media_type) == (b"pixels", "image/webp")


@pytest.mark.parametrize("result", ["abc", "Ü", None, ""])
def test_an_image_without_bytes_breaks_nothing(result: str | None) -> None:
    assert read(ended(0, "image_generation_call", result=result), delta("Io", 1), over()).response.content == "Io"


def test_audio_deltas_may_be_cut_anywhere() -> None:
    text = base64.b64encode(b"sound of Io").decode()
    events = [("audio.delta", {"delta": each}) for each in (text[:3], text[3:9], text[9:])]
    result = read(*events, ("audio.transcript.delta", {"delta": "Io"}), over())
    assert (result.response.audio, result.response.audio_transcript) == (b"sound of Io", "Io")


SOURCE = {"type": "url_citation", "url": "https://example.org/io"}
OTHER = {"type": "url_citation", "url": "https://example.org/europa"}


def test_a_citation_is_taken_once_from_wherever_it_comes_first() -> None:
    event = ("output_text.annotation.added", {"output_index": 0, "content_index": 0, "annotation": SOURCE})
    part = {"type": "output_text", "text": "Io", "annotations": [SOURCE, OTHER]}
    done = ("content_part.done", {"output_index": 0, "content_index": 0, "part": part})
    item = ended(0, "message", content=[part])
    for events in ([event, done, item], [done, item], [item]):
        assert read(delta("Io"), *events, over()).response.citations == (SOURCE, OTHER)


def test_what_servers_do_themselves_passes_by() -> None:
    events: list[tuple[str, dict[str, Any]]] = [
        begun(0, "web_search_call"),
        ("web_search_call.searching", {}),
        ended(0, "web_search_call", id="ws_1"),
    ]
    events += [("code_interpreter_call_code.delta", {"delta": "print()"}), ended(1, "mcp_call", arguments="{}")]
    events += [ended(2, "program_output", content=[{"type": "output_text", "text": "not said"}])]
    result = read(*events, delta("Io", 3), over())
    assert (result.response.content, result.response.tool_calls, result.error) == ("Io", (), None)


def test_what_nobody_knows_yet_passes_by() -> None:
    unknown = [("brand_new.delta", {"delta": "?"}), ("brand_new", {"response": 3}), begun(9, "brand_new")]
    events = [
        *sent(CREATED, *unknown),
        data({"no": "type"}),
        data({"type": 3}),
        *sent(delta("Io"), over(), first=4),
    ]
    result = outcome(events, api=API)
    assert (result.response.content, result.error) == ("Io", None)


def test_only_content_is_a_sign_of_life() -> None:
    from streamkit.wire import open_decoder

    decoder = open_decoder(API)
    quiet: list[tuple[str, dict[str, Any]]] = [
        CREATED,
        ("in_progress", {"response": {}}),
        ("web_search_call.searching", {}),
        ("keepalive", {}),
    ]
    for event in sent(*quiet):
        decoder.feed(event)
        assert not decoder.saw_content
    for event in sent(begun(0, "message"), delta("Io"), called(1), over(), first=4):
        decoder.saw_content = False
        decoder.feed(event)
        assert decoder.saw_content


# How it ends.


@pytest.mark.parametrize(("why", "common"), [("max_output_tokens", "length"), ("steered", "length"), (None, "length")])
def test_an_incomplete_answer_is_complete_with_that_reason(why: str | None, common: str) -> None:
    result = read(delta("Io"), over("incomplete", incomplete_details={"reason": why}))
    assert (result.error, result.response.finish_reasons) == (None, ["incomplete"])
    assert result.response.common_finish_reasons == [common]


def test_a_filtered_answer_says_so() -> None:
    result = read(delta("I"), over("incomplete", incomplete_details={"reason": "content_filter"}))
    assert (result.error, result.response.common_finish_reasons) == (None, ["content_filter"])


def test_a_failed_answer_is_the_providers_error() -> None:
    result = read(delta("I"), over("failed", error={"code": "rate_limit_exceeded", "message": "Too fast."}))
    assert isinstance(result.error, RateLimited)
    assert (result.error.message, result.error.code) == ("Too fast.", "rate_limit_exceeded")
    assert (result.response.content, result.response.finish_reasons) == ("I", ["failed"])


@pytest.mark.parametrize("fields", [{}, {"error": None}, {"error": "?"}])
def test_a_failed_answer_need_not_say_why(fields: dict[str, object]) -> None:
    assert isinstance(read(delta("I"), over("failed", **fields)).error, ProviderError)


def test_a_cancelled_answer_is_an_error_that_is_final() -> None:
    for event in (over("cancelled"), ("completed", {"response": {"status": "cancelled"}})):
        error = read(delta("I"), event).error
        assert isinstance(error, ProviderError) and (error.code, error.retryable) == ("cancelled", False)


@pytest.mark.parametrize(
    "fields",
    [
        {"code": "server_error", "message": "Broken.", "param": None},
        {"error": {"type": "server_error", "code": "server_error", "message": "Broken."}},
    ],
)
def test_an_error_event_ends_it_in_either_form(fields: dict[str, object]) -> None:
    result = read(delta("I"), ("error", fields), delta("o"), over())
    assert isinstance(result.error, ProviderError) and result.error.message == "Broken."
    assert (result.response.content, result.response.finish_reasons) == ("I", ["failed"])


def test_without_a_final_status_it_is_cut() -> None:
    for last in ([], [DONE], [responses_event("done", 9)]):
        result = outcome([*responses_events("Io", status=None), *last], api=API)
        assert isinstance(result.error, TruncatedError) and "without a final status" in str(result.error)


def test_nothing_counts_after_the_final_status() -> None:
    result = outcome([*responses_events("Io"), *sent(delta("!"), over("failed"), first=9), DONE], api=API)
    assert (result.response.content, result.error, result.notes) == ("Io", None, ["after_sentinel_dropped"])
