"""Cohere's own clients given as ``client=``: an async one is used, a sync one copied, unless its HTTP is its own."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, cohere_events, plan

pytestmark = pytest.mark.sdk

cohere: Any = importlib.import_module("cohere")
httpx: Any = importlib.import_module("httpx")
SOUND = plan("none", cohere_events("Eu", "ro", "pa"))


def close(client: Any) -> None:
    client.__exit__(None, None, None)


@pytest.mark.parametrize("key", ["a-key-of-mine", lambda: "a-key-of-mine"])
async def test_a_sync_clients_settings_are_copied_to_an_async_one(key: Any) -> None:
    with FaultServer(SOUND) as server:
        client = cohere.ClientV2(api_key=key, base_url=server.base_url + "/mine", client_name="me", timeout=7)
        client._client_wrapper._headers = {"x-team": "moons"}
        response = await sk.stream("cohere/m", "?", client=client)
        assert sk.stream("cohere/m", "?", client=client).again().state == "streaming"
        (request,) = server.requests
        close(client)
    assert (response.content, response.state) == ("Europa", "complete")
    assert request.path == "/mine/v2/chat" and request.headers["authorization"] == "Bearer a-key-of-mine"
    assert (request.headers["x-client-name"], request.headers["x-team"]) == ("me", "moons")


async def test_two_clients_with_the_same_settings_share_one_copy_and_others_do_not() -> None:
    with FaultServer(SOUND) as server:
        for key in ("one-and-the-same", "one-and-the-same", "another-key-here"):
            client = cohere.ClientV2(api_key=key, base_url=server.base_url)
            await sk.stream("cohere/m", "?", client=client)
            close(client)
        assert [request.headers["authorization"][7:10] for request in server.requests] == ["one", "one", "ano"]


def test_a_sync_client_works_in_a_plain_loop() -> None:
    with FaultServer(SOUND) as server:
        client = cohere.ClientV2(api_key="k", base_url=server.base_url)
        assert "".join(chunk.content for chunk, _ in sk.stream("cohere/m", "?", client=client)) == "Europa"
        close(client)


CUSTOM: dict[str, dict[str, Any]] = {
    "a plain one": {},
    "another timeout": {"timeout": 3},
    "a hook": {"event_hooks": {"request": [print]}},
    "a header": {"headers": {"x-a": "b"}},
    "a transport": {"transport": httpx.MockTransport(httpx.Response)},
    "no checks": {"verify": httpx.create_ssl_context(verify=False)},
    "a proxy": {"proxy": "http://127.0.0.1:9"},
}


@pytest.mark.parametrize("name", CUSTOM)
@pytest.mark.parametrize("given", [{}, {"timeout": 300}])
def test_a_sync_client_with_an_http_client_of_its_own_names_the_async_class(name: str, given: dict[str, Any]) -> None:
    with httpx.Client(**CUSTOM[name]) as http:
        client = cohere.ClientV2(api_key="k", httpx_client=http, **given)
        with pytest.raises(sk.ConfigurationError, match=r"cohere\.AsyncClientV2 with an async httpx_client"):
            sk.stream("cohere/m", "?", client=client)


def test_clients_of_version_1_and_of_others_are_refused() -> None:
    client = cohere.Client(api_key="k")
    with pytest.raises(sk.ConfigurationError, match="a client of version 2"):
        sk.stream("cohere/m", "?", client=client)
    close(client)
    with pytest.raises(sk.ConfigurationError, match=r"a cohere\.AsyncClientV2, not object"):
        sk.stream("cohere/m", "?", client=object())


async def test_an_async_client_is_used_as_it_is() -> None:
    with FaultServer(SOUND) as server:
        async with cohere.AsyncClientV2(api_key="k", base_url=server.base_url) as client:
            assert (await sk.stream("cohere/m", "?", client=client)).content == "Europa"
