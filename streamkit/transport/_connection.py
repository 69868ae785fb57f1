"""An open answer: its bytes with their limits, its socket, its end."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import Any

from ..errors import LimitExceeded, MalformedError
from ..runtime import OpenSocket

# The most that one read of compressed bytes may grow to: identity was asked for, so this is a server
# that did not listen, or worse.
_INFLATED = 1 << 20

_BODY = 1 << 28


def raw_body(response: Any) -> AsyncIterator[bytes]:
    """Return the body's bytes of an httpx (or httpx2) response as they come.

    Compressed bodies are inflated in bounded steps, although identity was asked for.

    Raises:
        MalformedError: The body has an encoding that was not asked for and is not gzip or deflate.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return response.stream.__aiter__()
    if encoding in ("gzip", "deflate", "x-gzip"):
        return _inflated(response.stream)
    raise MalformedError(f"The body is compressed with {encoding!r}, although identity was asked for.")


async def _inflated(stream: Any) -> AsyncIterator[bytes]:
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    total = 0
    async for compressed in stream:
        data = compressed
        while data:
            try:
                piece = inflate.decompress(data, _INFLATED)
            except zlib.error as error:
                raise MalformedError(f"The compressed body is damaged: {error}.") from error
            total += len(piece)
            if total > _BODY:
                raise LimitExceeded(f"The compressed body grew past {_BODY} bytes.")
            if piece:
                yield piece
            data = inflate.unconsumed_tail


def socket_of(response: Any) -> OpenSocket:
    """Find the socket under an httpx (or httpx2) response, whichever transport made it."""
    network = response.extensions.get("network_stream")
    if network is not None:
        # anyio's stream, under TLS one deeper, keeps the transport to itself.
        transport = _inside(network, "_stream", "transport_stream", "_transport")
        return OpenSocket(network.get_extra_info("socket"), transport)
    # The aiohttp transport keeps its response under the stream that httpx wraps.
    transport = _inside(response.stream, "_stream", "_aiohttp_response", "connection", "transport")
    find = getattr(transport, "get_extra_info", None)
    return OpenSocket(None if find is None else find("socket"), transport)


def _inside(found: Any, *names: str) -> Any:
    for name in names:
        found = getattr(found, name, found)
    return found


class HttpConnection:
    """An open answer of an SDK whose HTTP client is httpx or httpx2.

    Args:
        response: The library's response, its body unread.
        request_id: The provider's id of the request.
    """

    def __init__(self, response: Any, *, request_id: str | None) -> None:
        self.request_id = request_id
        self._response = response
        self._socket = socket_of(response)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return raw_body(self._response)

    def shut_down(self) -> None:
        """Cut the connection at once, from any thread."""
        self._socket.shut_down()

    async def aclose(self) -> None:
        """Close the response; what its body had left makes the connection unfit for another call."""
        try:
            await self._response.aclose()
        except BaseException:  # also a cancellation: the socket is not left to the garbage collector
            self._socket.abort()
            raise
