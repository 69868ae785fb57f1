"""A user's own Cohere client: an async one is taken, a sync one's settings are copied to an async one."""

from __future__ import annotations

import copy
import weakref
from typing import Any, cast

from ..errors import ConfigurationError
from ..transport import plain_client, with_short_errors

_DIFFER = ("_connections", "_requests", "_optional_thread_lock", "_network_backend", "_ssl_context")
_checked: weakref.WeakSet[Any] = weakref.WeakSet()


def check_client(client: Any) -> None:
    """Say at once whether a user's client is one that we can use.

    Args:
        client: What was given.

    Raises:
        ConfigurationError: It is not Cohere's, not of its version 2, or a sync one with an HTTP client of its own.
    """
    names = {cls.__name__ for cls in type(client).__mro__ if cls.__module__.partition(".")[0] == "cohere"}
    if "AsyncV2Client" in names or client in _checked:
        return
    if not names:
        raise ConfigurationError(f"client= takes a cohere.AsyncClientV2, not {type(client).__name__}.")
    if "V2Client" not in names:
        raise ConfigurationError(
            f"client= takes a client of version 2, cohere.AsyncClientV2, not {type(client).__name__}."
        )
    if not _has_default_http(client):
        raise ConfigurationError(
            f"This {type(client).__name__} client has a sync HTTP client of its own, which cannot be used here: "
            "pass cohere.AsyncClientV2 with an async httpx_client."
        )
    _checked.add(client)


def is_async(client: Any) -> bool:
    """Whether a client can be used as it is."""
    return any(cls.__name__ == "AsyncV2Client" for cls in cast("Any", type(client)).__mro__)


def raw_client(client: Any) -> Any:
    """Return what sends a request of a user's own client and reads no more of an error than it may.

    Args:
        client: The async client.
    """
    from cohere.v2.raw_client import AsyncRawV2Client

    wrapper = copy.copy(client._client_wrapper)
    wrapper.httpx_client = copy.copy(wrapper.httpx_client)
    wrapper.httpx_client.httpx_client = with_short_errors(wrapper.httpx_client.httpx_client)
    return AsyncRawV2Client(client_wrapper=wrapper)


def settings_of(client: Any) -> dict[str, Any]:
    """Read what a client was set to, as its class takes it; ``headers`` apart.

    Args:
        client: The sync client.
    """
    wrapper = client._client_wrapper
    return {
        "api_key": wrapper._token,
        "base_url": wrapper.get_base_url(),
        "client_name": wrapper._client_name,
        "timeout": wrapper.get_timeout(),
        "headers": wrapper.get_custom_headers(),
    }


def async_copy(settings: dict[str, Any]) -> Any:
    """Make an async client of a sync one's settings.

    Args:
        settings: What `settings_of` read.
    """
    import cohere
    import httpx

    options: dict[str, Any] = {name: value for name, value in settings.items() if name != "headers"}
    client = cohere.AsyncClientV2(**options, httpx_client=plain_client(httpx), log_warning_experimental_features=False)
    cast("Any", client)._client_wrapper._headers = settings["headers"]
    return client


def _has_default_http(client: Any) -> bool:
    """Whether a client's HTTP client is the one that the SDK makes by itself: compared with one just made so."""
    import cohere

    wrapper = client._client_wrapper
    with cohere.ClientV2(api_key="none", timeout=wrapper.get_timeout(), log_warning_experimental_features=False) as own:
        default: Any = cast("Any", own)._client_wrapper
        if wrapper.get_timeout() != default.get_timeout():  # without a number it has none of its own for theirs
            return False
        return _looks(wrapper.httpx_client.httpx_client) == _looks(default.httpx_client.httpx_client)


def _looks(http: Any) -> list[object]:
    """Say all that a sync httpx client was set to."""
    transport = getattr(http, "_transport", None)
    pool: dict[str, Any] = dict(getattr(getattr(transport, "_pool", None), "__dict__", {}))
    context: Any = pool.get("_ssl_context")
    told = ("timeout", "follow_redirects", "max_redirects", "trust_env", "auth", "base_url", "params", "event_hooks")
    looks: list[object] = [type(http), type(transport), *(getattr(http, name, None) for name in told)]
    looks += [sorted(http.headers.items()), list(http.cookies.jar)]
    looks.append(sorted(each.pattern for each in getattr(http, "_mounts", {})))
    looks.append(sorted((name, repr(value)) for name, value in pool.items() if name not in _DIFFER))
    if context is not None:
        looks.append((context.verify_mode, context.check_hostname, context.cert_store_stats()))
    return looks
