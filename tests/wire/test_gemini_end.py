"""When an answer of Gemini's is over: what a reason in the middle proves, and what the end of the body does."""

from __future__ import annotations

from typing import Any

import pytest

from streamkit.errors import TruncatedError
from streamkit.testing import gemini_array, gemini_event, gemini_events
from streamkit.wire import open_decoder
from tests.wire.test_gemini import API, END, answer, read, used


def test_usage_and_sources_behind_the_reason_count() -> None:
    late = {"citationMetadata": {"citations": [{"uri": "https://io.example"}]}}
    used_up = used(promptTokenCount=7, candidatesTokenCount=2)
    signed = {"text": "", "thoughtSignature": "c2ln"}
    result = read(gemini_event("Io", finish="STOP"), gemini_event(signed, candidate=late, **used_up))
    assert (result.response.content, result.error, result.notes) == ("Io", None, [])
    assert (result.response.output_tokens, result.response.signature, len(result.response.citations)) == (2, "c2ln", 1)


def test_what_goes_on_behind_a_reason_is_kept_and_the_last_reason_counts() -> None:
    result = read(gemini_event("I", finish="STOP"), gemini_event("o"), gemini_event("", finish="MAX_TOKENS"))
    assert (result.response.content, result.error, result.notes) == ("Io", None, [])
    assert result.response.finish_reasons == ["MAX_TOKENS"]


def test_an_answer_that_goes_on_behind_its_reason_needs_another() -> None:
    result = read(*gemini_events("I"), gemini_event("o"))
    assert (result.response.content, result.response.finish_reasons) == ("Io", None)
    assert isinstance(result.error, TruncatedError)
    assert "without a finish reason behind its last part" in str(result.error)


CODE, RAN = {"executableCode": {"code": "print(1)"}}, {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}
SEARCH, FOUND = {"toolCall": {"toolType": "GOOGLE_SEARCH_WEB", "id": "t"}}, {"toolResponse": {"id": "t"}}
EMPTY = {"text": "", "thoughtSignature": "c2ln"}


@pytest.mark.parametrize("parts", [(CODE,), (RAN,), ("I", CODE, EMPTY), (CODE, RAN), (SEARCH,), (SEARCH, FOUND)])
def test_a_reason_behind_work_of_the_servers_proves_nothing(parts: tuple[Any, ...]) -> None:
    paused = gemini_event(*parts, finish="STOP")
    assert isinstance(read(gemini_event("I"), paused).error, TruncatedError)
    assert read(paused, gemini_event("o")).response.finish_reasons is None
    assert answer(paused, gemini_event("o")).response.content == ("Io" if "I" in parts else "o")


def test_a_reason_of_its_own_proves_the_end_once_the_outcome_has_come() -> None:
    assert isinstance(read(gemini_event("I", CODE), END).error, TruncatedError)
    assert answer(gemini_event("I", CODE), gemini_event(RAN)).response.content == "I"


def test_the_end_is_proven_by_the_end_of_the_body_alone() -> None:
    decoder = open_decoder(API)
    (chunk,) = decoder.feed(gemini_event("Io", finish="STOP"))
    assert (chunk.content, chunk.finish_reasons, decoder.finish_seen, decoder.done) == ("Io", None, False, False)
    (last,) = decoder.finish()
    assert (last.content, last.finish_reasons, decoder.finish_seen, decoder.done) == ("", ["STOP"], True, True)


def test_the_bracket_of_an_array_is_the_end_of_the_body() -> None:
    decoder = open_decoder(API)
    *events, bracket = gemini_array(gemini_event("I"), gemini_event("o", finish="STOP"))
    assert [chunk.content for event in events for chunk in decoder.feed(event)] == ["I", "o"]
    assert not decoder.finish_seen
    assert [chunk.finish_reasons for chunk in decoder.feed(bracket)] == [["STOP"]]
    assert (decoder.finish_seen, decoder.done) == (True, True)
    assert (decoder.feed(b'[{"candidates": []}]'), decoder.finish()) == ([], [])
    assert [name for name, _ in decoder.notes] == ["after_sentinel_dropped"]


def test_an_array_that_is_not_closed_is_noted() -> None:
    *events, _ = gemini_array(gemini_event("Io", finish="STOP"))
    assert (read(*events).error, read(*events).notes) == (None, ["sentinel_missing"])
