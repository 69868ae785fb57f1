"""ConverseStream that fails: exceptions in frames, damage, what is no stream, and what is only unknown."""

from __future__ import annotations

import pytest

from streamkit import wire
from streamkit.errors import (
    AuthenticationFailed,
    BadRequest,
    LimitExceeded,
    MalformedError,
    Overloaded,
    ProviderError,
    RateLimited,
    StreamError,
    TruncatedError,
)
from streamkit.settings import CAPS
from streamkit.testing import AWS, aws_frame, bedrock_error
from tests.wire.converse import API, BEGIN, META, TEXT, arguments, call, delta, end, read, stop

ERRORS: dict[str, tuple[type[ProviderError], int | None, bool]] = {
    "throttlingException": (RateLimited, 429, True),
    "serviceUnavailableException": (Overloaded, 503, True),
    "validationException": (BadRequest, 400, False),
    "internalServerException": (ProviderError, 500, True),
    "modelStreamErrorException": (ProviderError, 424, True),
    "modelTimeoutException": (ProviderError, 408, True),
    "accessDeniedException": (AuthenticationFailed, 403, False),
    "brandNewException": (ProviderError, None, True),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_exception_in_the_stream_is_an_error_of_its_kind(name: str) -> None:
    kind, status, retryable = ERRORS[name]
    result = read(*TEXT[:3], bedrock_error(name, "no more"), *TEXT[3:])
    error = result.error
    assert isinstance(error, ProviderError) and type(error) is kind and error.message == "no more"
    assert (error.status, error.code, error.retryable, error.provider) == (status, name, retryable, "bedrock")
    assert result.response.content == "Io"


@pytest.mark.parametrize("payload", [b"", b"no json", b"[]", b'{"message":3}'])
def test_an_exception_is_one_whatever_it_holds(payload: bytes) -> None:
    result = read(*TEXT[:2], aws_frame("throttlingException", payload, kind="exception"))
    assert isinstance(result.error, ProviderError) and "reported an error" in result.error.message


def test_an_exception_counts_after_the_stop_reason_but_not_after_the_usage() -> None:
    late = bedrock_error("throttlingException", "late")
    assert isinstance(read(*TEXT[:-1], late).error, RateLimited)
    result = read(*TEXT, late, delta(1, text="more"))
    assert (result.error, result.notes, result.response.content) == (None, ["after_sentinel_dropped"], "Io")


def test_content_after_the_stop_reason_is_dropped() -> None:
    result = read(*TEXT[:-1], delta(1, text="more"), META)
    assert (result.response.content, result.notes, result.error) == ("Io", ["content_after_end_dropped"], None)


@pytest.mark.parametrize(
    "odd",
    [
        [delta(0, text="a"), stop(0), delta(0, text="b")],
        [call(0, "a"), call(0, "b")],
        [delta(0, text="a"), arguments(0, "{}")],
        [delta(0, image={"source": {"bytes": "!"}})],
        [aws_frame("contentBlockDelta", b"[1")],
        [aws_frame("contentBlockDelta", b'{"a":' * 200 + b"1" + b"}" * 200)],
        [AWS.without_end(delta(0, text="a"))],
    ],
)
def test_what_has_not_the_form_of_the_wire_is_malformed(odd: list[bytes]) -> None:
    result = read(BEGIN, *odd, end(), META)
    assert isinstance(result.error, MalformedError) and result.error.retryable


def test_what_is_unknown_does_no_harm() -> None:
    odd = [
        aws_frame("brandNew", {"a": 1}),
        aws_frame("", {}),
        aws_frame("odd", b"3"),
        aws_frame("contentBlockDelta", b"null"),
        delta(0, brandNew={"text": 3}),
        delta(0, text=None),
        aws_frame("messageStop", {}),
        AWS.keep_alive,
    ]
    result = read(*(x for each in TEXT[:-3] for x in (each, *odd)), *TEXT[-3:])
    assert (result.response.content, result.error, result.notes) == ("Io", None, [])


def test_damage_before_the_usage_is_an_error_with_what_came() -> None:
    damaged = bytearray(TEXT[2])
    damaged[-1] ^= 1
    result = read(*TEXT[:2], bytes(damaged), *TEXT[3:])
    assert isinstance(result.error, MalformedError) and "checksum" in str(result.error)
    assert result.response.content == "I"
    assert read(*TEXT, b"\0damage\0\0\0\0\0").error is None


def test_a_body_that_is_no_stream_says_how_it_begins() -> None:
    for page in (b"<html>502 Bad Gateway</html>", b"<html>" + b"x" * 500):
        error = read(page).error
        assert isinstance(error, MalformedError) and "begins with '<html>" in str(error)
    assert isinstance(read().error, TruncatedError)


def test_a_frame_larger_than_any_may_be_is_refused_by_its_head() -> None:
    result = read(*TEXT[:3], AWS.opening)
    assert isinstance(result.error, LimitExceeded) and str(CAPS.event) in str(result.error)
    assert result.response.content == "Io"


def test_text_that_is_not_utf8_is_repaired() -> None:
    result = read(TEXT[0], AWS.not_utf8(TEXT[1]), *TEXT[2:])
    assert (result.response.content, result.notes, result.error) == ("\ufffd\ufffdIo", ["utf8_replaced"], None)


def test_the_error_of_a_whole_body_is_raised_with_its_part() -> None:
    with pytest.raises(StreamError) as caught:
        wire.reduce(API, b"".join([*TEXT[:3], bedrock_error("throttlingException", "slow")]))
    assert caught.value.partial is not None and caught.value.partial.content == "Io"
