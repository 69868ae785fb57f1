"""Vendors as rows: the address and the key of each, and how its answers are read."""

from __future__ import annotations

import pytest

import streamkit as sk
from streamkit.providers._config import ProviderConfig
from streamkit.providers.compatible import VENDORS
from streamkit.testing import FaultServer, chat_events, plan

pytestmark = pytest.mark.sdk

NAMES = [vendor.name for vendor in VENDORS]


@pytest.mark.parametrize("row", VENDORS, ids=NAMES)
async def test_a_vendor_is_called_and_its_answer_read(row: ProviderConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    if row.keys:
        monkeypatch.setenv(row.keys[-1], "vendor-key")
    with FaultServer(plan("none", chat_events("Euro", "pa"))) as server:
        stream = sk.stream(f"{row.name}/m", "Which moon?", base_url=server.base_url + "/v1", max_tokens=9)
        response = await stream
    assert (response.content, response.state, response.provider) == ("Europa", "complete", row.name)
    (request,) = server.requests
    body = request.json()
    assert (request.path, body["model"], body["max_tokens"]) == ("/v1/chat/completions", "m", 9)
    assert body["stream_options"] == {"include_usage": True}
    assert request.headers["authorization"] == f"Bearer {'vendor-key' if row.keys else 'none'}"


LOCAL = {
    "llama.cpp": "LLAMACPP_BASE_URL",
    "lmstudio": "LMSTUDIO_BASE_URL",
    "ollama-openai": "OLLAMA_HOST",
    "vllm": "VLLM_BASE_URL",
}


@pytest.mark.parametrize("name", LOCAL)
async def test_a_local_server_is_called_at_the_address_of_its_variable(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer(plan("none", chat_events("Io"))) as server:
        monkeypatch.setenv(LOCAL[name], server.base_url + "/v1")
        await sk.stream(f"{name}/m", "?")
        monkeypatch.setenv(LOCAL[name], "http://127.0.0.1:9/v1")
        await sk.stream(f"{name}/m", "?", base_url=server.base_url + "/v1")  # the argument counts more
    assert [request.path for request in server.requests] == ["/v1/chat/completions"] * 2


def test_every_row_without_a_key_has_a_variable_for_its_address() -> None:
    assert {row.name: row.base_url_env for row in VENDORS if not row.keys} == LOCAL


async def test_ollamas_copy_of_the_chat_wire_is_found_by_a_host_and_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(plan("none", chat_events("Io"))) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.base_url.removeprefix("http://"))
        assert (await sk.stream("ollama-openai/m", "?")).content == "Io"
        monkeypatch.setenv("OLLAMA_HOST", "http://box:no-port")
        with pytest.raises(sk.ConfigurationError, match="is no address"):
            await sk.stream("ollama-openai/m", "?")
    assert server.requests[0].path == "/v1/chat/completions"


@pytest.mark.parametrize("row", [row for row in VENDORS if row.keys], ids=lambda row: row.name)
async def test_a_missing_key_names_its_variable(row: ProviderConfig) -> None:
    with pytest.raises(sk.ConfigurationError, match=f"{row.keys[0]} is not set"):
        await sk.stream(f"{row.name}/m", "?", base_url="http://127.0.0.1:9")


async def test_azure_needs_an_address_and_takes_a_token_function() -> None:
    async def entra_token() -> str:
        return "entra-token"

    with pytest.raises(sk.ConfigurationError, match="AZURE_OPENAI_BASE_URL is not set"):
        await sk.stream("azure/m", "?", api_key=entra_token)
    with FaultServer(plan("none", chat_events("Io"))) as server:
        await sk.stream("azure/m", "?", api_key=entra_token, base_url=server.base_url + "/openai/v1/")
    assert server.requests[0].path == "/openai/v1/chat/completions"
    assert server.requests[0].headers["authorization"] == "Bearer entra-token"
