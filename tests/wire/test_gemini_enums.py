"""Enums of Google's that come as numbers are read by the names of the API that speaks."""

from __future__ import annotations

from typing import Any

import pytest

from streamkit import wire
from streamkit.errors import TruncatedError
from streamkit.testing import gemini_event
from streamkit.wire.gemini.enums import AUDIO, GEMINI, VERTEX, Enums
from tests.wire.outcome import Outcome, data, outcome

API = "gemini.generate_content"
APIS = [pytest.param("google", GEMINI, id="gemini"), pytest.param("vertex", VERTEX, id="vertex")]


def ended(reason: object, vendor: str = "google") -> Outcome:
    return outcome([gemini_event("Io", candidate={"finishReason": reason})], api=API, vendor=vendor)


@pytest.mark.parametrize(("vendor", "enums"), APIS)
def test_a_reason_may_be_a_number_or_its_digits(vendor: str, enums: Enums) -> None:
    for number, name in enumerate(enums.finish[1:], start=1):
        for written in (number, str(number), float(number), name):
            result = ended(written, vendor)
            assert (result.error, result.response.finish_reasons) == (None, [name]), written


@pytest.mark.parametrize("nothing", [0, "0", 0.0, None, "", "FINISH_REASON_UNSPECIFIED", True, 1.5, [], {}])
def test_what_is_unspecified_is_no_reason(nothing: object) -> None:
    assert isinstance(ended(nothing).error, TruncatedError)


@pytest.mark.parametrize("unknown", [99, "99", 10**30])
def test_a_number_without_a_name_is_a_reason_too(unknown: object) -> None:
    assert ended(unknown).response.finish_reasons == [str(unknown)]


def test_the_common_reasons_know_the_names() -> None:
    assert [ended(number).response.common_finish_reasons for number in (1, 2, 3, 8)] == [
        *(["stop"], ["length"], ["content_filter"], ["content_filter"])
    ]


@pytest.mark.parametrize(("vendor", "enums"), APIS)
def test_why_a_prompt_was_blocked_may_be_a_number(vendor: str, enums: Enums) -> None:
    for number, name in enumerate(enums.block[1:], start=1):
        result = outcome([data({"promptFeedback": {"blockReason": number}})], api=API, vendor=vendor)
        assert (result.error, result.response.refusal) == (None, name)
    unspecified = data({"promptFeedback": {"blockReason": 0}})
    assert isinstance(outcome([unspecified], api=API, vendor=vendor).error, TruncatedError)


@pytest.mark.parametrize("modality", AUDIO)
def test_the_tokens_of_sound_are_found(modality: object) -> None:
    details = [{"modality": 1, "tokenCount": 1}, {"modality": modality, "tokenCount": 7}]
    usage: dict[str, Any] = {"promptTokenCount": 9, "candidatesTokensDetails": details}
    response = outcome([gemini_event("Io", finish="STOP", usageMetadata=usage)], api=API).response
    assert response.usage is not None and response.usage.audio_tokens == 7


def test_a_numeric_finish_reason_closes_a_partial_call_and_is_rebuilt_by_its_name() -> None:
    begun = {
        "functionCall": {"name": "f", "willContinue": True, "partialArgs": [{"jsonPath": "$.n", "numberValue": 1}]}
    }
    response = wire.reduce(API, gemini_event(begun, candidate={"finishReason": 1}))
    assert [(call.arguments, call.complete) for call in response.tool_calls] == [({"n": 1}, True)]
    assert "STOP" in str(response.response)


@pytest.mark.parametrize("written", [1, 7])
def test_the_sdks_object_of_such_an_event_stays_the_event(written: int) -> None:
    (chunk, _) = ended(written).chunks
    assert chunk.chunk == chunk.raw
