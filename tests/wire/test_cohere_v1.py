"""Decoding of the lines of Cohere's older chat, and when the last one proves the end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamkit.errors import MalformedError, ProviderError, TruncatedError
from streamkit.testing import cohere_v1_lines
from streamkit.tool import ToolCall, ToolCalls
from streamkit.wire import open_decoder
from tests.wire.outcome import Outcome, outcome
from tests.wire.short_way import parses

API = "cohere.v1.chat"
BEGIN, *_, END = cohere_v1_lines()


def event(kind: str, /, **fields: Any) -> bytes:
    return json.dumps({"is_finished": False, "event_type": kind, **fields}).encode() + b"\n"


def text(text: str) -> bytes:
    return event("text-generation", text=text)


def part(text: str | None = None, /, **delta: Any) -> bytes:
    return event(
        "tool-calls-chunk", **({"tool_call_delta": delta} if delta else {}), **({"text": text} if text else {})
    )


def whole(*calls: tuple[str, dict[str, Any]], plan: str = "") -> bytes:
    made = [{"name": name, "parameters": parameters} for name, parameters in calls]
    return event("tool-calls-generation", text=plan, tool_calls=made)


def read(*lines: bytes) -> Outcome:
    return outcome([BEGIN, *lines, END], api=API)


def calls(*lines: bytes) -> list[tuple[str, Any, bool]]:
    result = read(*lines)
    assert result.error is None
    return [(each.name, each.arguments, each.complete) for each in result.response.tool_calls]


def test_text_comes_in_deltas_and_is_not_repeated_by_the_end() -> None:
    result = outcome(cohere_v1_lines("Euro", "pa"), api=API)
    response = result.response
    assert (response.content, response.id, response.model) == ("Europa", "c-1", None)
    assert (response.finish_reasons, response.common_finish_reasons, result.notes) == (["COMPLETE"], ["stop"], [])
    assert (response.input_tokens, response.output_tokens) == (7, 2)
    assert response.usage is not None and response.usage.raw == {"tokens": {"input_tokens": 7, "output_tokens": 2}}


def test_billed_tokens_count_if_there_are_no_others() -> None:
    end = event("stream-end", finish_reason="COMPLETE", response={"meta": {"billed_units": {"input_tokens": 3}}})
    response = outcome([BEGIN, end], api=API).response
    assert (response.input_tokens, response.output_tokens) == (3, None)


@pytest.mark.parametrize(
    ("reason", "common"),
    [("COMPLETE", "stop"), ("MAX_TOKENS", "length"), ("ERROR_LIMIT", "length"), ("ERROR_TOXIC", "content_filter")],
)
def test_its_reason_proves_the_end(reason: str, common: str) -> None:
    result = outcome(cohere_v1_lines("Io", reason=reason), api=API)
    assert (result.error, result.response.common_finish_reasons) == (None, [common])


def test_the_reason_may_stand_within_the_response() -> None:
    end = event("stream-end", response={"finish_reason": "MAX_TOKENS"})
    assert outcome([BEGIN, text("Io"), end], api=API).response.finish_reasons == ["MAX_TOKENS"]


def test_an_end_without_a_reason_is_a_cut() -> None:
    for last in ([], [event("stream-end", response={})]):
        result = outcome([BEGIN, text("Io"), *last], api=API)
        assert isinstance(result.error, TruncatedError)
        assert result.response.content == "Io"


def test_an_end_by_an_error_is_one() -> None:
    end = event("stream-end", finish_reason="ERROR", error="Broken.", response={"text": "Io"})
    result = outcome([BEGIN, text("Io"), end], api=API)
    assert isinstance(result.error, ProviderError)
    assert (result.error.message, result.response.content) == ("Broken.", "Io")


def test_a_call_sent_in_deltas_is_complete_when_the_calls_are_repeated() -> None:
    lines = [
        *(
            part("I will"),
            part("", text=" look."),
            part(index=0, name="f"),
            part(index=0, parameters='{"n"'),
        ),
        *(
            part(index=0, parameters=": 1}"),
            part(index=1, name="g"),
            whole(("f", {"n": 1}), ("g", {}), plan="I will look."),
        ),
    ]
    assert calls(*lines) == [("f", {"n": 1}, True), ("g", {}, True)]
    result = read(*lines)
    assert (result.response.tool_plan, result.response.content) == ("I will look.", "")
    assert result.response.tool_calls[0].arguments_text == '{"n": 1}'


def test_calls_that_come_only_as_a_whole_are_read_there() -> None:
    found = ToolCalls()
    result = read(whole(("f", {"n": 1}), ("g", {}), plan="I will look."))
    found.feed(result.chunks[1])
    assert found.completed() == [
        ToolCall(None, "f", 0, {"n": 1}, '{"n": 1}', complete=True),
        ToolCall(None, "g", 1, {}, "{}", complete=True),
    ]
    assert result.response.tool_plan == "I will look."


def test_deltas_without_an_index_belong_to_the_last_call() -> None:
    lines = [part(name="f"), part(parameters="{}"), part(name="g"), part(parameters='{"n": 1}')]
    assert calls(*lines) == [("f", {}, True), ("g", {"n": 1}, True)]


def test_two_interleaved_calls() -> None:
    lines = [part(index=0, name="f"), part(index=1, name="g"), part(index=0, parameters="{}")]
    assert calls(*lines, part(index=1, parameters='{"n": 1}')) == [("f", {}, True), ("g", {"n": 1}, True)]


@pytest.mark.parametrize("bad", [part(parameters="{}"), part(index=3, name="f"), part(index=-1, parameters="{}")])
def test_arguments_of_no_call_are_malformed(bad: bytes) -> None:
    assert isinstance(read(bad).error, MalformedError)


def test_sources_are_citations_and_searches_say_nothing() -> None:
    source = {"start": 0, "end": 2, "text": "Io", "document_ids": ["d1"]}
    result = read(
        *(
            event("search-queries-generation", search_queries=[{"text": "moons"}]),
            event("search-results", documents=[]),
        ),
        *(text("Io"), event("citation-generation", citations=[source, source]), event("debug", prompt="x")),
    )
    assert (result.response.content, result.response.citations) == ("Io", (source, source))


def test_only_content_counts_as_such() -> None:
    decoder = open_decoder(API)
    moving = [text("I"), part("plan"), event("search-results", documents=[]), END]
    for each in [BEGIN, event("debug", prompt="x"), event("brand-new"), b"\n", *moving]:
        decoder.saw_content = False
        decoder.feed(each)
        assert decoder.saw_content is (each in moving), each


def test_most_lines_take_the_short_way() -> None:
    lines = [
        *[text("x")] * 4,
        *[part("x")] * 3,
        part(index=0, name="f"),
        *[part(index=0, parameters="x")] * 4,
    ]
    assert list(parses([BEGIN, *lines], api=API)) == [1, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0]


def test_the_same_as_an_event_stream_says_the_same() -> None:
    lines = cohere_v1_lines("Euro", "pa")
    events = [b"event: x\ndata: " + line + b"\n" for line in lines]
    assert outcome(events, api=API).response == outcome(lines, api=API).response
