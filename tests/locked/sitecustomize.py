"""The network lock: no program that sees this folder first on its path reaches beyond loopback.

The tests import it, and name the folder in PYTHONPATH: Python imports a module of this name at the start of every
program that they start. What it cannot see is a program that is not Python's, and one that ignores PYTHONPATH;
`.ci/run` therefore runs the tests where there is no other network at all, if the system lets it.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Coroutine
from typing import Any, cast

LIFTED = "STREAMKIT_TESTS_MAY_LEAVE"
"""The environment variable that lifts the lock, set while a test asks a real provider."""

# The socket calls that Python audits, and which of their arguments says where they want to go.
_ADDRESS = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}
_NAME = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0}


class NetworkLockedError(RuntimeError):
    """A test tried to leave this machine. Not an OSError: no client may take it for a failed connection and retry."""


def stay_on_this_machine(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse whatever socket call would go beyond loopback; an audit hook sees those of C extensions too."""
    if event in _ADDRESS:
        address = arguments[_ADDRESS[event]]
        host = cast("tuple[object, ...]", address)[0] if isinstance(address, tuple) else None
    elif event in _NAME:
        host = arguments[_NAME[event]]
    else:
        return
    _check(host, event)


def lock_uvloop() -> None:
    """Do the same for uvloop, which resolves names and connects without telling Python."""
    import uvloop

    loop: Any = uvloop.Loop
    connect, resolve = loop.create_connection, loop.getaddrinfo

    def create_connection(
        self: Any, factory: Any, host: object = None, *rest: Any, **named: Any
    ) -> Coroutine[Any, Any, Any]:
        _check(host, "uvloop")
        return connect(self, factory, host, *rest, **named)

    def getaddrinfo(self: Any, host: object, *rest: Any, **named: Any) -> Coroutine[Any, Any, Any]:
        _check(host, "uvloop")
        return resolve(self, host, *rest, **named)

    loop.create_connection, loop.getaddrinfo = create_connection, getaddrinfo


def _check(host: object, what: str) -> None:
    if not _is_here(host) and not os.environ.get(LIFTED):
        raise NetworkLockedError(f"network lock: tests stay on loopback, but {what} wants {host!r}")


def _is_here(host: object) -> bool:
    """Tell whether a host is this machine; no host at all (a Unix socket, a connected one) is."""
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str) or name in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


sys.addaudithook(stay_on_this_machine)
