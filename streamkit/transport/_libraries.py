"""The HTTP libraries: which of them are installed, the context for TLS, and the proxy that the environment names."""

from __future__ import annotations

import functools
import importlib
import os
import ssl
from importlib.util import find_spec
from typing import Any

from .._compat.private import environment_proxy

_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")

_PROXIED = ("http", "https", "all")


def is_installed(name: str) -> bool:
    """Return whether a package is installed, without an import."""
    return find_spec(name) is not None


def httpx_name() -> str:
    """Return the name of the library that takes httpx's place: httpx2 where it is installed, else httpx itself."""
    return "httpx2" if is_installed("httpx2") else "httpx"


def tls_context(library: str) -> ssl.SSLContext:
    """Return the context for TLS that a library makes by itself; building one takes 20 ms, so all clients share it.

    Args:
        library: The name of the module ``httpx`` or ``httpx2``: they differ in the certificates that they trust.
    """
    return _context(library, *map(os.environ.get, _CERTIFICATES))


@functools.lru_cache(maxsize=4)
def _context(library: str, _file: str | None, _folder: str | None) -> ssl.SSLContext:
    context: ssl.SSLContext = importlib.import_module(library).create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for an address, with a scheme; None for a direct connection.

    The HTTP library is asked, and only where there is a proxy at all, since it has to be imported for that.

    Args:
        url: The address of a request.
    """
    from urllib.request import getproxies  # every HTTP library loads it; the import of streamkit does without

    found: dict[str, Any] = getproxies()
    if not any(found.get(scheme) for scheme in _PROXIED):
        return None
    return environment_proxy(importlib.import_module(httpx_name()), url)
