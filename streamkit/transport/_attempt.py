"""One attempt to send a request: the connection that it uses, and whether a failed one may be sent again."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from ..settings import CAPS

# The libraries' exceptions for a connection that ended unexpectedly.
_LOST = (
    *("ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError", "SSLEOFError", "SSLZeroReturnError"),
    *("ServerDisconnectedError", "RemoteProtocolError", "EndOfStream", "BrokenResourceError"),
)

_ERRNO = (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED)


class Unanswered(Exception):
    """A reused connection was lost before the first byte of the answer arrived.

    Servers close idle connections, and a request may already be on its way then. The request is sent once more: the
    server has probably not seen it, but that is not proven.
    """


@dataclass(slots=True)
class Attempt:
    """One attempt to send a request, recorded by our HTTP clients.

    Args:
        fresh: True if the request needs a new connection.
        error_body: The most bytes of an error's body that are read.
        reused: True once the connection is known to have answered an earlier request.
        answered: True once a byte of the answer has arrived.
        peer: The host and the port that a new connection was opened to: the server's, or a proxy's.
        socket: The socket of the connection that aiohttp has taken for the request.
    """

    fresh: bool = False
    error_body: int = CAPS.error_body
    reused: bool = False
    answered: bool = False
    peer: tuple[str, int] | None = None
    socket: Any = None

    def begin(self) -> None:
        """Reset the record: an earlier request of the same attempt may have fetched a token."""
        self.reused = self.answered = False
        self.peer = None

    def check(self, error: Exception) -> None:
        """Raise `Unanswered` if the request may be sent again after this error.

        Args:
            error: The HTTP library's exception.

        Raises:
            Unanswered: A reused connection was lost without an answer and without a timeout.
        """
        if self.reused and not self.answered and not self.fresh and _is_loss(error):
            raise Unanswered(f"A connection that had been kept was lost ({type(error).__name__}).") from error

    async def see(self, event: str, info: dict[str, Any]) -> None:
        """Record an event of httpx's trace extension.

        Args:
            event: The event's name, such as ``connection.connect_tcp.started``.
            info: The event's fields.
        """
        name, _, stage = event.rpartition(".")
        if name == "http11.send_request_headers" and stage == "started":
            # A proxy answers the CONNECT request first, which does not make a new connection a reused one.
            self.reused = self.peer is None
        elif name.endswith(".connect_tcp") and stage == "started":
            host: object = info.get("host")
            self.peer = (host.decode() if isinstance(host, bytes) else str(host), int(info.get("port") or 0))
        elif name.endswith((".connect_tcp", ".start_tls")) and stage == "complete":
            _watch(info.get("return_value"))
        elif name == "http11.receive_response_headers" and stage == "complete":
            self.answered = True


_current: ContextVar[Attempt | None] = ContextVar("streamkit_attempt", default=None)


class attempt:  # noqa: N801 - a context manager
    """Make all requests inside the block part of one attempt.

    Args:
        fresh: True if they need new connections.
        error_body: The most bytes of an error's body that are read.
    """

    __slots__ = ("_made", "_token")

    def __init__(self, *, fresh: bool = False, error_body: int = CAPS.error_body) -> None:
        self._made = Attempt(fresh, error_body)

    def __enter__(self) -> Attempt:
        self._token = _current.set(self._made)
        return self._made

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


def current_attempt() -> Attempt:
    """Return the current attempt, or a new one outside of ``attempt()``."""
    return _current.get() or Attempt()


def in_attempt() -> bool:
    """Return whether an ``attempt()`` is running."""
    return _current.get() is not None


def is_unanswered(error: BaseException) -> bool:
    """Return whether an SDK's exception was caused by `Unanswered`.

    Args:
        error: The exception that opening the answer raised.
    """
    return any(isinstance(each, Unanswered) for each in _chain(error))


def _is_loss(error: BaseException) -> bool:
    """Return whether a connection was reset or closed, and nothing timed out."""
    lost = False
    for each in _chain(error):
        # By the class and not by the name, since aiohttp's transport reports a lost connection as a ConnectTimeout.
        if isinstance(each, TimeoutError):
            return False
        if isinstance(each, ssl.SSLError) and not isinstance(each, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return False
        if type(each).__name__ == "ServerDisconnectedError" and not isinstance(cast("Any", each).message, str):
            return False  # aiohttp's exception holds the beginning of an answer
        named = any(cls.__name__ in _LOST for cls in type(each).__mro__)
        lost = lost or named or (isinstance(each, OSError) and each.errno in _ERRNO)
    return lost


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or each.__context__


def _watch(stream: Any) -> None:
    """Make a connection of httpcore's record the first byte of an answer.

    The trace extension reports whole headers only, and a connection that ends within the headers has answered.
    """
    read = cast("Callable[..., Any]", stream.read)

    def watched(*args: Any, **options: Any) -> Any:
        current = _current.get()
        return (
            read(*args, **options) if current is None or current.answered else _first(current, read(*args, **options))
        )

    stream.read = watched


async def _first(current: Attempt, reading: Any) -> bytes:
    data: bytes = await reading
    current.answered = current.answered or bool(data)
    return data
