"""Our own requests: over aiohttp where it is installed, else over httpx2 or httpx; one client a loop and address."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from ._aiohttp_client import AiohttpClient
from ._answer import HttpClient
from ._clients import client_here, plain_client
from ._connection import HttpConnection
from ._libraries import httpx_name, is_installed, proxy_for, tls_context


def direct_libraries(network: object = None) -> tuple[str, ...]:
    """Return the names of the modules that our own requests import.

    Args:
        network: The function that makes the transport of the call, or None.
    """
    return (httpx_name(),) if network is not None or not is_installed("aiohttp") else ("aiohttp",)


async def direct_client(url: str, *, network: Callable[[Any], Any] | None = None) -> HttpClient:
    """Return the running loop's client for the address of a request.

    Args:
        url: The address of the request.
        network: A function that takes the HTTP library and returns a transport that replaces the network; such a
            client is one of httpx2 or httpx.
    """
    origin = "/".join(url.split("/", 3)[:3])
    return await client_here(("direct", origin, network), lambda: _build(origin, network))


def _build(origin: str, network: Callable[[Any], Any] | None) -> HttpClient:
    if network is None and is_installed("aiohttp"):
        proxy = proxy_for(origin)
        # aiohttp knows no SOCKS, and one context for a proxy's TLS and the server's: httpx does these as the SDKs do.
        if proxy is None or proxy[:7].lower() == "http://":
            importlib.import_module("aiohttp")  # in the worker thread, where the call has imported another library
            context = tls_context(httpx_name()) if origin[:6].lower() == "https:" else None
            return AiohttpClient(origin, context=context, proxy=proxy)
    return HttpxClient(plain_client(importlib.import_module(httpx_name()), transport=network))


class HttpxClient:
    """A client of httpx or httpx2, in the neutral form.

    Args:
        client: An ``AsyncClient``, ours or a user's.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    async def post(
        self, url: str, *, headers: Mapping[str, Any], content: bytes, timeouts: Any = ...
    ) -> HttpConnection:
        """Send a request and return the answer when the headers have arrived."""
        given = {} if timeouts is ... else {"timeout": timeouts}
        request = self._client.build_request("POST", url, headers=headers, content=content, **given)
        return HttpConnection(await self._client.send(request, stream=True))

    async def __aexit__(self, *_: object) -> None:
        await self._client.__aexit__(None, None, None)
