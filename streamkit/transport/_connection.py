"""An open HTTP answer: the raw bytes within limits, the socket, and the end of the connection."""

from __future__ import annotations

import contextlib
import os
import socket
import zlib
from asyncio.trsock import TransportSocket
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from typing import Any

from .._compat.private import aiohttp_connection, asyncio_transport
from ..errors import LimitExceeded, MalformedError
from ..forks import new_lock
from ._answer import AnswerHead, address_of

# Bytes that one read of a compressed body may inflate to: the request demanded identity, so the server ignores the
# request, or attacks.
_INFLATED = 1 << 20

_BODY = 1 << 28


def raw_body(response: Any) -> AsyncIterator[bytes]:
    """Return the bytes of a response's body as they arrive; httpx and httpx2 are supported.

    Raises:
        MalformedError: The body's encoding is not identity, gzip or deflate.
    """
    return decoded(response.stream, response.headers.get("content-encoding"))


def decoded(body: AsyncIterable[bytes], encoding: str | None) -> AsyncIterator[bytes]:
    """Return the decoded bytes of a body.

    A compressed body is inflated in bounded steps, although the request demanded identity.

    Args:
        body: The bytes as they arrive.
        encoding: The header ``content-encoding``; None for a body without one.

    Raises:
        MalformedError: The body's encoding is not identity, gzip or deflate.
    """
    encoding = (encoding or "identity").strip().lower()
    if encoding in ("", "identity"):
        return body.__aiter__()
    if encoding in ("gzip", "deflate", "x-gzip"):
        return _inflated(body)
    raise MalformedError(f"The body is compressed with {encoding!r}, although identity was asked for.")


async def _inflated(stream: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    total = 0
    async for compressed in stream:
        data = compressed
        while data:
            try:
                inflated = inflate.decompress(data, _INFLATED)
            except zlib.error as error:
                raise MalformedError(f"The compressed body is damaged: {error}.") from error
            total += len(inflated)
            if total > _BODY:
                raise LimitExceeded(f"The compressed body grew past {_BODY} bytes.")
            if inflated:
                yield inflated
            data = inflate.unconsumed_tail


# One lock for all sockets, held for the moment of a system call.
_lock = new_lock()


class OpenSocket:
    """The socket under a connection, which can be shut down from any thread until the connection is released.

    asyncio's sockets have a ``shutdown`` of their own. uvloop shows only the number of the descriptor, which may belong
    to another connection by the time the call is stopped, so its inode is compared with the original one.

    Args:
        found: The socket object of the event loop; None if there is none.
        transport: The event loop's transport for the socket; None if it cannot be reached.
    """

    __slots__ = ("_found", "_inode", "_transport")

    def __init__(self, found: Any, transport: Any = None) -> None:
        self._found: Any = found
        self._transport: Any = transport
        self._inode = None if isinstance(found, TransportSocket) else _inode(found)

    def shut_down(self) -> None:
        """Shut the socket down at once, from any thread; do nothing if the socket is closed or released.

        Closing is not enough: a forked child may have a copy of the descriptor, and a blocked reader would not notice.
        """
        with _lock:
            if self._found is None:
                return
            try:
                self._found.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed already
            except Exception:  # not a real socket, but the event loop's stand-in
                with contextlib.suppress(Exception):
                    self._shut_down_copy()

    def abort(self) -> None:
        """Close the transport without waiting, on the transport's loop; do nothing once the connection is released."""
        with contextlib.suppress(Exception):  # whatever fails, the other one is done
            self.shut_down()
        with contextlib.suppress(Exception):
            self._transport.abort()

    def release(self) -> None:
        """Forget the socket: from now on another request may use the connection, which a late stop must not end."""
        with _lock:
            self._found = self._transport = None

    def _shut_down_copy(self) -> None:
        # The descriptor is copied, since its number could get reused between the comparison and the call.
        copy = os.dup(self._found.fileno())
        with socket.socket(fileno=copy) as ours:
            if _inode(ours) == self._inode:
                ours.shutdown(socket.SHUT_RDWR)


def _inode(found: Any) -> tuple[int, int] | None:
    """Return the device and inode, which distinguish a socket from a later one with the same descriptor number."""
    try:
        status = os.fstat(found.fileno())
    except Exception:  # not a socket, or closed
        return None
    return status.st_dev, status.st_ino


def socket_of(response: Any) -> OpenSocket:
    """Return the socket under a response of httpx or httpx2, whichever transport made it."""
    network = response.extensions.get("network_stream")
    if network is not None:
        return OpenSocket(network.get_extra_info("socket"), asyncio_transport(network))
    connection = aiohttp_connection(response.stream)
    transport = getattr(connection, "transport", None)
    if transport is None:
        return OpenSocket(None)
    found = OpenSocket(transport.get_extra_info("socket"), transport)
    connection.add_callback(found.release)  # aiohttp returns a connection to the pool at the end of the body
    return found


class HttpConnection:
    """An open answer of httpx or httpx2, which an SDK or we have asked for.

    Args:
        response: The library's response, its body unread.
        request_id: The provider's id of the request.
    """

    released = False
    """Nothing but ``aclose`` gives a connection of httpx back."""

    def __init__(self, response: Any, *, request_id: str | None = None) -> None:
        self.request_id = request_id
        self.status_code: int = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._socket = socket_of(response)

    def head(self) -> AnswerHead:
        """Return a copy of status and headers, which keeps neither the connection nor the request alive."""
        return AnswerHead(self.status_code, self._response.headers.copy(), address_of(str(self._response.url)))

    def __aiter__(self) -> AsyncIterator[bytes]:
        return raw_body(self._response)

    def shut_down(self) -> None:
        """Shut the socket down at once, from any thread."""
        self._socket.shut_down()

    async def aclose(self) -> None:
        """Close the response; a connection with unread bytes is not used again."""
        try:
            await self._response.aclose()
        except BaseException:  # a cancellation, too, must not leave the socket to the garbage collector
            self._socket.abort()
            raise
        finally:
            self._socket.release()
