"""Google's address and credentials: the Gemini API or Vertex, by environment, call or a client of the SDK."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit.providers._google_endpoint import Endpoint, endpoint_from_environment
from streamkit.testing import FaultServer, gemini_event, gemini_events, plan

pytestmark = pytest.mark.sdk

SOUND = plan("none", gemini_events("Euro", "pa"))
VERTEX = "/v1beta1/projects/p1/locations/eu-west1/publishers/google/models/m:streamGenerateContent?alt=sse"


def found(**given: Any) -> Endpoint:
    nothing: dict[str, Any] = {"key": None, "base_url": None, "vertexai": None, "project": None, "location": None}
    return endpoint_from_environment(**{**nothing, **given})


def address(found: Endpoint, model: str = "m") -> str:
    return found.url(model, found.project).removesuffix(":streamGenerateContent")


@pytest.mark.parametrize(
    ("given", "model", "expected"),
    [
        ({}, "m", "https://generativelanguage.googleapis.com/v1beta/models/m"),
        ({}, "tunedModels/t 1", "https://generativelanguage.googleapis.com/v1beta/tunedModels/t%201"),
        ({"base_url": "https://a.example/v1"}, "models/m", "https://a.example/v1/models/m"),
        (
            {"project": "p", "location": "europe-west1"},
            "m",
            "https://europe-west1-aiplatform.googleapis.com/v1beta1/projects/p/locations/europe-west1"
            "/publishers/google/models/m",
        ),
        (
            {"project": "p"},
            "meta/llama",
            "https://aiplatform.googleapis.com/v1beta1/projects/p/locations/global/publishers/meta/models/llama",
        ),
        (
            {"project": "p", "location": "eu"},
            "m",
            "https://aiplatform.eu.rep.googleapis.com/v1beta1/projects/p/locations/eu/publishers/google/models/m",
        ),
        (
            {"project": "p"},
            "projects/q/locations/global/endpoints/7",
            "https://aiplatform.googleapis.com/v1beta1/projects/q/locations/global/endpoints/7",
        ),
        (
            {"project": "p", "key": "k"},
            "m",
            "https://aiplatform.googleapis.com/v1beta1/projects/p/locations/global/publishers/google/models/m",
        ),
        (
            {"vertexai": True, "key": "express"},
            "m",
            "https://aiplatform.googleapis.com/v1beta1/publishers/google/models/m",
        ),
    ],
)
def test_the_address_is_the_documented_one(given: dict[str, Any], model: str, expected: str) -> None:
    assert address(found(**given), model) == expected


def test_a_project_is_not_for_the_gemini_api() -> None:
    with pytest.raises(sk.ConfigurationError, match="are Vertex's"):
        sk.stream("google/m", "?", vertexai=False, project="p")


def test_the_environment_says_what_it_says_to_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "GOOGLE_CLOUD_PROJECT": "p",
        "GOOGLE_CLOUD_LOCATION": "us-east1",
        "GEMINI_API_KEY": "k",
    }.items():
        monkeypatch.setenv(name, value)
    assert (found().vertex, found().key) == (False, "k")
    for switch in ("true", "1", "True"):
        monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", switch)
        assert (found().vertex, found().key, found().project, found().location) == (
            True,
            None,
            "p",
            "us-east1",
        )
    assert not found(vertexai=False).vertex
    own_key = found(key="express")
    assert (own_key.key, own_key.project, own_key.needs_token) == ("express", None, False)
    assert (found(location="eu").project, found(location="eu").location) == ("p", "eu")
    monkeypatch.setenv("GOOGLE_GENAI_USE_ENTERPRISE", "false")
    assert not found().vertex
    monkeypatch.setenv("GOOGLE_GENAI_USE_ENTERPRISE", "true")
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", "https://gateway.example")
    assert address(found()) == (
        "https://gateway.example/v1beta1/projects/p/locations/us-east1/publishers/google/models/m"
    )


@pytest.mark.parametrize(("vertexai", "name"), [(True, "BLOCKLIST"), (False, "LANGUAGE")])
async def test_a_reason_that_is_a_number_is_read_by_the_names_of_the_api(vertexai: bool, name: str) -> None:
    with FaultServer(plan("none", [gemini_event("Io", candidate={"finishReason": 6})])) as server:
        answer = await sk.stream("google/m", "?", base_url=server.base_url, api_key="express", vertexai=vertexai)
    assert (answer.finish_reasons, answer.provider) == ([name], "google")


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write the credentials of a service whose tokens come from a server of ours; return how."""
    pytest.importorskip("google.auth")
    rsa: Any = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    from cryptography.hazmat.primitives import serialization as form

    key: Any = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()).decode()

    def write(server: FaultServer) -> None:
        account = {"type": "service_account", "client_email": "me@p1.example", "private_key": pem, "project_id": "p1"}
        file = tmp_path / "credentials.json"
        file.write_text(json.dumps({**account, "token_uri": server.base_url + "/token"}))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        monkeypatch.setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "quota")

    return write


