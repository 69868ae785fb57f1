"""A user's own async client on two loops: its settings are copied, or one sentence says what to pass."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import streamkit as sk
from streamkit.runtime import current_or_background_loop
from streamkit.testing import (
    FaultServer,
    anthropic_events,
    chat_events,
    cohere_events,
    gemini_events,
    ollama_lines,
    plan,
    responses_events,
)
from streamkit.transport import owned_by_loop
from tests.providers.doors import KEY

pytestmark = pytest.mark.sdk
KEYS = {KEY, f"Bearer {KEY}", "Bearer t"}
httpx: Any = importlib.import_module("httpx")


@dataclass(frozen=True)
class Own:
    """A user's own client.

    Args:
        model: Who is asked with it.
        events: Makes the answer.
        make: Makes the client, given the server's address.
        http: What an HTTP client of its own is passed as; None if it cannot have one.
        sdk: Where the HTTP client comes from: httpx, or an SDK whose class of it is wanted.
    """

    model: str
    events: Callable[..., list[bytes]]
    make: Callable[..., Any]
    http: str = "http_client"
    sdk: str = "httpx"


def _of(sdk: str, name: str, path: str = "", **options: Any) -> Callable[..., Any]:
    def make(url: str, **more: Any) -> Any:
        key = {} if "api_key" in options or "access_token" in options else {"api_key": KEY}
        return getattr(importlib.import_module(sdk), name)(base_url=url + path, **key, **options, **more)

    return make


def _ollama(url: str, **more: Any) -> Any:
    headers = {"authorization": f"Bearer {KEY}"}
    return importlib.import_module("ollama").AsyncClient(host=url, headers=headers, **more)


OWN: dict[str, Own] = {
    "openai": Own("openai/m", chat_events, _of("openai", "AsyncOpenAI", "/v1"), sdk="openai"),
    "responses": Own("openai-responses/m", responses_events, _of("openai", "AsyncOpenAI", "/v1"), sdk="openai"),
    "azure": Own("azure/m", chat_events, _of("openai", "AsyncAzureOpenAI", "/openai", api_version="v1"), sdk="openai"),
    "deepseek": Own("deepseek/m", chat_events, _of("openai", "AsyncOpenAI", "/v1"), sdk="openai"),
    "anthropic": Own("anthropic/m", anthropic_events, _of("anthropic", "AsyncAnthropic"), sdk="anthropic"),
    "vertex": Own(
        "anthropic/m",
        anthropic_events,
        _of("anthropic", "AsyncAnthropicVertex", region="r", project_id="p", access_token="t"),
        sdk="anthropic",
    ),
    "groq": Own("groq/m", chat_events, _of("groq", "AsyncGroq"), sdk="groq"),
    "cohere": Own("cohere/m", cohere_events, _of("cohere", "AsyncClientV2"), "httpx_client"),
    "ollama": Own("ollama/m", ollama_lines, _ollama, "transport"),
}


@pytest.mark.parametrize("sync_first", [True, False])
@pytest.mark.parametrize("name", OWN)
def test_one_client_serves_sync_code_and_many_loops(name: str, sync_first: bool) -> None:
    own = OWN[name]
    _needs(own)
    with FaultServer(plan("none", own.events("Io"))) as server, asyncio.Runner() as first:
        client = own.make(server.base_url)

        async def ask(times: int) -> list[str]:
            streams = [sk.stream(own.model, "?", client=client) for _ in range(times)]
            return [response.content for response in await asyncio.gather(*(_whole(stream) for stream in streams))]

        def sync() -> list[str]:
            return [sk.stream(own.model, "?", client=client).run().content]

        found = sync() if sync_first else []
        found += [*first.run(ask(3)), *sync(), *asyncio.run(ask(3)), *asyncio.run(ask(1)), *first.run(ask(1)), *sync()]
        assert set(found) == {"Io"} and len(found) == len(server.requests)
        names = ("authorization", "x-api-key", "api-key")
        assert {each.headers[name] for each in server.requests for name in names if name in each.headers} <= KEYS
        assert len({each.path for each in server.requests}) == 1
        _close(client, first)


@pytest.mark.parametrize("name", OWN)
def test_one_with_an_http_client_of_its_own_is_refused_on_a_second_loop_with_what_to_pass(name: str) -> None:
    own = OWN[name]
    _needs(own)
    transport = httpx.AsyncHTTPTransport(retries=2)
    http = transport if own.http == "transport" else _http(own.sdk)
    with FaultServer(plan("none", own.events("Io"))) as server:
        client = own.make(server.base_url, **{own.http: http})

        async def ask() -> str:
            text = (await sk.stream(own.model, "?", client=client)).content
            await http.aclose()
            return text

        assert asyncio.run(ask()) == "Io"
        for again in (lambda: asyncio.run(ask()), lambda: sk.stream(own.model, "?", client=client).run()):
            with pytest.raises(sk.ConfigurationError, match=r"on another event loop.*: pass one client for each loop"):
                again()
        assert len(server.requests) == 1


PLAIN: dict[str, tuple[Callable[..., list[bytes]], Callable[[str, Any], dict[str, Any]]]] = {
    "azure/m": (chat_events, lambda url, http: {"client": http, "api_key": KEY, "base_url": url + "/models"}),
    "mistral/m": (chat_events, lambda url, http: {"client": _mistral(url, http)}),
    "google/m": (gemini_events, lambda url, http: {"client": _google(url, http)}),
    "ollama/m": (ollama_lines, lambda url, http: {"client": http, "base_url": url}),
}


@pytest.mark.parametrize("model", PLAIN)
def test_an_httpx_client_belongs_to_the_first_loop_that_uses_it(model: str) -> None:
    events, options = PLAIN[model]
    http = httpx.AsyncClient()
    with FaultServer(plan("none", events("Io"))) as server:
        given = options(server.base_url, http)
        assert sk.stream(model, "?", **given).run().content == "Io"
        assert sk.stream(model, "?", **given).run().content == "Io"  # the same loop: all sync code shares it

        async def ask() -> str:
            return (await sk.stream(model, "?", **given)).content

        with pytest.raises(sk.ConfigurationError, match=r"This AsyncClient has connections on another event loop"):
            asyncio.run(ask())
        asyncio.run_coroutine_threadsafe(http.aclose(), current_or_background_loop()).result()


def test_a_transport_without_connections_is_on_every_loop() -> None:
    body = b"".join(chat_events("Io"))

    def answer(_: Any) -> Any:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body)

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))

    async def ask() -> str:
        return (await sk.stream("azure/m", "?", client=http, api_key=KEY, base_url="http://127.0.0.1:9/models")).content

    assert [asyncio.run(ask()) for _ in range(2)] == ["Io", "Io"]


async def _whole(stream: sk.Stream) -> sk.Response:
    return await stream


def _close(client: Any, first: asyncio.Runner) -> None:
    """Close its HTTP client where its connections live."""
    http = client._client if hasattr(client, "_client") else client._client_wrapper.httpx_client.httpx_client
    if first.run(_is_here(http)):
        first.run(http.aclose())
    else:
        asyncio.run_coroutine_threadsafe(http.aclose(), current_or_background_loop()).result()


async def _is_here(http: Any) -> bool:
    return owned_by_loop(http)


def _needs(own: Own) -> None:
    if own.sdk != "httpx":
        pytest.importorskip(own.sdk)


def _http(sdk: str) -> Any:
    return httpx.AsyncClient() if sdk == "httpx" else importlib.import_module(sdk).DefaultAsyncHttpxClient()


def _mistral(url: str, http: Any) -> Any:
    return importlib.import_module("mistralai.client").Mistral(api_key=KEY, server_url=url, async_client=http)


def _google(url: str, http: Any) -> Any:
    genai: Any = importlib.import_module("google.genai")
    options = genai.types.HttpOptions(base_url=url, httpx_async_client=http)
    return genai.Client(api_key=KEY, http_options=options)
