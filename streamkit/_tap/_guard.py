"""The guard of the network: while it is up, nothing that is not recorded connects beyond this machine."""

from __future__ import annotations

import ipaddress
import socket
import sys
from pathlib import Path
from typing import Any, cast

from ._patches import Patches, is_sending


class NetworkBlocked(RuntimeError):
    """A connection that a test may not open. No ``OSError``: no client shall take it for a failure and try again."""


class NetworkGuard:
    """The guard of one test.

    It sees every socket that Python code connects, and uvloop. Connections to this machine stay allowed, since tests
    have databases and servers of their own there.

    Args:
        why: The mark or the option that forbids the connection, for the message.
        hint: A sentence on what to do.
        resolves: True to let names be resolved, because a recorded request may be sent.
    """

    def __init__(self, why: str, *, hint: str = "", resolves: bool = False) -> None:
        self._why = why
        self._hint = hint
        self._resolves = resolves
        self._patches = Patches()

    def start(self) -> None:
        """Refuse connections from here on."""
        for name in ("connect", "connect_ex"):
            self._cover(socket.socket, name, 1)
        self._cover(socket.socket, "sendto", -1)
        if not self._resolves:
            for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
                self._cover(socket, name, 0)
        uvloop: Any = sys.modules.get("uvloop")
        if uvloop is not None:
            self._cover(uvloop.Loop, "create_connection", 2)

    def stop(self) -> tuple[list[Path], list[str]]:
        """Allow connections again; like a ``RecordedTest``, return what was recorded and not used: nothing."""
        self._patches.undo()
        return [], []

    def check(self, *, failed: bool) -> str | None:
        """Return nothing: whoever connected has had the error."""

    def _cover(self, owner: Any, name: str, at: int) -> None:
        """Guard a function whose argument at a position, or by the name ``host``, says where it connects."""
        original: Any = getattr(owner, name)

        def guarded(*args: Any, **options: Any) -> Any:
            self.refuse(options["host"] if "host" in options else args[at] if at < len(args) else None)
            return original(*args, **options)

        self._patches.put(owner, name, guarded)

    def refuse(self, target: object, *, library: str = "") -> None:
        """Raise unless a connection is allowed.

        Args:
            target: The host, or the address of a socket.
            library: The library that connects, if it is known.

        Raises:
            NetworkBlocked: The target is beyond this machine, and what connects is not recorded.
        """
        if is_sending() or is_this_machine(target):
            return
        who = f"{library} opens" if library else "The test opens"
        host = _host(target)
        raise NetworkBlocked(f"{who} a connection to {host!r}, which {self._why} forbids. {self._hint}".strip())


def is_this_machine(target: object) -> bool:
    """Return whether a host, or the address of a socket, is this machine; a name is not resolved.

    >>> [is_this_machine(each) for each in ("localhost", ("127.0.0.1", 80), "/run/db.sock", None, ("api.example", 443))]
    [True, True, True, True, False]
    """
    host = _host(target)
    if not isinstance(host, str) or host in ("", "localhost") or host.startswith(("/", "\0")):
        return True  # no host at all, a name of this machine, or a Unix socket
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.endswith(".localhost")


def _host(target: object) -> object:
    if isinstance(target, tuple):
        target = next(iter(cast("tuple[object, ...]", target)), None)
    return target.decode("utf-8", "replace") if isinstance(target, bytes) else target
