"""Azure's two endpoints: which of them gets a request, and in which form."""

from __future__ import annotations

import importlib
from typing import Any

import httpx
import pytest

import streamkit as sk
from streamkit.testing import FaultServer, chat_events, plan

pytestmark = pytest.mark.sdk

SOUND = plan("none", chat_events("Eu", "ropa"))


@pytest.mark.parametrize("variable", ["", "AZURE_INFERENCE_ENDPOINT", "AZURE_OPENAI_BASE_URL"])
async def test_the_inference_endpoint_gets_its_own_form_of_request(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer(SOUND) as server:
        address: dict[str, Any] = {"base_url": server.base_url + "/models"}
        if variable:
            monkeypatch.setenv(variable, address.pop("base_url"))
        await sk.stream("azure/grok", "Hi", api_key="a-key", **address, max_tokens=5, temperature=None)
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/models/chat/completions?api-version=2024-05-01-preview")
    assert (request.headers["api-key"], request.headers["extra-parameters"]) == ("a-key", "pass-through")
    assert request.json() == {
        "model": "grok",
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 5,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_another_version_of_the_api_can_be_chosen() -> None:
    with FaultServer(SOUND) as server:
        given: dict[str, Any] = {"base_url": server.base_url + "/models/", "api_key": "k", "api_version": "2025-04-01"}
        await sk.stream("azure/grok", "Hi", **given)
    assert server.requests[0].path == "/models/chat/completions?api-version=2025-04-01"
    assert "api_version" not in server.requests[0].json()


async def test_a_token_goes_in_no_header_for_keys() -> None:
    async def entra_token() -> str:
        return "entra-token"

    with FaultServer(SOUND) as server:
        await sk.stream("azure/grok", "?", api_key=entra_token, base_url=server.base_url + "/models")
    headers = server.requests[0].headers
    assert (headers["authorization"], "api-key" in headers) == ("Bearer entra-token", False)


async def test_any_other_address_is_openais_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_INFERENCE_ENDPOINT", "http://127.0.0.1:9/models")
    with FaultServer(SOUND) as server:
        response = await sk.stream("azure/gpt", "?", api_key="k", base_url=server.base_url + "/openai/v1/")
    assert (response.content, response.provider) == ("Europa", "azure")
    assert server.requests[0].path == "/openai/v1/chat/completions"


async def test_clients_of_either_kind_are_taken() -> None:
    openai: Any = importlib.import_module("openai")
    with FaultServer(SOUND) as server:
        async with openai.AsyncOpenAI(api_key="k", base_url=server.base_url + "/openai/v1") as client:
            assert (await sk.stream("azure/gpt", "?", client=client)).content == "Europa"
        async with httpx.AsyncClient(headers={"x-mine": "1"}) as client:
            more: dict[str, Any] = {"client": client, "api_key": "k", "base_url": server.base_url + "/models"}
            assert (await sk.stream("azure/grok", "?", **more)).content == "Europa"
    assert [request.path.partition("?")[0] for request in server.requests] == [
        "/openai/v1/chat/completions",
        "/models/chat/completions",
    ]


@pytest.mark.parametrize("host", ["x.swedencentral.models.ai.azure.com", "x.eastus2.inference.ai.azure.com"])
async def test_a_model_with_its_own_endpoint_is_recognized_by_its_host(host: str) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"".join(chat_events("Io")))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        await sk.stream("azure/m", "?", client=client, api_key="k", base_url=f"https://{host}")
    assert seen[0].url.path == "/chat/completions"
