"""Vendors as rows: where each is asked, with which key, and how its answers are read."""

from __future__ import annotations

import pytest

import streamkit as sk
from streamkit.providers.compatible import VENDORS, Vendor
from streamkit.testing import FaultServer, chat_events, plan

pytestmark = pytest.mark.sdk

NAMES = [vendor.name for vendor in VENDORS]


@pytest.mark.parametrize("row", VENDORS, ids=NAMES)
async def test_a_vendor_is_asked_and_read(row: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.parametrize("row", [row for row in VENDORS if row.keys], ids=lambda row: row.name)
async def test_a_missing_key_names_its_variable(row: Vendor) -> None:
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
