"""A user's async client belongs to the first loop that sends with it; on another one its settings are copied."""

from __future__ import annotations

import asyncio
import importlib
import weakref
from typing import Any

from ..errors import ConfigurationError
from ..runtime import on_shared_loop
from ._clients import client_here, http_client

# Those that open no connection live on no loop.
_WITHOUT_CONNECTIONS = ("ASGITransport", "MockTransport")
# What differs between two clients that were set up alike.
_DIFFER = ("_connections", "_requests", "_optional_thread_lock", "_network_backend", "_ssl_context")

_homes: weakref.WeakKeyDictionary[Any, weakref.ref[asyncio.AbstractEventLoop]] = weakref.WeakKeyDictionary()


def at_home(http: Any) -> bool:
    """Whether an HTTP client may send on the running loop: the first loop that asks is its own.

    Args:
        http: An ``AsyncClient`` of httpx or httpx2.
    """
    if type(getattr(http, "_transport", None)).__name__ in _WITHOUT_CONNECTIONS:
        return True
    loop = asyncio.get_running_loop()
    return _homes.setdefault(http, weakref.ref(loop))() is loop


def check_at_home(http: Any, instead: str) -> None:
    """Refuse an HTTP client that belongs to another loop.

    Args:
        http: The client.
        instead: What can be passed in its place.

    Raises:
        ConfigurationError: It does.
    """
    if not at_home(http):
        raise elsewhere(http, instead)


def elsewhere(client: Any, instead: str) -> ConfigurationError:
    """Make the error of a client that belongs to another loop and cannot be copied.

    Args:
        client: The client.
        instead: What can be passed in its place.
    """
    return ConfigurationError(
        f"This {type(client).__name__} has connections on another event loop (sync calls share one of their own), and "
        f"its HTTP client cannot be copied: pass {instead}."
    )


async def copy_for_loop(client: Any, sdk: str) -> Any:
    """Return a copy of an SDK's async client for the running loop; None if the client itself can be used here.

    Args:
        client: A client of openai, or of an SDK that is generated alike.
        sdk: The SDK's module.

    Raises:
        ConfigurationError: It belongs to another loop, and has an HTTP client of its own.
    """
    default = type(client._client).__name__ == "AsyncHttpxClientWrapper"
    # Nor is it tied to the loop of sync code, which the user does not see: his own calls go on elsewhere.
    if not (default and on_shared_loop()) and at_home(client._client):
        return None
    if not default:
        raise elsewhere(client, "one client for each loop, or one without http_client")

    def build() -> Any:
        return client.with_options(max_retries=0, http_client=http_client(importlib.import_module(sdk)))

    return await client_here((sdk, weakref.ref(client)), build)


def looks(http: Any) -> list[object]:
    """Say all that an httpx client was set to, to compare it with one that an SDK makes by itself.

    Args:
        http: A client, sync or async; the cookies of an async one may be the servers'.
    """
    transport = getattr(http, "_transport", None)
    pool: dict[str, Any] = dict(getattr(getattr(transport, "_pool", None), "__dict__", {}))
    context: Any = pool.get("_ssl_context")
    told = ("timeout", "follow_redirects", "max_redirects", "trust_env", "auth", "base_url", "params", "event_hooks")
    found: list[object] = [type(http), type(transport), *(getattr(http, name, None) for name in told)]
    found += [sorted(http.headers.items()), [] if hasattr(http, "aclose") else list(http.cookies.jar)]
    found.append(sorted(each.pattern for each in getattr(http, "_mounts", {})))
    found.append(sorted((name, repr(value)) for name, value in pool.items() if name not in _DIFFER))
    if context is not None:
        found.append((context.verify_mode, context.check_hostname, context.cert_store_stats()))
    return found
