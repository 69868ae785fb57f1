"""A user's own OpenAI client: which ones are taken, and what is left of them afterwards."""

from __future__ import annotations

import asyncio
import gc
import importlib
from collections.abc import Callable, Generator
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, anthropic_events, assert_closed, chat_events, plan

pytestmark = pytest.mark.sdk

SOUND = plan("none", chat_events("Eu", "ropa"))
openai: Any = importlib.import_module("openai")


@pytest.fixture
def server() -> Generator[FaultServer, None, None]:
    with FaultServer(SOUND) as running:
        yield running


def default() -> Any:
    return openai.DefaultAsyncHttpxClient()


def aiohttp() -> Any:
    pytest.importorskip("aiohttp")
    return openai.DefaultAioHttpClient()


def httpx_library() -> Any:
    import httpx

    return httpx.AsyncClient()


def settings(server: FaultServer, **more: Any) -> dict[str, Any]:
    return {"api_key": "client-key", "base_url": server.base_url + "/own", **more}


async def ask(client: Any = None, **given: Any) -> sk.Response:
    """Make a call, and wait until its connection is closed or free again."""
    stream = sk.stream("openai/m", "?", client=client, **given)
    response = await stream
    while stream.open:
        await asyncio.sleep(0)
    return response


@pytest.mark.parametrize("name", ["OpenAI", "Anthropic", "Groq"])
async def test_a_sync_clients_settings_are_copied(name: str) -> None:
    module: Any = pytest.importorskip(name.lower())
    events = anthropic_events("Europa") if name == "Anthropic" else chat_events("Europa")
    with FaultServer(plan("none", events)) as server:
        client = getattr(module, name)(**settings(server))
        response = await sk.stream(f"{name.lower()}/m", "?", client=client)
    assert response.content == "Europa"
    assert server.requests[0].path.startswith("/own/")


@pytest.mark.parametrize("http", [default, aiohttp, httpx_library])
async def test_an_async_client_is_used_with_whatever_transport_it_has(
    server: FaultServer, http: Callable[[], Any]
) -> None:
    async with assert_closed(), openai.AsyncOpenAI(**settings(server, http_client=http())) as client:
        assert (await ask(client)).content == "Europa"
    (request,) = server.requests
    assert (request.path, request.headers["authorization"]) == ("/own/chat/completions", "Bearer client-key")
    assert request.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("http", [default, aiohttp, httpx_library])
async def test_leaving_a_call_early_closes_its_connection_on_every_transport(http: Callable[[], Any]) -> None:
    with FaultServer(plan("stall", chat_events("Eu", "ropa"), at=2)) as server:
        async with openai.AsyncOpenAI(**settings(server, http_client=http())) as client:
            async for _ in sk.stream("openai/m", "?", client=client):
                break
            await asyncio.to_thread(server.wait_for, lambda: server.open_connections == 0)


async def test_the_clients_retries_are_not_used_and_the_client_is_not_changed_or_closed() -> None:
    with FaultServer([plan("server_error"), SOUND]) as server:
        async with openai.AsyncOpenAI(**settings(server, max_retries=5)) as client:
            with pytest.raises(sk.ProviderError):
                await ask(client)
            assert len(server.requests) == 1
            assert (client.max_retries, client.is_closed()) == (5, False)
            assert (await client.chat.completions.with_raw_response.create(model="m", messages=[])).status_code == 200


async def test_a_client_of_a_loop_that_has_gone_on_serves_many_calls_on_one_connection(server: FaultServer) -> None:
    async with openai.AsyncOpenAI(**settings(server)) as client:
        for _ in range(3):
            await ask(client)
        assert server.open_connections == 1


async def test_the_settings_of_a_sync_client_are_carried_over(server: FaultServer) -> None:
    more = {"organization": "org-1", "project": "proj-1"}
    headers, query = {"x-mine": "1"}, {"trace": "yes"}
    with openai.OpenAI(**settings(server, default_headers=headers, default_query=query, **more)) as client:
        assert (await ask(client)).content == "Europa"
        assert not client.is_closed()
    (request,) = server.requests
    assert request.path == "/own/chat/completions?trace=yes"
    assert {name: request.headers[name] for name in ("authorization", "x-mine")} == {
        "authorization": "Bearer client-key",
        "x-mine": "1",
    }
    assert (request.headers["openai-organization"], request.headers["openai-project"]) == ("org-1", "proj-1")


