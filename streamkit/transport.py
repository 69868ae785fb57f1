"""The HTTP clients that we hand to SDKs, and the bytes of a response with their limits."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import weakref
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

from .errors import LimitExceeded, MalformedError
from .runtime import in_worker, shut_down

# The most that one read of compressed bytes may grow to: identity was asked for, so this is a server
# that did not listen, or worse.
_INFLATED = 1 << 20
_BODY = 1 << 28


def http_client(sdk: Any) -> Any:
    """Build the HTTP client of an SDK's own factory, with our limits and without redirects.

    The aiohttp transport is taken where it is installed (extra ``aiohttp``): it needs a third of the CPU.

    Args:
        sdk: The ``openai`` module, or one that its makers generate the same way.
    """
    roots = (base.__module__.partition(".")[0] for base in sdk.DefaultAsyncHttpxClient.__mro__)
    library = importlib.import_module(next(root for root in roots if root in ("httpx", "httpx2")))
    settings = {
        "follow_redirects": False,  # a redirect would send the prompt to another host
        "limits": library.Limits(max_connections=None, max_keepalive_connections=200),
        "timeout": library.Timeout(None, connect=10.0),  # the clocks are ours, and count content
    }
    if importlib.util.find_spec("aiohttp") is not None:
        try:
            return sdk.DefaultAioHttpClient(**settings)
        except RuntimeError:  # an SDK whose extra needs more than aiohttp itself
            pass
    return sdk.DefaultAsyncHttpxClient(**settings)


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
            piece = inflate.decompress(data, _INFLATED)
            total += len(piece)
            if total > _BODY:
                raise LimitExceeded(f"The compressed body grew past {_BODY} bytes.")
            if piece:
                yield piece
            data = inflate.unconsumed_tail


def socket_of(response: Any) -> Any:
    """Find the socket under an httpx (or httpx2) response, whichever transport made it; None if there is none."""
    network = response.extensions.get("network_stream")
    if network is not None:
        return network.get_extra_info("socket")
    # The aiohttp transport keeps its response under the stream that httpx wraps.
    stream: Any = response.stream
    for name in ("_stream", "_aiohttp_response", "connection", "transport"):
        stream = getattr(stream, name, stream)
    find = getattr(stream, "get_extra_info", None)
    return None if find is None else find("socket")


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
        if self._socket is not None:
            shut_down(self._socket)

    async def aclose(self) -> None:
        """Close the response; what its body had left makes the connection unfit for another call."""
        await self._response.aclose()


_clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Any, Any]] = weakref.WeakKeyDictionary()
_keepers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncGenerator[None, None]] = weakref.WeakKeyDictionary()


async def client_here(key: object, build: Callable[[], Any]) -> Any:
    """Return the client of this kind that belongs to the running loop, built the first time.

    Clients cannot be shared between loops. Building one takes long enough to stall a loop, so a worker
    thread does it; the client is closed when the loop ends.

    Args:
        key: What tells clients apart: the provider, the address, the key.
        build: Makes it.
    """
    loop = asyncio.get_running_loop()
    clients = _clients.setdefault(loop, {})
    if key not in clients:
        fresh = await in_worker(build)
        clients.setdefault(key, fresh)
    if loop not in _keepers:
        # A loop has no hook for its end but one: it closes the async generators that still live.
        _keepers[loop] = keeper = _keep(clients)
        await anext(keeper)
    return clients[key]


async def _keep(clients: dict[Any, Any]) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        for client in clients.values():
            await client.close()
        clients.clear()
