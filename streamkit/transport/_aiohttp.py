"""A connector for aiohttp that skips connections that have ended, and reports whether a connection was used before."""

from __future__ import annotations

import functools
import select
from typing import Any

from .._compat.private import mounts_of, transport_of
from ._attempt import current_attempt
from ._connection import OpenSocket


def watch_aiohttp(client: Any, *, keep: bool) -> None:
    """Make the aiohttp transports of a client use our connector, from their first request on.

    Args:
        client: A client of httpx or httpx2 that sends over aiohttp.
        keep: True if connections are kept for later requests.
    """
    for transport in (transport_of(client), *mounts_of(client).values()):
        if hasattr(transport, "get_client"):
            transport.client = functools.partial(_session, transport, keep)


def _session(transport: Any, keep: bool) -> Any:
    import aiohttp

    limits = transport.limits
    keeping = {"keepalive_timeout": limits.keepalive_expiry} if keep else {"force_close": True}
    found = connector(ssl=transport.ssl_context, limit=limits.max_connections or 0, **keeping)
    return aiohttp.ClientSession(connector=found)


def connector(**settings: Any) -> Any:
    """Return a new connector for the running loop.

    Args:
        settings: The settings of ``aiohttp.TCPConnector``.
    """
    return _connector_class()(**settings)


@functools.cache
def _connector_class() -> Any:
    import aiohttp

    class Connector(aiohttp.TCPConnector):
        async def connect(self, *args: Any, **options: Any) -> aiohttp.connector.Connection:
            """Return a pooled connection or open one; a pooled one with unread data is closed."""
            current = current_attempt()
            while True:
                connection = await super().connect(*args, **options)
                protocol: Any = connection.protocol
                # An attribute and not a WeakSet, which costs more with every connection that is open.
                reused = hasattr(protocol, "streamkit_used")
                if reused and (current.fresh or _has_ended(connection)):
                    connection.close()
                    continue
                protocol.streamkit_used = True
                current.reused = reused
                transport: Any = connection.transport
                current.socket = OpenSocket(transport.get_extra_info("socket"), transport)
                return connection

    return Connector


def _has_ended(connection: Any) -> bool:
    """Return whether an idle connection is closed, or has received data that no request asked for."""
    protocol, transport = connection.protocol, connection.transport
    if transport is None or transport.is_closing() or protocol.should_close:
        return True
    socket = transport.get_extra_info("socket")
    return socket is None or _is_readable(socket.fileno())


def _is_readable(descriptor: int) -> bool:
    if descriptor < 0:
        return True
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([descriptor], [], [], 0)[0])
