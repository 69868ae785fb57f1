"""Proxies, TLS and odd answers, over each HTTP library and with real servers."""

from __future__ import annotations

import asyncio
import zlib
from typing import Any

import pytest

from streamkit.transport import HttpAnswer
from tests.transport.clients import fetch, library, read, send
from tests.transport.servers import CERTIFICATE, Proxy, Raw

__all__ = ["library"]

pytestmark = pytest.mark.usefixtures("library")

BODY = b"data: Io\n\n"
SOON = 15  # seconds; an event loop waits 30 for a server's end of TLS


def answer(*headers: bytes, body: bytes = BODY, status: bytes = b"200 OK") -> bytes:
    head = b"\r\n".join((b"HTTP/1.1 " + status, b"content-length: %d" % len(body), *headers))
    return head + b"\r\n\r\n" + body


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority of the server's certificate, named by the environment."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_proxy_with_credentials_gets_a_plain_request(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Raw(answer()) as server, Proxy(server.port) as proxy:
        if variable != "HTTP_PROXY":
            monkeypatch.setenv("NO_PROXY", "other.example")
        monkeypatch.setenv(variable, proxy.address())
        assert await fetch("http://models.example/v1") == BODY
        assert proxy.heads[0].startswith(b"POST http://models.example/v1 HTTP/1.1\r\n")


@pytest.mark.usefixtures("trusted")
async def test_a_proxy_with_credentials_makes_a_tunnel_and_never_sees_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with Raw(answer(), tls=True) as server, Proxy(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address())
        for _ in range(2):
            found = await send(f"https://localhost:{server.port}/v1", headers={"authorization": "Bearer k"})
            assert await read(found) == BODY
        assert [head.split(b"\r\n")[0] for head in proxy.heads] == [b"CONNECT localhost:%d HTTP/1.1" % server.port]
        assert b"Bearer" not in b"".join(proxy.heads)
        assert server.heads[0].startswith(b"POST /v1 HTTP/1.1\r\n") and b"proxy-auth" not in server.heads[0].lower()


async def test_a_proxy_that_refuses_a_tunnel_is_an_error_without_the_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Proxy(9) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address("wrong:s3cret"))
        with pytest.raises(Exception, match="407") as caught:
            await send("https://models.example/v1", headers={"authorization": "Bearer k-never-shown"})
        error: BaseException | None = caught.value
        while error is not None:
            assert "k-never-shown" not in f"{error!r} {vars(error)}" and "s3cret" not in f"{error!r} {vars(error)}"
            error = error.__cause__ or error.__context__


@pytest.mark.parametrize("direct", ["127.0.0.1", "*", "localhost,127.0.0.1"])
async def test_a_host_without_proxy_is_reached_directly(direct: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Raw(answer()) as server, Proxy(9) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.address())
        monkeypatch.setenv("NO_PROXY", direct)
        assert await fetch(server.origin) == BODY
        assert proxy.heads == []


@pytest.mark.usefixtures("trusted")
async def test_an_authority_of_ones_own_is_trusted_and_the_host_is_named_in_tls() -> None:
    with Raw(answer(), tls=True) as server:
        assert await fetch(f"https://localhost:{server.port}/") == BODY
        assert server.names == ["localhost"]


OPEN = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\ndata:\r\n"


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("read_first", [True, False])
async def test_closing_does_not_wait_for_the_servers_end_of_tls(read_first: bool) -> None:
    with Raw(OPEN, tls=True, rude=True) as server:
        found = await send(server.origin)
        if read_first:
            assert await anext(aiter(found)) == b"data:"
        async with asyncio.timeout(SOON):
            await found.aclose()
        assert server.ended.wait(SOON)  # the loop has no turn


@pytest.mark.usefixtures("trusted")
async def test_a_request_that_is_cancelled_before_its_answer_is_closed_at_once() -> None:
    with Raw(b"", tls=True, rude=True) as server:
        sending = asyncio.create_task(send(server.origin))
        while not server.heads:
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.wait([sending])
        assert sending.cancelled() and await asyncio.to_thread(server.ended.wait, SOON)


@pytest.mark.usefixtures("trusted")
async def test_a_stop_over_tls_ends_the_connection_without_a_turn_of_the_loop() -> None:
    with Raw(OPEN, tls=True, rude=True) as server:
        found = await send(server.origin)
        found.shut_down()
        assert server.ended.wait(SOON)
        await found.aclose()


async def test_an_unknown_authority_is_refused() -> None:
    with Raw(answer(), tls=True) as server:
        with pytest.raises(Exception, match=r"(?i)certificate"):
            await fetch(server.origin)
        assert server.heads == []


async def test_an_ipv6_address_is_reached() -> None:
    with Raw(answer(), host="::1") as server:
        assert await fetch(server.origin) == BODY
        assert b"\r\nhost: [::1]:%d\r\n" % server.port in server.heads[0].lower()


ODD: dict[str, tuple[bytes, bytes]] = {
    "early-hints": (b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 2 + answer(), BODY),
    "continue": (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(), BODY),
    "trailers": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;a=b\r\ndata:\r\n5\r\n Io\n\n\r\n0\r\nx-sum: 1\r\n\r\n",
        BODY,
    ),
    "header-of-64-KiB": (answer(b"x-long: " + b"x" * 65_536), BODY),
    "hundred-headers": (answer(*(b"x-%d: 1" % at for at in range(100))), BODY),
    "gzip": (answer(b"content-encoding: gzip", body=zlib.compress(BODY, wbits=31)), BODY),
    "deflate": (answer(b"content-encoding: deflate", body=zlib.compress(BODY)), BODY),
    "no-content": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
}


@pytest.mark.parametrize("odd", ODD)
async def test_an_odd_answer_is_read_and_its_connection_is_used_again(odd: str) -> None:
    raw, body = ODD[odd]
    with Raw(raw) as server:
        for _ in range(2):
            assert await fetch(server.origin) == body
        assert len(server.heads) == 2


@pytest.mark.parametrize("value", ["Bearer ключ", "line\nbreak", 7])
async def test_a_header_that_cannot_be_sent_is_refused_before_anything_is_sent(value: Any) -> None:
    with Raw(answer()) as server:
        with pytest.raises((UnicodeEncodeError, ValueError, TypeError, Exception)):
            await send(server.origin, headers={"authorization": value})
        assert server.heads == []


async def test_status_headers_and_address_are_neutral() -> None:
    with Raw(answer(b"X-Request-Id: r1", status=b"429 Too Many")) as server:
        found: HttpAnswer = await send(f"{server.origin}/v1?key=k")
        head = found.head()
        await read(found)
        assert (found.status_code, found.headers.get("x-request-ID"), head.headers["x-request-id"]) == (429, "r1", "r1")
        assert head.url == f"{server.origin}/v1"
