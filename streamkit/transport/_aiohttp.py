"""A connector for aiohttp that skips connections that have ended, and reports whether a connection was used before."""

from __future__ import annotations

import functools
import select
import weakref
from typing import Any, cast

from .._compat.private import mounts_of, transport_of
from ._attempt import current_attempt


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
    connector = _connector()(ssl=transport.ssl_context, limit=limits.max_connections or 0, **keeping)
    return aiohttp.ClientSession(connector=connector)


@functools.cache
def _connector() -> Any:
    import aiohttp

    class Connector(aiohttp.TCPConnector):
        def __init__(self, **settings: Any) -> None:
            cast("Any", super()).__init__(**settings)
            self._used: weakref.WeakSet[Any] = weakref.WeakSet()

        async def connect(self, *args: Any, **options: Any) -> aiohttp.connector.Connection:
            """Return a pooled connection or open one; a pooled one with unread data is closed."""
            while True:
                connection = await super().connect(*args, **options)
                reused = connection.protocol in self._used
                if reused and _has_ended(connection):
                    connection.close()
                    continue
                self._used.add(connection.protocol)
                current_attempt().reused = reused
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
