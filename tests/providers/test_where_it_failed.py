"""What an error says of the place where it happened: a certificate, a gateway, a port where nobody listens."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, Plan, plan
from streamkit.testing.faults import Send
from tests.providers.doors import DOORS, ask, every_door
from tests.transport.clients import only_httpx

pytestmark = pytest.mark.sdk

CERTIFICATE = Path(__file__).parent / "loopback.pem"  # issued by nobody, for tests on this machine
CHAT = b"".join(DOORS["openai"].events("Io"))


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n" + CHAT)
    await writer.drain()
    writer.close()


class Secure:
    """A server by TLS; it looks to ``ask`` as ``FaultServer`` does."""

    def __init__(self, port: int) -> None:
        self.base_url = f"https://127.0.0.1:{port}"


@pytest.fixture
async def secure() -> AsyncIterator[Any]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        yield Secure(server.sockets[0].getsockname()[1])


@pytest.fixture
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The HTTP library under the SDKs: aiohttp where it is installed, or what they bring themselves."""
    if request.param == "httpx":
        only_httpx(monkeypatch)


every_library = pytest.mark.parametrize("library", ["aiohttp", "httpx"], indirect=True)


@every_door
@every_library
@pytest.mark.usefixtures("library")
async def test_a_certificate_that_is_not_trusted_names_the_host_and_the_variable(name: str, secure: Any) -> None:
    with pytest.raises(sk.TransportError) as caught:
        await ask(name, secure)
    error = caught.value
    assert not error.retryable
    assert "certificate of 127.0.0.1" in error.message
    assert "SSL_CERT_FILE" in error.message
    assert "serve" not in error.message


@every_library
@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("name", ["openai", "groq", "mistral"])
async def test_the_variable_is_read(name: str, secure: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    assert (await ask(name, secure)).content == "Io"


@every_door
@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_gateways_error_names_the_host_and_the_path(name: str, status: int) -> None:
    page = Plan(status, (("content-type", "text/html"),), (Send(b"<html>Bad gateway</html>"),))
    with FaultServer(page) as server, pytest.raises(sk.ProviderError) as caught:
        await ask(name, server)
    path = server.requests[0].path.partition("?")[0]
    assert f"{server.base_url.removeprefix('http://')}{path} answered with status {status}" in caught.value.message


async def test_the_providers_own_message_of_a_503_stands_behind_the_address() -> None:
    with FaultServer(plan("overloaded", status=503)) as server, pytest.raises(sk.Overloaded) as caught:
        await ask("openai", server)
    assert caught.value.message.endswith("/v1/chat/completions answered with status 503: Refused with 529.")


async def test_a_port_where_nobody_listens_has_the_hint_of_how_ollama_is_started() -> None:
    for host in ("127.0.0.1", "localhost"):
        with pytest.raises(sk.TransportError, match="start it with `ollama serve`"):
            await sk.stream("ollama/m", "?", base_url=f"http://{host}:9")


async def test_a_proxy_that_is_down_is_no_ollama_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with pytest.raises(sk.TransportError) as caught:
        await sk.stream("ollama/m", "?", base_url="http://models.example:11434")
    assert "ollama serve" not in caught.value.message


async def test_a_server_that_hangs_up_is_running() -> None:
    with FaultServer(plan("no_answer")) as server, pytest.raises(sk.TransportError) as caught:
        await ask("ollama", server)
    assert "ollama serve" not in caught.value.message
