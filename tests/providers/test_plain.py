"""The door by plain HTTP: what is told before anything is sent, and how little of a refusal is read."""

from __future__ import annotations

from typing import Any

import pytest

import streamkit as sk
from streamkit.messages import as_messages
from streamkit.providers import CallSpec
from streamkit.providers._config import ProviderConfig
from streamkit.providers._plain import PlainRequest, StatusError
from streamkit.testing import FaultServer, Plan, chat_events, plan
from streamkit.testing.faults import Send, Wait

ROW = ProviderConfig("plainly", "openai_compatible.chat")


def request(base_url: str | None = None, body: Any = None, **given: Any) -> PlainRequest:
    spec = CallSpec(model="m", messages=as_messages("?"), base_url=base_url, **given)
    return PlainRequest(spec, ROW, path="/chat", body=body or {}, query={"v": "1"})


async def test_it_posts_json_and_reads_the_stream() -> None:
    extra = {"extra_headers": {"x-mine": "1"}, "extra_query": {"w": "2"}, "extra_body": {"mine": 3}}
    with FaultServer(plan("none", chat_events("Eu", "ropa"))) as server:
        response = await sk.Stream(request(server.base_url + "/", {"say": "héllo", **extra}))
    (sent,) = server.requests
    assert (response.content, sent.method, sent.path) == ("Europa", "POST", "/chat?v=1&w=2")
    assert sent.json() == {"say": "héllo", "mine": 3}
    assert (sent.headers["content-type"], sent.headers["accept-encoding"]) == ("application/json", "identity")
    assert (sent.headers["x-mine"], "authorization" in sent.headers) == ("1", False)


@pytest.mark.parametrize("odd", [object(), float("nan"), float("inf"), {1, 2}, b"x", "\ud800"])
def test_what_is_no_json_is_refused_at_once(odd: object) -> None:
    with pytest.raises(sk.ConfigurationError, match="cannot be written as JSON"):
        request(body={"say": odd})


async def test_without_an_address_it_says_so() -> None:
    with pytest.raises(sk.ConfigurationError, match="plainly has no address: pass base_url="):
        await sk.Stream(request())


async def test_of_a_refusal_only_the_beginning_is_read() -> None:
    endless = [Send(b"x" * 100_000), Wait(3600.0)]
    with FaultServer(Plan(500, (), tuple(endless))) as server:
        with pytest.raises(sk.ProviderError) as caught:
            await sk.Stream(request(server.base_url))
        await server.until_closed()
    cause = caught.value.__cause__
    assert isinstance(cause, StatusError) and cause.body == "x" * 64 * 1024
    assert "xxx" not in caught.value.message


async def test_nobody_there_is_a_transport_error() -> None:
    with FaultServer(plan("none")) as server:
        address = server.base_url
    with pytest.raises(sk.TransportError):
        await sk.Stream(request(address))


async def test_a_key_that_a_function_returned_is_not_repeated() -> None:
    row = ProviderConfig("plainly", "openai_compatible.chat", keys=("PLAINLY_KEY",))
    echo = Plan(401, (), (Send(b'{"error":{"message":"wrong key a-key-never-to-be-shown"}}'),))
    with FaultServer(echo) as server:
        spec = CallSpec("m", as_messages("?"), base_url=server.base_url, api_key=lambda: "a-key-never-to-be-shown")
        with pytest.raises(sk.AuthenticationFailed, match=r"^wrong key …$"):
            await sk.Stream(PlainRequest(spec, row, path="/chat", body={}))
