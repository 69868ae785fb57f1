"""An answer is complete if each of its choices was ended by the provider, and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from streamkit import wire
from streamkit.errors import (
    BadRequest,
    ConfigurationError,
    Overloaded,
    ProviderError,
    RateLimited,
    StreamError,
    TruncatedError,
)
from streamkit.testing import chat_event, chat_events
from tests.wire.outcome import DONE, data, delta, outcome

IO = chat_event({"content": "Io"})
END = chat_event({}, finish="stop")
USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


def test_a_reason_ends_the_answer_and_is_kept_as_it_came() -> None:
    result = outcome([IO, chat_event({"content": "!"}, finish="eos")])
    assert (result.response.content, result.response.finish_reasons, result.error) == ("Io!", ["eos"], None)
    assert result.response.common_finish_reasons == ["stop"]


@pytest.mark.parametrize("reason", [None, "", 0, 1, True, {"type": "stop"}, ["stop"]])
def test_what_is_no_text_is_no_reason(reason: object) -> None:
    event = data({"choices": [{"index": 0, "delta": {"content": "Io"}, "finish_reason": reason}]})
    assert isinstance(outcome([event, DONE]).error, TruncatedError)


@pytest.mark.parametrize(("vendor", "notes"), [(None, ["sentinel_missing"]), ("perplexity", []), ("gpustack", [])])
def test_a_missing_sentinel_is_noted_unless_the_vendor_sends_none(vendor: str | None, notes: list[str]) -> None:
    assert outcome([IO, END], vendor=vendor).notes == notes
    assert outcome([IO, END, DONE], vendor=vendor).notes == []


def test_the_sentinel_alone_is_no_end() -> None:
    result = outcome([IO, DONE])
    assert isinstance(result.error, TruncatedError)
    assert "[DONE] came without a finish reason" in str(result.error)


@pytest.mark.parametrize("vendor", ["openai", "snowflake", "litellm-proxy"])
def test_the_sentinel_of_an_answer_without_events_is_no_end(vendor: str) -> None:
    assert isinstance(outcome([DONE], vendor=vendor).error, TruncatedError)


def test_rows_of_the_quirk_table_end_by_the_sentinel() -> None:
    assert outcome([IO, DONE], vendor="snowflake").error is None
    assert isinstance(outcome([IO], vendor="snowflake").error, TruncatedError)
    two = [IO, chat_event({"content": "Io"}, index=1)]
    assert outcome([*two, END, DONE], vendor="litellm-proxy", choices=2).error is None
    assert isinstance(outcome([*two, DONE], vendor="litellm-proxy", choices=2).error, TruncatedError)
    assert isinstance(outcome([*two, END, DONE], choices=2).error, TruncatedError)


@pytest.mark.parametrize("audio", [{}, None, True, "x"])
def test_only_a_choice_that_spoke_ends_by_the_sentinel(audio: object) -> None:
    assert isinstance(outcome([chat_event({"audio": audio}), DONE]).error, TruncatedError)


def test_content_of_an_ended_choice_is_dropped_and_noted_once() -> None:
    result = outcome([IO, END, IO, IO, chat_event({"content": "!"}, finish="length"), DONE])
    assert (result.response.content, result.error, result.notes) == ("Io", None, ["content_after_end_dropped"])


def test_what_follows_the_sentinel_is_dropped_and_noted_once() -> None:
    late = data({"error": {"message": "late"}})
    result = outcome([IO, END, DONE, IO, late, b"\x00\n\n", DONE])
    assert (result.response.content, result.error, result.notes) == ("Io", None, ["after_sentinel_dropped"])


def test_an_error_counts_until_the_sentinel_even_after_the_reason() -> None:
    failure = data({"error": {"message": "slow down", "type": "rate_limit_error"}})
    for events in ([IO, failure], [IO, END, failure, DONE]):
        result = outcome(events)
        assert isinstance(result.error, RateLimited)
        assert (result.response.content, result.response.state) == ("Io", "failed")


@pytest.mark.parametrize(
    ("error", "cls", "retryable"),
    [
        ({"message": "m", "code": 429}, RateLimited, True),
        ({"message": "m", "code": "insufficient_quota", "type": "insufficient_quota"}, RateLimited, False),
        ({"message": "m", "type": "overloaded_error"}, Overloaded, True),
        ({"message": "m", "code": "tool_use_failed", "status_code": 400}, BadRequest, False),
        ({"message": "m", "code": 7}, ProviderError, True),
        ("m", ProviderError, True),
        ({"code": float("nan"), "status": 10**400}, ProviderError, True),
    ],
)
def test_an_error_object_becomes_the_error_that_it_means(
    error: object, cls: type[StreamError], retryable: bool
) -> None:
    found = outcome([data({"error": error})]).error
    assert found is not None and type(found) is cls
    assert (found.retryable, found.provider) == (retryable, "openai")
    assert found.message in ("m", "The provider reported an error inside the stream.")


def test_a_reason_that_says_error_is_one() -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "The provider reported"),
        ({"error": {"message": "Broken."}}, "Broken."),
    ]
    for more, message in cases:
        result = outcome([IO, chat_event({"content": "!"}, finish="error", **more), DONE])
        assert isinstance(result.error, ProviderError) and result.error.message.startswith(message)
        assert (result.response.content, result.response.finish_reasons) == ("Io!", ["error"])


def test_an_object_that_calls_itself_an_error_is_one() -> None:
    result = outcome([IO, data({"object": "error", "message": "Broken.", "type": "InternalError", "code": 500})])
    assert isinstance(result.error, ProviderError) and (result.error.message, result.error.status) == ("Broken.", 500)


def test_an_event_may_hold_content_and_an_error() -> None:
    result = outcome([chat_event({"content": "Io"}, error={"message": "cut", "code": 500})])
    assert (result.response.content, result.end) == ("Io", ("ProviderError", "cut"))


def test_choices_come_mixed_and_are_kept_apart() -> None:
    texts = [(0, "I"), (1, "Ti"), (2, "E"), (1, "tan"), (0, "o")]
    events = [chat_event({"content": text}, index=index) for index, text in texts]
    ends = [chat_event({}, index=index, finish=reason) for index, reason in enumerate(["stop", "length", "stop"])]
    response = outcome([*events, *ends, DONE], choices=3).response
    assert [choice.content for choice in response.choices] == ["Io", "Titan", "E"]
    assert [choice.finish_reasons for choice in response.choices] == [["stop"], ["length"], ["stop"]]


def test_several_choices_in_one_event_share_its_usage() -> None:
    choices = [{"index": at, "delta": {"content": text}, "finish_reason": "stop"} for at, text in enumerate("ab")]
    result = outcome([data({"choices": choices, "usage": USAGE})], choices=2)
    assert [(chunk.index, chunk.content, chunk.usage is None) for chunk in result.chunks] == [
        (0, "a", False),
        (1, "b", True),
    ]
    assert result.error is None


def test_a_choice_that_is_cut_is_named() -> None:
    two = [IO, chat_event({"content": "Titan"}, index=1), END]
    for end, how in (([], ""), ([DONE], " If the server never gives one and this was its whole answer, pass se")):
        result = outcome([*two, *end], choices=2)
        assert isinstance(result.error, TruncatedError)
        assert f"without a finish reason for choice 1.{how}" in str(result.error)
        assert [choice.content for choice in result.response.choices] == ["Io", "Titan"]


def test_a_choice_beyond_the_request_must_end_too() -> None:
    assert isinstance(outcome([IO, END, chat_event({"content": "Titan"}, index=1), DONE]).error, TruncatedError)


def test_only_content_and_the_end_count_as_movement() -> None:
    decoder = wire.open_decoder("openai.chat")
    quiet = [b": ping\n\n", chat_event({"role": "assistant", "content": ""}), chat_event(None, usage=USAGE)]
    moving = [IO, chat_event({"refusal": "No"}), chat_event(delta({"index": 0}, arguments="")), END]
    for event in [*quiet, IO, chat_event({"content": ""}), *quiet, *moving]:
        decoder.saw_content = False
        decoder.feed(event)
        assert decoder.saw_content is (event in moving)


def test_the_finish_reason_and_the_sentinel_are_kept_apart() -> None:
    decoder = wire.decoder("openai.chat")
    states = [(decoder.feed(event), decoder.ended, decoder.response.state)[1:] for event in (IO, END, DONE)]
    assert states == [(False, "streaming"), (True, "streaming"), (True, "complete")]


def test_a_finished_answer_without_a_sentinel_is_complete() -> None:
    decoder = wire.decoder("openai.chat")
    decoder.feed(IO + END)
    assert decoder.finish() == []
    assert decoder.response.state == "complete"


def test_reduce_returns_the_whole_or_raises_with_the_part() -> None:
    body = b"".join(chat_events("Eu", "ropa"))
    assert wire.reduce("openai.chat", body).content == "Europa"
    with pytest.raises(TruncatedError) as caught:
        wire.reduce("openai.chat", body[:300])
    assert caught.value.partial is not None and caught.value.partial.state == "failed"


def test_an_unknown_format_names_those_that_are_near() -> None:
    with pytest.raises(ConfigurationError, match=r"no wire format 'openai.chatt'; near it: openai.chat"):
        wire.decoder("openai.chatt")
    with pytest.raises(ConfigurationError, match="ask for at least one"):
        wire.decoder("openai.chat", choices=0)
