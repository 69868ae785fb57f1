"""What becomes of OpenAI's refusals, through the real SDK: one class, one cause, and whether to try again."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, FaultTransport, Plan, chat_event, plan
from streamkit.testing.faults import Send
from tests.providers.doors import kind_of

pytestmark = pytest.mark.sdk

openai: Any = importlib.import_module("openai")
PROMPT = "a question that nobody else asks"
KEY = "test-key-never-to-be-shown"


def refusal(status: int, code: str | None = None, message: str = "No.", **headers: str) -> Plan:
    body = json.dumps({"error": {"message": message, "type": "of-this-kind", "code": code}}).encode()
    named = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Plan(status, tuple(named.items()), (Send(body),))


def ask(server: FaultServer, prompt: Any = PROMPT, **given: Any) -> sk.Stream:
    settings: dict[str, Any] = {"base_url": server.base_url + "/v1", "api_key": KEY, **given}
    return sk.stream("openai/m", prompt, **settings)


async def error_of(plan: Plan, prompt: Any = PROMPT, **given: Any) -> sk.StreamError:
    """Make one call that fails; the SDK must not make it again."""
    with FaultServer(plan) as server:
        stream = ask(server, prompt, **given)
        with pytest.raises(sk.StreamError) as caught:
            await stream
    assert len(server.requests) == 1
    return caught.value


# status and code, our class, whether to try again, the SDK's class
REFUSALS: list[tuple[int, str | None, type[sk.StreamError], bool, str]] = [
    (400, None, sk.BadRequest, False, "BadRequestError"),
    (400, "content_filter", sk.ContentFiltered, False, "BadRequestError"),
    (401, "invalid_api_key", sk.AuthenticationFailed, False, "AuthenticationError"),
    (403, None, sk.AuthenticationFailed, False, "PermissionDeniedError"),
    (404, "model_not_found", sk.BadRequest, False, "NotFoundError"),
    (409, None, sk.BadRequest, True, "ConflictError"),
    (413, None, sk.BadRequest, False, "APIStatusError"),
    (422, None, sk.BadRequest, False, "UnprocessableEntityError"),
    (429, "rate_limit_exceeded", sk.RateLimited, True, "RateLimitError"),
    (429, "insufficient_quota", sk.RateLimited, False, "RateLimitError"),
    (500, None, sk.ProviderError, True, "InternalServerError"),
    (503, None, sk.Overloaded, True, "InternalServerError"),
    (529, "overloaded", sk.Overloaded, True, "InternalServerError"),
]


@pytest.mark.parametrize(("status", "code", "kind", "retryable", "cause"), REFUSALS)
async def test_a_refusal_is_one_class_and_says_whether_to_try_again(
    status: int, code: str | None, kind: type[sk.StreamError], retryable: bool, cause: str
) -> None:
    error = await error_of(refusal(status, code, "Not this time.", x_request_id="req_1"))
    assert kind_of(error) is kind and isinstance(error.__cause__, getattr(openai, cause))
    assert (error.status, error.code, error.retryable) == (status, code, retryable)
    gateway, _, text = error.message.rpartition(": ")
    assert gateway.endswith("/v1/chat/completions answered with status 503") if status == 503 else gateway == ""
    assert (text, error.provider, error.request_id) == ("Not this time.", "openai", "req_1")
    assert error.partial is not None and (error.partial.content, error.partial.state) == ("", "failed")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after_ms": "1500", "retry_after": "2"}, 1.5),
        ({"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry_after": "nan"}, None),
        ({"retry_after": "inf"}, None),
        ({"retry_after": "-7"}, None),
        ({}, None),
    ],
)
async def test_the_time_to_wait_is_in_seconds(header: dict[str, str], seconds: float | None) -> None:
    for status in (429, 503):
        assert (await error_of(refusal(status, **header))).retry_after == seconds


async def test_a_connection_that_is_not_made_says_where_it_was_looked_for() -> None:
    with pytest.raises(sk.TransportError, match=r"^The connection to vllm at 127\.0\.0\.1:9 failed \(Conn"):
        await sk.stream("vllm/m", "?", base_url="http://127.0.0.1:9/v1")


@pytest.mark.parametrize("model", ["openai/m", "anthropic/m", "cohere/m", "mistral/m", "google/m"])
@pytest.mark.parametrize("address", ["127.0.0.1:9/v1", "ftp://127.0.0.1:9"])
async def test_what_is_no_address_is_refused(model: str, address: str) -> None:
    with pytest.raises(sk.ConfigurationError, match="no address to send to: give base_url="):
        await sk.stream(model, "?", base_url=address, api_key=KEY)


@pytest.mark.parametrize("given", [{"api_key": "key-\xe9"}, {"api_key": KEY, "metadata": object()}])
async def test_what_cannot_be_sent_is_a_configuration_error(given: dict[str, Any]) -> None:
    with pytest.raises(
        sk.ConfigurationError, match=r"^The (call cannot be made|request cannot be written as JSON): "
    ) as caught:
        await sk.stream("openai/m", "?", base_url="http://127.0.0.1:9", **given)
    assert caught.value.__cause__ is not None


async def test_a_refusal_that_is_no_json_still_has_its_status() -> None:
    html = Plan(502, (("content-type", "text/html"),), (Send(b"<html>Bad Gateway</html>"),))
    error = await error_of(html)
    assert (kind_of(error), error.status, error.retryable) == (sk.ProviderError, 502, True)
    assert "<html>" not in error.message


async def test_an_error_inside_the_stream_keeps_what_had_come() -> None:
    event = b'data: {"error": {"message": "Slow down.", "type": "requests", "code": "rate_limit_exceeded"}}\n\n'
    error = await error_of(plan("error_event", [chat_event({"content": "Io"})], at=1, error=event))
    assert (kind_of(error), error.message, error.retryable) == (sk.RateLimited, "Slow down.", True)
    assert error.partial is not None and error.partial.content == "Io"


@pytest.mark.parametrize("function", [False, True])
@pytest.mark.parametrize("inside", [False, True])
async def test_a_provider_that_repeats_the_key_and_the_prompt_is_not_repeated(function: bool, inside: bool) -> None:
    echo = f"wrong key {KEY} for {PROMPT}"
    event = b"data: " + json.dumps({"error": {"message": echo}}).encode() + b"\n\n"
    answer = plan("error_event", [chat_event({})], at=1, error=event) if inside else refusal(401, message=echo)
    for prompt in (PROMPT, [{"role": "user", "content": [{"type": "text", "text": PROMPT}]}]):
        error = await error_of(answer, prompt, api_key=(lambda: KEY) if function else KEY)
        assert error.message == "wrong key … for …"
        assert KEY not in f"{error!r} {error.args} {error.details}"


async def test_the_key_of_a_users_client_is_not_repeated() -> None:
    with FaultServer(refusal(401, message=f"wrong key {KEY}")) as server:
        async with openai.AsyncOpenAI(api_key=KEY, base_url=server.base_url) as client:
            with pytest.raises(sk.AuthenticationFailed, match=r"^wrong key …$"):
                await sk.stream("openai/m", "?", client=client)


async def test_what_a_terminal_would_act_on_is_not_repeated() -> None:
    error = await error_of(refusal(400, message="\x1b]0;owned\x07\u202eno\n" + "long " * 500))
    assert error.message.startswith(" ]0;owned  no long") and len(error.message) <= 301


async def test_silence_beyond_the_clients_own_timeout_is_a_stall() -> None:
    http: Any = importlib.import_module(openai.DefaultAsyncHttpxClient.__mro__[1].__module__.partition(".")[0])
    # In this process nothing takes time but the silence.
    inside = http.AsyncClient(transport=FaultTransport(plan("stall", [chat_event({"content": "Io"})], at=1)))
    async with openai.AsyncOpenAI(api_key=KEY, timeout=0.1, http_client=inside) as client:
        with pytest.raises(sk.StalledError) as caught:
            await sk.stream("openai/m", "?", client=client)
    assert caught.value.partial is not None and caught.value.partial.content == "Io"
