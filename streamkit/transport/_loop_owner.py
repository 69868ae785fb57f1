"""The event loop that owns a user's async client: the first that sends with it; other loops use a copy."""

from __future__ import annotations

import asyncio
import importlib
import weakref
from typing import Any

from .._compat.private import http_of, is_default_http, mounts_of, pool_settings, transport_of
from ..errors import ConfigurationError
from ..runtime import BLOCKED, on_shared_loop
from ._clients import client_here, http_client

# Transports without connections are not bound to a loop.
_WITHOUT_CONNECTIONS = ("ASGITransport", "MockTransport")

_IN_CELL = ", or use 'await' or 'async for' in this notebook cell"

_owners: weakref.WeakKeyDictionary[Any, weakref.ref[asyncio.AbstractEventLoop]] = weakref.WeakKeyDictionary()


def owned_by_loop(http: Any) -> bool:
    """Return whether an HTTP client may send on the running loop; a client without an owner gets this one.

    Args:
        http: An ``AsyncClient`` of httpx or httpx2.
    """
    loop, owner = asyncio.get_running_loop(), _owners.get(http)
    if owner is None:
        if type(transport_of(http)).__name__ in _WITHOUT_CONNECTIONS:
            return True
        owner = _owners.setdefault(http, weakref.ref(loop))
    return owner() is loop


def check_owned_by_loop(http: Any, instead: str) -> None:
    """Refuse an HTTP client that belongs to another loop.

    Args:
        http: The client.
        instead: A phrase for what can be passed instead.

    Raises:
        ConfigurationError: The client belongs to another loop.
    """
    if not owned_by_loop(http):
        raise wrong_loop_error(http, instead)


def wrong_loop_error(client: Any, instead: str) -> ConfigurationError:
    """Return the error for a client that belongs to another loop and cannot be copied.

    Args:
        client: The client.
        instead: A phrase for what can be passed instead.
    """
    return ConfigurationError(
        f"This {type(client).__name__} has connections on another event loop (sync calls share one of their own), and "
        f"its HTTP client cannot be copied: pass {instead}{_IN_CELL if BLOCKED.get() else ''}."
    )


async def copy_for_loop(client: Any, sdk: str) -> Any:
    """Return a copy of an SDK's async client for the running loop, or None if the client itself can be used.

    Args:
        client: A client of openai, or of an SDK that is generated the same way.
        sdk: The name of the SDK's module.

    Raises:
        ConfigurationError: The client belongs to another loop and has an HTTP client of its own.
    """
    http = http_of(client)
    default = is_default_http(http.__class__)
    # The shared loop of sync code never owns a client: users do not see that loop, and use their client on another.
    if not (default and on_shared_loop()) and owned_by_loop(http):
        return None
    if not default:
        raise wrong_loop_error(client, "one client for each loop, or one without http_client")

    def build() -> Any:
        return client.with_options(max_retries=0, http_client=http_client(importlib.import_module(sdk)))

    return await client_here((sdk, weakref.ref(client)), build)


def client_settings(http: Any) -> list[object]:
    """Return all settings of an httpx client, to compare them with those of an SDK's default client.

    Args:
        http: A sync or async client; cookies count for a sync one only, since servers set those of an async one.
    """
    transport = transport_of(http)
    pool, context = pool_settings(transport)
    names = ("timeout", "follow_redirects", "max_redirects", "trust_env", "auth", "base_url", "params", "event_hooks")
    found: list[object] = [type(http), type(transport), *(getattr(http, name, None) for name in names)]
    found += [sorted(http.headers.items()), [] if hasattr(http, "aclose") else list(http.cookies.jar)]
    found.append(sorted(each.pattern for each in mounts_of(http)))
    found.append(pool)
    if context is not None:
        found.append((context.verify_mode, context.check_hostname, context.cert_store_stats()))
    return found
