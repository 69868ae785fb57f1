"""Warns, once for each public host, when a key is sent over plain http."""

from __future__ import annotations

import functools
import ipaddress
import os
from urllib.parse import urlsplit

from ..runtime.logging import warning

_VARIABLE = "STREAMKIT_ALLOW_HTTP"
# Ends of names that no public host has: reserved ones, and those that routers and clusters use.
_PRIVATE = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".svc", ".cluster.local")
# Python's own ``is_private`` also includes addresses that are only reserved, such as those for documentation.
_NETWORKS = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "0.0.0.0/32", "fc00::/7", "::/128"),
    )
)

_warned: dict[str, object] = {}


def warn_of_plain_http(address: str | None, *, provider: str) -> None:
    """Warn, once for each host, of a key that is sent over plain http; private addresses cause no warning.

    Names are not resolved: ``localhost``, a name without a dot and names of private networks count as private.

    Args:
        address: The address of a request that carries a key.
        provider: The provider's name.
    """
    host = None if address is None else public_http_host(address)
    if host is None or os.environ.get(_VARIABLE, "") not in ("", "0"):
        return
    token = object()
    if _warned.setdefault(host, token) is token:
        hint = f"anybody on the way can read it: use https://, or silence this by {_VARIABLE}=1"
        warning("key_over_plain_http", host=host, provider=provider, hint=hint)


@functools.lru_cache(maxsize=256)
def public_http_host(address: str) -> str | None:
    """Return the host of an address at plain http, if that is a public one; None for any other address."""
    if address[:5].lower() != "http:":
        return None
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return None  # the HTTP library raises an error for it
    return None if not host or is_private(host) else host


def is_private(host: str) -> bool:
    """Return whether a host is this machine, or part of a private network.

    Args:
        host: The host's name or address.

    >>> [is_private(host) for host in ("127.0.0.1", "10.1.2.3", "fd00::1", "vllm", "box.local")]
    [True, True, True, True, True]
    >>> is_private("203.0.113.7"), is_private("models.example.org")
    (False, False)
    """
    host = host.lower().rstrip(".")
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE)
    address = getattr(found, "ipv4_mapped", None) or found
    return address.is_loopback or address.is_link_local or any(address in network for network in _NETWORKS)
