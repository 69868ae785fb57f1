"""A fault server without a socket: a transport for httpx and httpx2 that plays plans of faults.

Time is the loop's, so on a loop with virtual time an hour of silence costs nothing. `Request`, `Exchange` and `choose`
serve the real server as well.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, repeat
from math import inf, isinf
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

from .._recording import Playback
from .faults import End, Fin, Plan, Reset, play

if TYPE_CHECKING:
    import httpx
    import httpx2

    class _Transport(httpx.AsyncBaseTransport, httpx2.AsyncBaseTransport):
        """For the type checker a transport of both libraries; at run time neither requires a base class."""

        async def handle_async_request(self, request: Any) -> Any: ...
        async def __aenter__(self) -> Self: ...
else:
    _Transport = object


@dataclass(frozen=True, slots=True)
class Request:
    """One received request; the names in `headers` are in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """Parse the body as JSON.

        Example:
            >>> Request("POST", "/", {}, b'{"stream": true}').json()
            {'stream': True}
        """
        return json.loads(self.body)


@dataclass(slots=True)
class Exchange:
    """One request, and the progress of the response.

    Args:
        request: The client's request.
        plan: The response that is played.
        started: Time at which the whole request had arrived, in seconds of `time.monotonic`.
        events_sent: Number of `Send` steps begun; each repetition of a `Repeat` or `Forever` is one.
        bytes_sent: Bytes of the body in those steps, without the HTTP framing.
        finished: True once the plan has been played to its end.
        closed_by_client_at: Time at which the client left, during the response or after it, in the same seconds;
            None if the client has not left, has sent another request on that connection, or the server left first.
    """

    request: Request
    plan: Plan = field(repr=False)
    started: float
    events_sent: int = 0
    bytes_sent: int = 0
    finished: bool = False
    closed_by_client_at: float | None = None


Plans = Plan | Sequence[Plan] | Callable[[Request], Plan]


def choose(plans: Plans) -> Callable[[Request], Plan]:
    """Turn any of the three forms of plans into a function of the request.

    Args:
        plans: One plan for every request, a sequence taken in order (the last one repeats), or already a function.

    Raises:
        ValueError: The sequence is empty.

    Example:
        >>> choose([Plan(500), Plan(200)])(Request("GET", "/", {}, b"")).status
        500
    """
    if callable(plans):
        return plans
    row = (plans,) if isinstance(plans, Plan) else tuple(plans)
    if not row:
        raise ValueError("there is no plan to answer with")
    coming: Iterator[Plan] = chain(row, repeat(row[-1]))
    return lambda _: next(coming)


class FaultTransport(_Transport):
    """A transport for an `AsyncClient` of httpx or httpx2 that plays plans.

    A silence longer than the client's read timeout raises `ReadTimeout`, as on a socket.

    Args:
        plans: One plan for every request, a sequence taken in order (the last one repeats), or a function of the
            request.
        http: The library (httpx or httpx2) whose classes are used; if not given, that of each request.

    Example:
        >>> import asyncio, httpx
        >>> from streamkit.testing.faults import plan
        >>> async def read(transport):
        ...     async with httpx.AsyncClient(transport=transport) as client:
        ...         return (await client.get("http://provider/")).text
        >>> asyncio.run(read(FaultTransport(plan("cut", [b"one;", b"two;"]))))
        'one;'
    """

    def __init__(self, plans: Plans, *, http: ModuleType | None = None) -> None:
        self._choose = choose(plans)
        self._http = http
        self._exchanges: list[Exchange] = []

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All exchanges so far, in the order of the requests, with the loop's times."""
        return tuple(self._exchanges)

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests so far, in order."""
        return tuple(exchange.request for exchange in self._exchanges)

    async def handle_async_request(self, request: Any) -> Any:
        """Answer one request; called by the library.

        Args:
            request: The library's own request.

        Raises:
            Exception: The library's `ReadTimeout`, if the plan's latency is longer than the client waits.
        """
        http = self._http or _library(request)
        body = await request.aread()
        path = request.url.raw_path.decode("ascii")
        received = Request(request.method, path, dict(request.headers), body)
        exchange = Exchange(received, self._choose(received), asyncio.get_running_loop().time())
        self._exchanges.append(exchange)
        stream = _stream_class(http)(exchange, http, request.extensions.get("timeout", {}).get("read"))
        try:
            await stream.pause(exchange.plan.latency)
            if exchange.plan.unanswered:
                await stream.end_unanswered()
        except BaseException:
            await stream.aclose()  # The client has left before there was a response to close.
            raise
        framing = [("transfer-encoding", "chunked")] if exchange.plan.framing == "chunked" else []
        return http.Response(exchange.plan.status, headers=[*exchange.plan.headers, *framing], stream=stream)

    async def aclose(self) -> None:
        """Do nothing: only responses need closing."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()


class _Stream(Playback):
    """A response's body: reading plays the plan, and `aclose` is recorded."""

    def __init__(self, exchange: Exchange, http: ModuleType, read_timeout: float | None) -> None:
        super().__init__(play(exchange.plan))
        self._exchange = exchange
        self._http = http
        self._read_timeout = inf if read_timeout is None else read_timeout
        self._closed = asyncio.Event()

    def send(self, data: bytes) -> None:
        self._exchange.events_sent += 1
        self._exchange.bytes_sent += len(data)

    async def end_unanswered(self) -> None:
        """Play the plan without a response, and raise the error at the end."""
        async for _ in self:
            pass
        raise self._http.RemoteProtocolError("the peer closed the connection without an answer")

    def end(self, end: Reset | Fin | End) -> None:
        self._exchange.finished = True
        if isinstance(end, Reset):
            raise self._http.ReadError("the connection was reset by the peer")
        if isinstance(end, Fin) and self._exchange.plan.framing == "chunked":
            raise self._http.RemoteProtocolError("the peer closed the connection without completing the body")

    async def aclose(self) -> None:
        if not self._closed.is_set():
            self._closed.set()
            self._exchange.closed_by_client_at = asyncio.get_running_loop().time()

    async def pause(self, seconds: float) -> None:
        """Let time pass, until the client has waited too long or has closed the response."""
        if seconds <= 0:
            return
        longest = min(seconds, self._read_timeout)
        try:
            async with asyncio.timeout(None if isinf(longest) else longest):
                await self._closed.wait()
        except TimeoutError:
            if seconds > longest:
                raise self._http.ReadTimeout(f"nothing came for {longest} s") from None
            return
        raise self._http.ReadError("the response was closed while it was read")


@cache
def _stream_class(http: ModuleType) -> type[_Stream]:
    """Return a body class derived from the library's own base class, which the library requires."""
    return type("FaultStream", (_Stream, http.AsyncByteStream), {})


def _library(request: object) -> ModuleType:
    """Return the library that made this request."""
    roots = (sys.modules[kind.__module__.partition(".")[0]] for kind in type(request).__mro__)
    return next(module for module in roots if hasattr(module, "AsyncByteStream"))
