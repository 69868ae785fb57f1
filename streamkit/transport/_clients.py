"""The HTTP clients that are handed to the SDKs: one of each kind for each event loop, closed with the loop."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import weakref
from collections.abc import AsyncGenerator, Callable
from typing import Any, TypeAlias

from .._compat.private import load_anyio_backend
from ..runtime import to_thread
from ._aiohttp import watch_aiohttp
from ._client_class import client_class
from ._libraries import is_installed, tls_context

OfLoop = weakref.WeakKeyDictionary

_Clients: TypeAlias = dict[object, asyncio.Task[Any]]

_clients: OfLoop[asyncio.AbstractEventLoop, tuple[_Clients, AsyncGenerator[None, None]]] = OfLoop()

"""Of each loop: its clients, and the open async generator that closes them when the loop ends."""


def library_of(sdk: Any) -> Any:
    """Return the module ``httpx`` or ``httpx2``, whichever an SDK stands on.

    Args:
        sdk: The ``openai`` module, or one that is generated the same way.
    """
    roots = (base.__module__.partition(".")[0] for base in sdk.DefaultAsyncHttpxClient.__mro__)
    return importlib.import_module(next(root for root in roots if root in ("httpx", "httpx2")))


def http_client(sdk: Any, *, transport: Callable[[Any], Any] | None = None) -> Any:
    """Build an HTTP client by an SDK's own factory, with our limits and without redirects.

    The aiohttp transport is used where it is installed (extra ``aiohttp``), since it needs a third of the CPU.

    Args:
        sdk: The ``openai`` module, or one that is generated the same way.
        transport: A function that takes the HTTP library and returns a transport that replaces the network.
    """
    library = library_of(sdk)
    if callable(transport):
        return client_class(sdk.DefaultAsyncHttpxClient)(**_settings(library), transport=transport(library))

    def build(*, keep: bool) -> Any:
        if is_installed("aiohttp"):
            with contextlib.suppress(RuntimeError):  # an SDK whose extra needs more than aiohttp itself
                client = client_class(sdk.DefaultAioHttpClient)(**_settings(library, keep=keep))
                watch_aiohttp(client, keep=keep)
                return client
        load_anyio_backend()
        return client_class(sdk.DefaultAsyncHttpxClient)(**_settings(library, keep=keep))

    return _with_fresh(build)


def plain_client(library: Any, *, transport: Callable[[Any], Any] | None = None) -> Any:
    """Build an HTTP client for an SDK that has no factory, with the same settings.

    Args:
        library: The module ``httpx`` or ``httpx2``.
        transport: A function that takes the library and returns a transport that replaces the network.
    """
    load_anyio_backend()
    if callable(transport):
        return client_class(library.AsyncClient)(**_settings(library), transport=transport(library))

    def build(*, keep: bool) -> Any:
        verify = tls_context(library.__name__)
        return client_class(library.AsyncClient)(**_settings(library, keep=keep), verify=verify)

    return _with_fresh(build)


def _with_fresh(build: Callable[..., Any]) -> Any:
    """Build a client that has a second one without kept connections, for a request that is sent again."""
    client = build(keep=True)
    client.fresh = lambda: client_here(("fresh", client), lambda: build(keep=False))
    return client


def _settings(library: Any, *, keep: bool = True) -> dict[str, Any]:
    from http.cookiejar import CookieJar, DefaultCookiePolicy  # 30 modules, which the HTTP library has loaded by now

    return {
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=())),  # none is kept
        "follow_redirects": False,  # a redirect would send the prompt to another host
        # A number and not None: the aiohttp transport reads None as not given, which means 100 to aiohttp.
        "limits": library.Limits(max_connections=100_000, max_keepalive_connections=200 if keep else 0),
        "timeout": library.Timeout(None, connect=10.0),  # our own clocks measure content instead
    }


async def client_here(key: object, build: Callable[[], Any]) -> Any:
    """Return the running loop's client for this key, which the first call builds.

    Clients cannot be shared between loops. Building one takes long enough to stall a loop, so a worker
    thread does it; the client is closed when the loop ends.

    Args:
        key: The client's identity, such as the provider, the address and the API key.
        build: A function that builds the client, called in a worker thread.
    """
    loop = asyncio.get_running_loop()
    of_loop = _clients.get(loop)
    if of_loop is None:
        # A loop's only hook for its end: it closes the async generators that are still open.
        fresh: _Clients = {}
        of_loop = _clients[loop] = fresh, _keep(fresh)
        await anext(of_loop[1])
    clients, _ = of_loop
    if key not in clients:
        clients[key] = loop.create_task(to_thread(build))
    building = clients[key]
    try:
        # A task that is done costs no turn of the loop.
        return building.result() if building.done() else await asyncio.shield(building)
    except BaseException:
        if building.done() and (building.cancelled() or building.exception()):
            clients.pop(key, None)  # the next call tries to build it again
        raise


async def _keep(clients: _Clients) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        for building in clients.values():
            if building.done() and not building.cancelled() and building.exception() is None:
                with contextlib.suppress(Exception):  # one that cannot be closed keeps none of the others open
                    await building.result().__aexit__(None, None, None)
        clients.clear()
