"""Our own requests over aiohttp: the client of one address, and the open answers."""

from __future__ import annotations

import contextlib
import functools
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, MutableMapping
from typing import Any, cast
from urllib.parse import quote, unquote_to_bytes, urlsplit

from .._compat.private import buffered_bytes, forget_sent_headers
from ._aiohttp import connector
from ._answer import AnswerHead, address_of
from ._attempt import Attempt, attempt, current_attempt, in_attempt
from ._connection import OpenSocket, decoded

_CONNECT = 10.0  # seconds for the name's address, the connection and TLS together

_IDLE = 5.0  # seconds that an idle connection is kept, as httpx keeps one

_HEADER = 100 * 1024  # bytes of one header line, as httpx allows for all headers

_BUFFER = 1 << 16  # bytes of a body that arrive ahead of the reader, times two

_ADDRESS = "%:/?#[]@!$&'()*+,;="  # besides letters, digits and "-._~"

_PORTS = {"http": 80, "https": 443}


class AiohttpClient:
    """The client of one address, which belongs to the loop of the first request.

    Args:
        origin: The address: the scheme, the host and the port.
        context: The context for TLS, or None.
        proxy: The address of an HTTP proxy, with the user's name and password, or None.
    """

    def __init__(self, origin: str, *, context: ssl.SSLContext | None, proxy: str | None) -> None:
        self._context = context
        self._peer = _peer(proxy or origin)
        self._options: dict[str, Any] = {"allow_redirects": False}
        self._more_headers: dict[str, str] = {}
        if proxy is not None:
            address, login = _login(proxy)
            self._options["proxy"] = address
            if origin[:6].lower() == "https:":
                self._options["proxy_headers"] = login
            else:
                self._more_headers = login
        self._session: Any = None

    async def post(
        self, url: str, *, headers: Mapping[str, Any], content: bytes, timeouts: Any = ...
    ) -> AiohttpConnection:
        """Send a request and return the answer when the headers have arrived."""
        if not in_attempt():
            with attempt():
                return await self.post(url, headers=headers, content=content, timeouts=timeouts)
        session = self._session or self._open()
        current = current_attempt()
        current.begin()
        current.peer = self._peer
        given = {} if timeouts is ... else {"timeout": _timeout(timeouts)}
        headers = {**_checked(url, headers), **self._more_headers}
        try:
            response = await session.post(_url(url), data=content, headers=headers, **self._options, **given)
        except Exception as error:
            _abort(current)
            _hide_request(error)
            current.check(error)
            raise
        except BaseException:
            _abort(current)
            raise
        current.answered = True
        forget_sent_headers(response)
        found, current.socket = current.socket, None
        return AiohttpConnection(response, found)

    def _open(self) -> Any:
        import aiohttp

        self._session = aiohttp.ClientSession(
            connector=connector(ssl=self._context or True, limit=0, keepalive_timeout=_IDLE),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=_CONNECT),
            auto_decompress=False,
            read_bufsize=_BUFFER,
            max_line_size=_HEADER,
            max_field_size=_HEADER,
        )
        return self._session

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()


