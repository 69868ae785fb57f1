"""A user's own Cohere client: an async one is used unchanged, a sync one's settings are copied to an async one."""

from __future__ import annotations

import copy
import weakref
from typing import Any, cast

from .._compat.private import cohere_identity, cohere_wrapper, set_cohere_headers, set_cohere_wrapper
from ..errors import ConfigurationError
from ..transport import client_settings, plain_client, with_short_errors, wrong_loop_error

_checked: weakref.WeakSet[Any] = weakref.WeakSet()


def check_client(client: Any) -> None:
    """Check that a user's client can be used.

    Args:
        client: The value of ``client=``.

    Raises:
        ConfigurationError: The client is not Cohere's, not of version 2, or a sync one with an HTTP client of its own.
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
    """Return whether a client is async."""
    return any(cls.__name__ == "AsyncV2Client" for cls in cast("Any", type(client)).__mro__)


def raw_client(client: Any) -> Any:
    """Return the raw client that sends a user's request, with a limit on the body of an error.

    Args:
        client: The async client.
    """
    from cohere.v2.raw_client import AsyncRawV2Client

    wrapper = cohere_wrapper(client)
    return AsyncRawV2Client(client_wrapper=_with_http(wrapper, with_short_errors(wrapper.httpx_client.httpx_client)))


def _with_http(wrapper: Any, http: Any) -> Any:
    copied = copy.copy(wrapper)
    copied.httpx_client = copy.copy(wrapper.httpx_client)
    copied.httpx_client.httpx_client = http
    return copied


def settings_of(client: Any) -> dict[str, Any]:
    """Return a client's settings as arguments for the client's class, and ``headers`` as one more.

    Args:
        client: The sync client.
    """
    wrapper = cohere_wrapper(client)
    key, client_name = cohere_identity(wrapper)
    return {
        "api_key": key,
        "base_url": wrapper.get_base_url(),
        "client_name": client_name,
        "timeout": wrapper.get_timeout(),
        "headers": wrapper.get_custom_headers(),
    }


def async_copy(settings: dict[str, Any]) -> Any:
    """Return an async client with a sync one's settings.

    Args:
        settings: The result of `settings_of`.
    """
    import cohere
    import httpx

    options: dict[str, Any] = {name: value for name, value in settings.items() if name != "headers"}
    client = cohere.AsyncClientV2(**options, httpx_client=plain_client(httpx), log_warning_experimental_features=False)
    set_cohere_headers(cohere_wrapper(client), settings["headers"])
    return client


def copy_of_async(client: Any) -> Any:
    """Return a copy of an async client for another event loop.

    Args:
        client: The client.

    Raises:
        ConfigurationError: The client has an HTTP client of its own.
    """
    import cohere
    import httpx
    from cohere.v2.raw_client import AsyncRawV2Client

    wrapper = cohere_wrapper(client)
    own: Any = cohere.AsyncClientV2(api_key="k", timeout=wrapper.get_timeout(), log_warning_experimental_features=False)
    default = cohere_wrapper(own)
    same = wrapper.get_timeout() == default.get_timeout()
    if not same or client_settings(wrapper.httpx_client.httpx_client) != client_settings(
        default.httpx_client.httpx_client
    ):
        raise wrong_loop_error(client, "one client for each loop, or one without httpx_client")
    copied = copy.copy(client)
    own_wrapper = _with_http(wrapper, plain_client(httpx))
    set_cohere_wrapper(copied, own_wrapper, AsyncRawV2Client(client_wrapper=own_wrapper))
    return copied


def _has_default_http(client: Any) -> bool:
    """Return whether a client's HTTP client is the SDK's default, by a comparison with a new default one."""
    import cohere

    wrapper = cohere_wrapper(client)
    with cohere.ClientV2(api_key="none", timeout=wrapper.get_timeout(), log_warning_experimental_features=False) as own:
        default: Any = cohere_wrapper(own)
        if wrapper.get_timeout() != default.get_timeout():  # a custom timeout means a custom HTTP client
            return False
        return client_settings(wrapper.httpx_client.httpx_client) == client_settings(default.httpx_client.httpx_client)
