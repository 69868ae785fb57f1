"""Law 7: errors are ours and carry what arrived."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FAULTS, FaultServer, Script, chat_events, plan
from tests.providers.doors import kind_of

SOUND = {"none", "latency", "slow_bytes", "drip", "duplicate", "after_done", "bad_utf8", "idle_fin", "idle_reset"}
KINDS: dict[str, type[sk.StreamError]] = {
    "no_answer": sk.TransportError,
    "keep_alives": sk.StalledError,
    "stall": sk.StalledError,
    "reset": sk.TransportError,
    "fin": sk.TransportError,
    "cut": sk.TruncatedError,
    "cut_inside": sk.TruncatedError,
    "no_finish": sk.TruncatedError,
    "empty": sk.TruncatedError,
    "garbage": sk.MalformedError,
    "bad_json": sk.MalformedError,
    "html": sk.MalformedError,
    "error_event": sk.ProviderError,
    "huge_line": sk.LimitExceeded,
    "gzip_bomb": sk.LimitExceeded,
    "redirect": sk.ProviderError,
    "unauthorized": sk.AuthenticationFailed,
    "rate_limited": sk.RateLimited,
    "server_error": sk.ProviderError,
    "overloaded": sk.Overloaded,
}
BEFORE_ANYTHING = {
    *("html", "empty", "redirect", "unauthorized", "rate_limited", "server_error", "overloaded", "no_answer"),
}
WORDS = [f"wörd{n} " for n in range(20)]
EVENTS = chat_events(*WORDS)
HALF = len(EVENTS) // 2
ARRIVED = "".join(WORDS[: HALF - 1])


def test_every_fault_is_in_one_of_the_tables() -> None:
    assert SOUND | set(KINDS) == set(FAULTS)


@pytest.mark.sdk
@pytest.mark.parametrize("fault", sorted(FAULTS))
async def test_every_fault_ends_as_it_should_with_everything_that_arrived(fault: str) -> None:
    with FaultServer(plan(fault, EVENTS, at=HALF, delay=0.001, size=32 * 2**20)) as server:
        stream = sk.stream(
            "openai/m",
            "a question that nobody else asks",
            base_url=server.base_url + "/v1",
            api_key="test-key-never-to-be-shown",
            timeouts=sk.Timeouts(first=30, between=1 if KINDS.get(fault) is sk.StalledError else 30),
        )
        if fault in SOUND:
            _check_sound(fault, await stream)
            return
        with pytest.raises(KINDS[fault]) as caught:
            await stream
    _check_error(fault, caught.value)


def _check_sound(fault: str, response: sk.Response) -> None:
    expected = "".join(WORDS)
    if fault == "duplicate":
        expected = "".join([*WORDS[:HALF], WORDS[HALF - 1], *WORDS[HALF:]])
    if fault == "bad_utf8":
        assert response.content.count("\ufffd") >= 1
    else:
        assert response.content == expected
    assert response.state == "complete"


def _check_error(fault: str, error: sk.StreamError) -> None:
    assert error.partial is not None
    arrived = {"no_finish": "".join(WORDS)}.get(fault, "" if fault in BEFORE_ANYTHING else ARRIVED)
    assert error.partial.state == "failed"
    if fault == "reset":  # TCP throws away what a reader has not fetched when the reset comes
        assert arrived.startswith(error.partial.content)
    else:
        assert error.partial.content == arrived
    assert error.provider == "openai"
    assert type(pickle.loads(pickle.dumps(error))) is kind_of(error)
    shown = f"{error} {error!r}"
    assert "test-key-never-to-be-shown" not in shown and "a question that nobody else asks" not in shown


@pytest.mark.sdk
async def test_the_sdks_error_is_the_cause_and_a_429_says_how_long_to_wait() -> None:
    import openai

    with FaultServer(plan("rate_limited")) as server, pytest.raises(sk.RateLimited) as caught:
        await sk.stream("openai/m", "?", base_url=server.base_url + "/v1", api_key="test-key")
    assert isinstance(caught.value.__cause__, openai.RateLimitError)
    assert (caught.value.status, caught.value.retryable) == (429, True)
    assert caught.value.retry_after is not None and caught.value.retry_after > 0
    assert len(server.requests) == 1  # the SDK's own retries are off


@pytest.mark.sdk
async def test_a_refused_connection_is_a_transport_error() -> None:
    with FaultServer(plan("none")) as server:
        address = server.base_url
    with pytest.raises(sk.TransportError) as caught:
        await sk.stream("openai/m", "?", base_url=address + "/v1", api_key="test-key")
    assert caught.value.__cause__ is not None


@pytest.mark.sdk
async def test_a_redirect_is_refused_and_the_other_host_hears_nothing() -> None:
    with (
        FaultServer(plan("none", EVENTS), host="localhost") as other,
        FaultServer(plan("redirect", location=other.base_url + "/v1/chat/completions")) as server,
    ):
        with pytest.raises(sk.ProviderError, match="redirect"):
            await sk.stream("openai/m", "?", base_url=server.base_url + "/v1", api_key="test-key")
        assert (len(server.requests), other.requests) == (1, ())


async def test_the_users_own_exceptions_pass_unchanged() -> None:
    with pytest.raises(ZeroDivisionError):
        await Script(chat_events("Io")).stream().map(lambda _: 1 / 0)


async def test_a_missing_key_comes_by_on_error_and_names_the_variable() -> None:
    stream = sk.stream("openai/m", "?")
    with pytest.raises(sk.ConfigurationError, match="OPENAI_API_KEY is not set"):
        await stream


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"model": "gpt-5-mini"}, "write 'openai/gpt-5-mini'"),
        ({"model": "opnai/gpt-5-mini"}, "near it: openai"),
        ({"model": "openai/"}, "provider/model"),
        ({"prompt": ""}, "write a prompt"),
        ({"prompt": []}, "at least one message"),
        ({"prompt": [{"content": "x"}]}, "has no role"),
        ({"prompt": 5}, "a text or a list of messages"),
        ({"client": object()}, "openai.AsyncOpenAI"),
        ({"keep": -1}, "0 or more"),
        ({"n": 0}, "1 or more"),
        ({"messages": []}, "streamkit sets it itself"),
        ({"timeouts": 5}, "sk.Timeouts"),
    ],
)
def test_what_can_be_known_at_the_call_raises_there_and_says_what_to_do(
    arguments: dict[str, object], says: str
) -> None:
    given: dict[str, object] = {"model": "openai/m", "prompt": "?", **arguments}
    with pytest.raises(sk.ConfigurationError, match=says):
        make: Any = sk.stream
        make(**given)


def test_a_negative_timeout_is_refused() -> None:
    with pytest.raises(sk.ConfigurationError, match="above 0"):
        sk.Timeouts(first=-1)