class AiohttpConnection:
    """An open answer of aiohttp.

    Args:
        response: The library's response, its body unread.
        found: The socket of the connection.
    """

    __slots__ = ("_body", "_response", "_socket", "headers", "request_id", "status_code")

    def __init__(self, response: Any, found: OpenSocket) -> None:
        self.request_id: str | None = None
        self.status_code: int = response.status
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._body = _Body(response.content)
        self._socket = found
        connection = response.connection
        if connection is None:  # the whole answer has arrived, and the connection is in the pool already
            found.release()
        else:
            connection.add_callback(found.release)

    @property
    def released(self) -> bool:
        """Whether the whole body has arrived and the pool has the connection: there is nothing to close."""
        return self._response.connection is None

    def head(self) -> AnswerHead:
        """Return a copy of status and headers, which keeps neither the connection nor the request alive."""
        copy: MutableMapping[str, str] = self._response.headers.copy()
        return AnswerHead(self.status_code, copy, address_of(str(self._response.url)))

    def __aiter__(self) -> AsyncIterator[bytes]:
        return decoded(self._body, self.headers.get("content-encoding"))

    def shut_down(self) -> None:
        """Shut the socket down at once, from any thread; do nothing if the connection is another request's by now."""
        self._socket.shut_down()

    async def aclose(self) -> None:
        """Close the connection and wait for that; a connection whose body was read to the end goes to the pool."""
        connection = self._response.connection
        if connection is None or connection.protocol is None:
            return
        closed = getattr(connection.protocol, "closed", None)
        with contextlib.suppress(Exception):  # whatever fails here, aiohttp closes what is left
            self._socket.abort()  # closing in the polite way would wait for the server's end of TLS
        self._response.close()
        if closed is not None:
            with contextlib.suppress(Exception):  # how it ended is known
                await closed


class _Body:
    """The bytes of a body as they arrive, including those that arrive just before the connection fails."""

    __slots__ = ("_content",)

    def __init__(self, content: Any) -> None:
        self._content = content

    def __aiter__(self) -> _Body:
        return self

    async def __anext__(self) -> bytes:
        try:
            data: bytes = await self._content.readany()
        except Exception:
            data = buffered_bytes(self._content)
            if not data:
                raise
        if not data:
            raise StopAsyncIteration
        return data


def _peer(address: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(address)
        return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return None  # the library raises an error for it


def _login(proxy: str) -> tuple[str, dict[str, str]]:
    """Return a proxy's address without a user, and the header that names the user instead.

    aiohttp's exceptions hold the addresses, and so would show the password.
    """
    user, at, host = proxy.partition("://")[2].rpartition("@")
    if not at:
        return proxy, {}
    return f"http://{host}", {"proxy-authorization": f"Basic {b64encode(unquote_to_bytes(user)).decode()}"}


@functools.lru_cache(maxsize=128)
def _url(url: str) -> Any:
    """Return an address as aiohttp takes it: it would undo escapes such as ``%3A``, which a signature covers.

    The characters that no address may contain are escaped, as httpx does it.
    """
    import yarl

    try:
        if not url.split("/", 3)[2].isascii():
            return url
        return yarl.URL(quote(url, safe=_ADDRESS), encoded=True)
    except (IndexError, ValueError):
        return url  # the library raises an error for it


def _checked(url: str, headers: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the headers, if they are ASCII: aiohttp would send others as UTF-8.

    A user name in the address replaces a key in the headers, as in httpx; aiohttp would refuse both.

    Raises:
        UnicodeEncodeError: A header is not ASCII.
    """
    for value in headers.values():
        if isinstance(value, str) and not value.isascii():
            value.encode("ascii")
    if "@" in url.split("/", 3)[2:3][0]:
        return {name: value for name, value in headers.items() if name.lower() != "authorization"}
    return headers


def _timeout(given: Any) -> Any:
    """Return a timeout of httpx's form as one of aiohttp, which has none for writing."""
    import aiohttp

    four = cast("tuple[float | None, ...]", given if isinstance(given, tuple) else (given, given))
    return aiohttp.ClientTimeout(total=None, connect=four[0], sock_read=four[1])


def _abort(current: Attempt) -> None:
    """Close the connection of a request that failed or was cancelled; aiohttp would await the server's end of TLS."""
    found, current.socket = current.socket, None
    if found is not None:
        with contextlib.suppress(Exception):  # whatever fails here, the library closes what is left
            found.abort()


def _hide_request(error: Any) -> None:
    """Take the request, whose headers hold the key, out of an exception of aiohttp."""
    info: Any = getattr(error, "request_info", None)
    if info is not None:
        error.request_info = type(info)(info.url, info.method, {}, info.url)
        error.args = ()
