"""A request that streamkit sends is the SDK's own: method, address, headers and body, but for who says it sends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, plan
from streamkit.testing.server import Request
from tests.packages import missing
from tests.providers.doors import DOORS, KEY

pytestmark = pytest.mark.sdk

PROVIDERS = {
    "openai": "/v1",
    "openai-responses": "/v1",
    "anthropic": "",
    "cohere": "",
    "groq": "",
    "azure": "/openai/v1/",
    "azure-responses": "/openai/v1/",
    "deepseek": "/beta/",
    "openrouter": "/api/v1",
    "openrouter-responses": "/api/v1",
    "vllm": "/v1",
    "xai": "/v1",
    "xai-responses": "/v1",
}
"""By the provider's name, what follows the server's address."""
ENDINGS = {"responses": "openai-responses", "anthropic": "anthropic", "cohere": "cohere"}


def events_of(name: str) -> list[bytes]:
    door = next((found for end, found in ENDINGS.items() if name.endswith(end)), "openai")
    return DOORS[door].events("Io")


# What the SDKs say of themselves, and what concerns one connection only.
_AGENTS = ("user-agent", "x-stainless-", "x-fern-", "connection", "content-length")


def comparable(request: Request) -> tuple[str, str, object, object, object]:
    """Return what must be the same; the names of headers have no case, and their order means nothing."""
    path, _, query = request.path.partition("?")
    headers = {name: value for name, value in request.headers.items() if not name.startswith(_AGENTS)}
    return request.method, path, parse_qsl(query, keep_blank_values=True), headers, request.json()


async def differences(
    name: str, server: FaultServer, calls: Mapping[str, Mapping[str, Any]]
) -> dict[str, tuple[Any, Any]]:
    """Send each call in both ways; return those whose requests differ."""
    if name == "groq" and (reason := missing("groq")):
        pytest.skip(reason)
    found: dict[str, tuple[Any, Any]] = {}
    for call, given in calls.items():
        settings: dict[str, Any] = {"base_url": server.base_url + PROVIDERS[name], "api_key": KEY, **given}
        prompt, model = settings.pop("prompt", "Which moons may hold life?"), settings.pop("model", "m")
        sent: list[Request] = []
        for transport in ("direct", "sdk"):
            await sk.stream(f"{name}/{model}", prompt, transport=transport, **settings)
            sent.append(server.requests[-1])
        direct, by_sdk = sent
        assert direct.headers["user-agent"].startswith("streamkit/")
        assert not any(header.startswith(("x-stainless-", "x-fern-")) for header in direct.headers)
        if comparable(direct) != comparable(by_sdk):
            found[call] = comparable(direct), comparable(by_sdk)
    return found


def lookup(moon: str) -> str:
    """Find a moon."""
    return moon


IMAGE = sk.ImagePart(b"\x89PNG\r\n\x1a\n")
CONVERSATION = [
    sk.Messages.System("Answer in one word."),
    sk.Messages.User("Which moon? “Io”, é, 月"),
    sk.Messages.Assistant("Io"),
    sk.Messages.User(["And this?", IMAGE]),
]
CALLS: dict[str, dict[str, Any]] = {
    "text": {},
    "conversation": {"prompt": CONVERSATION},
    "tools": {"tools": [lookup], "tool_choice": "auto"},
    "parameters": {"temperature": 0.5, "max_tokens": 10, "top_p": 1, "metadata": {"user_id": "7"}},
    "unknown": {"a_field_of_tomorrow": {"deep": [1, None, {"x": True}]}},
    "headers": {"extra_headers": {"X-Mine": "1", "Accept-Language": "de", "ACCEPT": "text/event-stream"}},
    "authorization": {"extra_headers": {"Authorization": "Bearer other"}},
    "idempotency": {"extra_headers": {"Idempotency-Key": "once"}},
    "beta": {"extra_headers": {"anthropic-beta": "a,b", "anthropic-version": "2023-06-01", "OpenAI-Beta": "c"}},
    "query": {"extra_query": {"q": "two words & ä", "l": [1, "b"], "d": {"a": {"b": 1}}, "t": True, "n": None}},
    "body": {"extra_body": {"temperature": 0.25, "more": [1], "stream": True}},
    "all three": {"extra_headers": {"X-A": "1"}, "extra_query": {"a": "1"}, "extra_body": {"a": 1}, "timeout": 20},
    "key function": {"api_key": lambda: "asked-key-1234"},
    "model": {"model": "org/name:free"},
    "null": {"temperature": None},
}


@pytest.mark.parametrize("name", PROVIDERS)
async def test_the_same_call_is_the_same_request(name: str) -> None:
    with FaultServer(plan("none", events_of(name))) as server:
        assert await differences(name, server, CALLS) == {}


LINES = "X-One: 1\n x-two :  a: b \nno colon\n\nAuthorization: Bearer custom\nOpenAI-Project: other"
ENVIRONMENTS: dict[str, dict[str, str]] = {
    "organization": {"OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj-1"},
    "empty": {"OPENAI_ORG_ID": "", "OPENAI_PROJECT_ID": "", "OPENAI_CUSTOM_HEADERS": ""},
    "custom": dict.fromkeys(("OPENAI_CUSTOM_HEADERS", "ANTHROPIC_CUSTOM_HEADERS", "GROQ_CUSTOM_HEADERS"), LINES),
    "key": {
        **dict.fromkeys(("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "CO_API_KEY"), "env-key"),
        **dict.fromkeys(("GROQ_API_KEY", "XAI_API_KEY"), "env-key"),
        **dict.fromkeys(("AZURE_OPENAI_API_KEY", "DEEPSEEK_API_KEY", "OPENROUTER_API_KEY"), "env-key"),
    },
    "token": {"ANTHROPIC_AUTH_TOKEN": "token-1"},
}


@pytest.mark.parametrize("variables", ENVIRONMENTS)
@pytest.mark.parametrize("name", ["openai", "anthropic", "cohere", "groq", "azure-responses", "xai"])
async def test_the_same_environment_is_the_same_request(
    name: str, variables: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in ENVIRONMENTS[variables].items():
        monkeypatch.setenv(variable, value)
    keyless = variables == "key" or (variables == "token" and name == "anthropic")
    with FaultServer(plan("none", events_of(name))) as server:
        assert await differences(name, server, {variables: {"api_key": None} if keyless else {}}) == {}


ADDRESSES = {
    "openai": "OPENAI_BASE_URL",
    "anthropic": "ANTHROPIC_BASE_URL",
    "cohere": "CO_API_URL",
    "groq": "GROQ_BASE_URL",
    "azure": "AZURE_OPENAI_BASE_URL",
    "vllm": "VLLM_BASE_URL",
}


@pytest.mark.parametrize("name", ADDRESSES)
async def test_the_same_address_is_the_same_request(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Any] = {}
    with FaultServer(plan("none", events_of(name))) as server:
        for path in ("", "/", "/v1", "/a%20b/v1/", "/openai/v1"):
            monkeypatch.setenv(ADDRESSES[name], server.base_url + path)
            found |= await differences(name, server, {path: {"base_url": None}})
    assert found == {}
