"""A key over plain http: one warning for each host that is neither this machine nor of a private network."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from structlog.testing import capture_logs

import streamkit as sk
from streamkit.providers import _plain_http
from streamkit.testing import FaultServer, plan
from tests.providers.doors import DOORS, every_door

pytestmark = pytest.mark.sdk

KEY = "test-key-1234"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_plain_http, "_warned", {})


async def warnings_of(model: str, address: str | None, **given: Any) -> list[dict[str, Any]]:
    """Send to an address that the network lock forbids; return what was logged before that."""
    settings: dict[str, Any] = {"api_key": KEY, **given}
    with capture_logs() as logs, pytest.raises(sk.StreamError):
        await sk.stream(model, "a question", base_url=address, **settings)
    return [dict(log) for log in logs if log["event"] == "key_over_plain_http"]


@every_door
async def test_every_provider_warns_once_for_each_host(name: str) -> None:
    door = DOORS[name]
    model = f"{name.partition(' ')[0]}/{door.model}"
    for host in ("models.example.org", "203.0.113.7:8080", "[2001:db8::1]"):
        (warned,) = await warnings_of(model, f"http://{host}{door.base}")
        assert warned["log_level"] == "warning" and "STREAMKIT_ALLOW_HTTP=1" in warned["hint"]
        assert warned["host"] in host and warned["provider"] == name.partition(" ")[0]
        assert await warnings_of(model, f"http://{host}{door.base}") == []


@pytest.mark.parametrize(
    "host", ["10.1.2.3", "192.168.1.9:8000", "172.31.0.1", "[fd00::2]", "169.254.1.1", "vllm:8000"]
)
async def test_a_private_address_causes_no_warning(host: str) -> None:
    assert await warnings_of("openai/m", f"http://{host}/v1") == []
    assert await warnings_of("mistral/m", f"http://{host}/v1") == []


@every_door
async def test_loopback_causes_no_warning(name: str) -> None:
    door = DOORS[name]
    for host in ("127.0.0.1", "localhost"):
        with FaultServer(plan("unauthorized"), host=host) as server:
            model = f"{name.partition(' ')[0]}/{door.model}"
            assert await warnings_of(model, server.base_url + door.base) == []


async def test_https_and_a_call_without_a_key_cause_no_warning() -> None:
    assert await warnings_of("openai/m", "https://models.example.org/v1") == []
    assert await warnings_of("vllm/m", "http://models.example.org/v1", api_key=None) == []
    assert await warnings_of("ollama/m", "http://models.example.org", api_key=None) == []


async def test_a_variable_silences_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMKIT_ALLOW_HTTP", "1")
    assert await warnings_of("openai/m", "http://models.example.org/v1") == []


def users_clients(address: str) -> Iterator[tuple[str, Any]]:
    for provider, package, name, options in (
        ("openai", "openai", "AsyncOpenAI", {}),
        ("openai-responses", "openai", "OpenAI", {}),
        ("anthropic", "anthropic", "AsyncAnthropic", {}),
        ("groq", "groq", "AsyncGroq", {}),
        ("cohere", "cohere", "AsyncClientV2", {"log_warning_experimental_features": False}),
    ):
        make = getattr(importlib.import_module(package), name)
        yield provider, make(api_key=KEY, base_url=address, **options)


async def test_the_address_of_a_users_own_client_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    async with AsyncExitStack() as clients:
        for provider, client in users_clients("http://models.example.org/v1"):
            if hasattr(client, "__aenter__"):
                await clients.enter_async_context(client)
            else:
                clients.enter_context(client)
            monkeypatch.setattr(_plain_http, "_warned", {})
            (warned,) = await warnings_of(f"{provider}/m", None, client=client, api_key=None)
            assert warned["provider"] == provider


async def test_without_structlogs_configuration_the_message_names_the_variable(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, logger="streamkit")
    with pytest.raises(sk.StreamError):
        await sk.stream("openai/m", "a question", base_url="http://models.example.org/v1", api_key=KEY)
    (message,) = [record.getMessage() for record in caplog.records if "plain_http" in record.getMessage()]
    assert message.startswith("key_over_plain_http: ") and "STREAMKIT_ALLOW_HTTP=1" in message