def token(value: str) -> Any:
    body = json.dumps({"access_token": value, "expires_in": 3600, "token_type": "Bearer"}).encode()
    return plan("none", [body], headers={"content-type": "application/json"})


async def test_vertex_gets_a_token_of_the_environments_credentials(credentials: Any) -> None:
    with FaultServer(token("t-1")) as auth, FaultServer(SOUND) as server:
        credentials(auth)
        for _ in range(2):
            stream = sk.stream("google/m", "?", base_url=server.base_url, location="eu-west1")
            assert (await stream).content == "Europa"
    first, second = server.requests
    assert (first.path, first.headers["authorization"]) == (VERTEX, "Bearer t-1")
    assert (first.headers["x-goog-user-project"], "x-goog-api-key" in first.headers) == ("quota", False)
    assert second.headers["authorization"] == "Bearer t-1"
    assert len(auth.requests) == 1


async def test_a_header_of_the_users_own_replaces_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth", None)
    given: dict[str, Any] = {"project": "p1", "location": "eu-west1", "extra_headers": {"Authorization": "Bearer mine"}}
    with FaultServer(SOUND) as server:
        await sk.stream("google/m", "?", base_url=server.base_url, **given)
    assert server.requests[0].headers["authorization"] == "Bearer mine"


async def test_a_refused_token_is_a_failed_authentication(credentials: Any) -> None:
    refused = plan("none", [b'{"error": "invalid_grant", "error_description": "Token expired."}'], status=400)
    with FaultServer(refused) as auth:
        credentials(auth)
        with pytest.raises(sk.AuthenticationFailed, match="gave no token"):
            await sk.stream("google/m", "?", project="p1")


async def test_no_credentials_say_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("google.auth")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(sk.ConfigurationError, match="gcloud auth application-default login"):
        await sk.stream("google/m", "?", project="p1")


async def test_without_google_auth_vertex_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth.transport.requests", None)
    with pytest.raises(sk.ConfigurationError, match=r"pip install 'google-auth\[requests\]"):
        await sk.stream("google/m", "?", project="p1")


def client(**given: Any) -> Any:
    genai: Any = pytest.importorskip("google.genai")
    return genai.Client(**given)


@pytest.mark.parametrize("aio", [False, True])
async def test_the_settings_of_the_sdks_client_are_followed(aio: bool) -> None:
    with FaultServer(SOUND) as server:
        options = {"base_url": server.base_url, "api_version": "v1alpha", "headers": {"x-mine": "1"}}
        given = client(api_key="client-key", http_options=options)
        assert (await sk.stream("google/m", "?", client=given.aio if aio else given)).content == "Europa"
    (request,) = server.requests
    assert request.path == "/v1alpha/models/m:streamGenerateContent?alt=sse"
    assert (request.headers["x-goog-api-key"], request.headers["x-mine"]) == ("client-key", "1")
    assert "google-genai-sdk" not in request.headers["user-agent"]


async def test_a_client_for_vertex_brings_its_credentials() -> None:
    oauth: Any = pytest.importorskip("google.oauth2.credentials")
    with FaultServer(SOUND) as server:
        where = {"project": "p1", "location": "eu-west1", "http_options": {"base_url": server.base_url}}
        vertex = client(vertexai=True, credentials=oauth.Credentials(token="t-2"), **where)
        await sk.stream("google/m", "?", client=vertex)
    assert (server.requests[0].path, server.requests[0].headers["authorization"]) == (VERTEX, "Bearer t-2")


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
async def test_the_async_http_client_that_the_sdk_was_given_is_used(library: str) -> None:
    http: Any = pytest.importorskip(library)
    with FaultServer(SOUND) as server:
        async with http.AsyncClient(headers={"x-mine": "1"}) as own:
            options = {"base_url": server.base_url, "httpx_async_client": own}
            await sk.stream("google/m", "?", client=client(api_key="k", http_options=options))
            await sk.stream("google/m", "?", client=own, base_url=server.base_url, api_key="k")
            assert not own.is_closed
    assert [request.headers["x-mine"] for request in server.requests] == ["1", "1"]


@pytest.mark.parametrize(
    "options",
    [{"client_args": {"verify": False}}, {"async_client_args": {"trust_env": False}}, {"extra_body": {"a": 1}}],
)
def test_a_client_whose_settings_cannot_be_seen_is_refused(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(sk.ConfigurationError, match=f"set up by {name}"):
        sk.stream("google/m", "?", client=client(api_key="k", http_options=options))


def test_a_client_says_itself_where_to_ask() -> None:
    with pytest.raises(sk.ConfigurationError, match="which says them itself"):
        sk.stream("google/m", "?", client=client(api_key="k"), project="p1")
