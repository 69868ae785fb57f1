"""One try to send a request: over which connection it goes, and what it means when that connection fails."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from ..settings import CAPS

# How the libraries name the end of a connection that they had expected to go on.
_LOST = (
    *("ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError", "SSLEOFError", "SSLZeroReturnError"),
    *("ServerDisconnectedError", "RemoteProtocolError", "EndOfStream", "BrokenResourceError"),
)

_ERRNO = (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED)


class Unanswered(Exception):
    """A connection that had been used before was lost before one byte of the answer had come.

    Servers close connections that have been idle, and a request may already be on its way. It is sent once more; that
    nobody has seen it is likely, and no proof.
    """


@dataclass(slots=True)
class Attempt:
    """One try to send a request; the HTTP clients of ours write down what becomes of it.

    Args:
        fresh: It goes over a connection that nobody has used before.
        error_body: How many bytes of an error's body are read.
        reused: Its connection had answered another request before.
        answered: A byte of the answer has come.
        peer: The host and the port that a new connection was opened to: the server's, or a proxy's.
    """

    fresh: bool = False
    error_body: int = CAPS.error_body
    reused: bool = False
    answered: bool = False
    peer: tuple[str, int] | None = None

    def begin(self) -> None:
        """Forget what an earlier request of the same try has left, such as that for a token."""
        self.reused = self.answered = False
        self.peer = None

    def check(self, error: Exception) -> None:
        """Do what every connection does with its failure: name the one after which the request may be sent again.

        Args:
            error: What the HTTP library has raised.

        Raises:
            Unanswered: The connection was a used one, and was lost without an answer and without a timeout.
        """
        if self.reused and not self.answered and not self.fresh and _is_loss(error):
            raise Unanswered(f"A connection that had been kept was lost ({type(error).__name__}).") from error

    async def see(self, event: str, info: dict[str, Any]) -> None:
        """Take an event of httpx's trace extension.

        Args:
            event: Its name, such as ``connection.connect_tcp.started``.
            info: What it is about.
        """
        name, _, stage = event.rpartition(".")
        if name == "http11.send_request_headers" and stage == "started":
            # What a proxy is asked for first comes between: the connection is new all the same.
            self.reused = self.peer is None
        elif name.endswith(".connect_tcp") and stage == "started":
            host: object = info.get("host")
            self.peer = (host.decode() if isinstance(host, bytes) else str(host), int(info.get("port") or 0))
        elif name.endswith((".connect_tcp", ".start_tls")) and stage == "complete":
            _watch(info.get("return_value"))
        elif name == "http11.receive_response_headers" and stage == "complete":
            self.answered = True


_current: ContextVar[Attempt | None] = ContextVar("streamkit_attempt", default=None)


@contextmanager
def attempt(*, fresh: bool = False, error_body: int = CAPS.error_body) -> Generator[Attempt]:
    """Make the requests inside one try.

    Args:
        fresh: They go over connections that nobody has used before.
        error_body: How many bytes of an error's body are read.
    """
    made = Attempt(fresh, error_body)
    token = _current.set(made)
    try:
        yield made
    finally:
        _current.reset(token)


def current_attempt() -> Attempt:
    """Return the try that this is part of; outside of one it is a try by itself."""
    return _current.get() or Attempt()


def is_unanswered(error: BaseException) -> bool:
    """Whether an exception, of whatever SDK, comes from ``Unanswered``.

    Args:
        error: What opening the answer has raised.
    """
    return any(isinstance(each, Unanswered) for each in _chain(error))


def _is_loss(error: BaseException) -> bool:
    """Whether a connection was reset, or ended, and no clock has run out."""
    lost = False
    for each in _chain(error):
        # By the class, not by the name: a transport of aiohttp's calls a lost connection a ConnectTimeout.
        if isinstance(each, TimeoutError):
            return False
        if isinstance(each, ssl.SSLError) and not isinstance(each, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return False
        if type(each).__name__ == "ServerDisconnectedError" and not isinstance(cast("Any", each).message, str):
            return False  # aiohttp's tells by what it holds that an answer had begun
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
    """Let a connection of httpcore's say when the first byte of an answer comes.

    The trace extension tells of whole headers only, and a connection that ends within them has answered.
    """
    read = cast("Callable[..., Any]", stream.read)

    def watched(*args: Any, **options: Any) -> Any:
        trying = _current.get()
        return read(*args, **options) if trying is None or trying.answered else _first(trying, read(*args, **options))

    stream.read = watched


async def _first(trying: Attempt, reading: Any) -> bytes:
    data: bytes = await reading
    trying.answered = trying.answered or bool(data)
    return data
