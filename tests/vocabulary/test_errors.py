"""Errors are one tree that is drawn where it is defined; each says what came, and survives a journey."""

from __future__ import annotations

import pickle
import re
from typing import Any
from unittest.mock import Mock

import pytest

from streamkit import errors
from streamkit.chunk import Chunk, ToolCallDelta, Usage
from streamkit.errors import (
    AuthenticationFailed,
    BadRequest,
    ContentFiltered,
    GuardTripped,
    Overloaded,
    ProviderError,
    RateLimited,
    StoppedError,
    StreamError,
    ToolArgumentsError,
    TruncatedError,
    provider_error,
)
from streamkit.fold import Fold
from streamkit.testing import Script, chat_events

CLASSES = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, StreamError)]
DRAWN = re.findall(r"^ {4}([│ ├└─]*)(\w+) +(.*)$", errors.__doc__ or "", re.MULTILINE)
PARTIAL = Fold()
PARTIAL.add([Chunk(content="Io", audio=b"\x00\xff", usage=Usage(1), tool_calls=(ToolCallDelta(0, "a", "f", "{}"),))])


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    drawn, path = dict[str, str | None](), list[str]()
    for branch, name, _ in DRAWN:
        path[len(branch) // 4 :] = [name]
        drawn[name] = path[-2] if len(path) > 1 else None
    assert drawn == {each.__name__: None if each is StreamError else each.__mro__[1].__name__ for each in CLASSES}


def test_the_statuses_in_the_tree_lead_to_their_class() -> None:
    drawn = {int(status): name for _, name, text in DRAWN for status in re.findall(r"\b[45]\d\d\b", text)}
    assert len(drawn) == 10
    assert {status: type(provider_error("no", status=status)).__name__ for status in drawn} == drawn


@pytest.mark.parametrize("cls", CLASSES)
def test_an_error_survives_a_pickle(cls: type[StreamError]) -> None:
    details: dict[str, Any] = {
        "retryable": True,
        "provider": "p",
        "request_id": "r",
        "status": 500,
        "code": "c",
        "retry_after": 1.5,
    }
    if cls is ToolArgumentsError:
        details |= {"id": "call_1", "name": "get_orbit", "index": 1, "arguments_text": "{"}
    if cls is GuardTripped:
        details |= {"passed": "Io is hot. ", "held": "No."}
    if cls is StoppedError:
        details |= {"by": "until('Io')"}
    error = cls("It broke.", partial=PARTIAL.response("failed"), **details)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls
    assert (again.message, str(again), again.details, again.partial) == (
        "It broke.",
        "It broke.",
        details,
        error.partial,
    )


@pytest.mark.parametrize("cls", CLASSES)
def test_an_error_needs_no_more_than_its_message(cls: type[StreamError]) -> None:
    error = cls("It broke.")
    assert (error.partial, error.retryable, error.status) == (None, cls.default_retryable, None)
    assert (cls.__doc__ or "").partition("\n")[0].endswith(".")


def test_temporary_errors_are_retryable_by_default() -> None:
    names = {cls.__name__ for cls in CLASSES if cls.default_retryable}
    assert names == {
        *("TruncatedError", "StalledError", "MalformedError", "TransportError"),
        *("ProducerLost", "LogUnavailable", "RateLimited", "Overloaded"),
    }
    assert not TruncatedError("cut", retryable=False).retryable


@pytest.mark.parametrize(
    ("details", "cls", "retryable"),
    [
        ({"status": 400}, BadRequest, False),
        ({"status": 401}, AuthenticationFailed, False),
        ({"status": 404}, BadRequest, False),
        ({"status": 408}, ProviderError, True),
        ({"status": 409}, BadRequest, True),
        ({"status": 422}, BadRequest, False),
        ({"status": 429}, RateLimited, True),
        ({"status": 429, "code": "insufficient_quota"}, RateLimited, False),
        ({"status": 429, "kind": "insufficient_quota"}, RateLimited, False),
        ({"status": 500}, ProviderError, True),
        ({"status": 501}, ProviderError, False),
        ({"status": 503}, Overloaded, True),
        ({"status": 529, "kind": "overloaded_error"}, Overloaded, True),
        ({"status": 400, "code": "content_filter"}, ContentFiltered, False),
        ({"code": "content_policy_violation"}, ContentFiltered, False),
        ({"kind": "overloaded_error"}, Overloaded, True),
        ({"kind": "rate_limit_error"}, RateLimited, True),
        ({"kind": "authentication_error"}, AuthenticationFailed, False),
        ({"code": "invalid_api_key", "kind": "invalid_request_error"}, AuthenticationFailed, False),
        ({"kind": "Invalid_Request_Error"}, BadRequest, False),
        ({"kind": "api_error"}, ProviderError, True),
        ({}, ProviderError, True),
    ],
)
def test_a_providers_error_gets_the_class_that_it_means(
    details: dict[str, Any], cls: type[StreamError], retryable: bool
) -> None:
    error = provider_error("no", **details)
    assert type(error) is cls
    assert error.retryable is retryable
    assert (error.status, error.code) == (details.get("status"), details.get("code"))


def test_details_pass_through_to_the_error() -> None:
    error = provider_error("slow down", status=429, retry_after=2.0, provider="groq", request_id="r")
    assert (error.retry_after, error.provider, error.request_id) == (2.0, "groq", "r")


async def test_a_providers_map_of_errors_that_fails_itself_does_not_hide_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = Script([*chat_events("Europa")[:2], ConnectionResetError("cut")])
    monkeypatch.setattr("streamkit.testing._scripted._ScriptedRequest.error", Mock(side_effect=ZeroDivisionError))
    stream = script.stream()
    with pytest.raises(StreamError, match=r"^The call failed with ConnectionResetError\.$") as raised:
        await stream
    await stream.wait_closed()
    assert isinstance(raised.value.__cause__, ConnectionResetError)
    assert raised.value.partial is not None
    assert (raised.value.partial.content, script.closed) == ("Europa", 1)


def test_a_providers_own_words_are_one_line_without_control_characters() -> None:
    error = provider_error("no\x1b[2J\nuser=admin", code="bad\rcode")
    assert (error.message, error.code) == ("no [2J user=admin", "bad code")