async def test_a_key_function_of_a_sync_client_runs_for_every_call(server: FaultServer) -> None:
    keys = iter(["first", "second"])
    with openai.OpenAI(**settings(server, api_key=lambda: next(keys))) as client:
        await ask(client)
        await ask(client)
    assert [each.headers["authorization"] for each in server.requests] == ["Bearer first", "Bearer second"]


async def test_one_sync_clients_settings_never_serve_another(server: FaultServer) -> None:
    """A client that is gone leaves its address in memory to the next one."""
    for at in range(5):
        with openai.OpenAI(**settings(server, api_key=f"key-{at}")) as client:
            await ask(client)
        del client
        gc.collect()
    assert [each.headers["authorization"] for each in server.requests] == [f"Bearer key-{at}" for at in range(5)]


async def test_sync_clients_with_the_same_settings_share_one_connection(server: FaultServer) -> None:
    for _ in range(5):
        with openai.OpenAI(**settings(server, default_headers={"x-mine": "1"})) as client:
            await ask(client)
    assert server.open_connections == 1


async def test_key_functions_that_are_made_for_every_call_share_one_connection(server: FaultServer) -> None:
    for at in range(20):
        await ask(base_url=server.base_url, api_key=lambda at=at: f"key-{at}")
    assert server.open_connections == 1
    assert [each.headers["authorization"] for each in server.requests] == [f"Bearer key-{at}" for at in range(20)]


@pytest.mark.parametrize("name", ["OpenAI", "AzureOpenAI"])
def test_a_sync_client_with_an_http_client_of_its_own_is_refused_and_the_error_names_the_async_one(name: str) -> None:
    azure = {"azure_endpoint": "http://127.0.0.1:9", "api_version": "v1"} if name == "AzureOpenAI" else {}
    refused = pytest.raises(sk.ConfigurationError, match=rf"openai\.Async{name} with an async http_client")
    with getattr(openai, name)(api_key="k", http_client=openai.DefaultHttpxClient(), **azure) as client, refused:
        sk.stream("openai/m", "?", client=client)


@pytest.mark.parametrize("wrong", [object(), openai, openai.AsyncOpenAI, "sk-key", 5])
def test_what_is_no_client_is_refused_at_the_call(wrong: object) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"client= takes an openai\.AsyncOpenAI, not"):
        sk.stream("openai/m", "?", client=wrong)


def test_a_client_of_another_sdk_is_refused_at_the_call() -> None:
    client = type("AsyncAnthropic", (), {"__module__": "anthropic"})()
    with pytest.raises(sk.ConfigurationError, match=r"openai\.AsyncOpenAI, not AsyncAnthropic"):
        sk.stream("openai/m", "?", client=client)


AZURE = {
    "a key": ({"api_key": "azure-key"}, {"api-key": "azure-key"}),
    "a token": ({"azure_ad_token": "entra"}, {"authorization": "Bearer entra"}),
    "a token function": ({"azure_ad_token_provider": lambda: "entra"}, {"authorization": "Bearer entra"}),
}


@pytest.mark.parametrize("name", ["AsyncAzureOpenAI", "AzureOpenAI"])
@pytest.mark.parametrize(("credential", "sent"), AZURE.values(), ids=AZURE)
async def test_azure_clients_sync_and_async(
    server: FaultServer, name: str, credential: dict[str, Any], sent: dict[str, str]
) -> None:
    client = getattr(openai, name)(azure_endpoint=server.base_url, api_version="2026-01-01", **credential)
    assert (await ask(client)).content == "Europa"
    await client.close() if name.startswith("Async") else client.close()
    (request,) = server.requests
    assert request.path == "/openai/deployments/m/chat/completions?api-version=2026-01-01"
    assert {header: request.headers[header] for header in sent} == sent


async def test_an_azure_deployment_is_kept(server: FaultServer) -> None:
    azure = {"azure_endpoint": server.base_url, "azure_deployment": "mine", "api_version": "2026-01-01"}
    with openai.AzureOpenAI(api_key="k", **azure) as client:
        await ask(client)
    assert server.requests[0].path == "/openai/deployments/mine/chat/completions?api-version=2026-01-01"


def test_a_sync_client_serves_sync_code(server: FaultServer) -> None:
    with openai.OpenAI(**settings(server)) as client:
        assert sk.stream("openai/m", "?", client=client).run().content == "Europa"


def test_our_own_clients_are_closed_with_their_loop(server: FaultServer) -> None:
    async def two_keys() -> None:
        for key in ("one-key", "another-key"):
            await sk.stream("openai/m", "?", base_url=server.base_url, api_key=key)

    asyncio.run(two_keys())
    server.wait_for(lambda: server.open_connections == 0)
