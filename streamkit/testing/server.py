"""A fault server: a real HTTP/1.1 server on the loopback that plays plans of faults.

The server runs on a loop and a thread of its own, so sync and async tests use it alike. It watches the reading side of
every connection while it sends or is silent, and so notices within a millisecond that a client has left.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import responses
from math import isinf
from typing import Self, cast

from .faults import Action, End, Fin, Plan, Reset, Send, Wait, play
from .in_process import Exchange, Plans, Request, choose

_ENDING = 30.0  # seconds that a server may take to close its connections

_SAFETY = 30.0  # seconds after which a test fails instead of hanging; on a busy machine five were too few


class FaultServer:
    """A server on a free port of the loopback that plays plans while the `with` block lasts.

    Args:
        plans: One plan for every request, a sequence taken in order (the last one repeats), or a function of the
            request, called on the server's thread.
        host: Host name in `base_url`; `"localhost"` is another host to redirect to.

    Raises:
        Exception: The exception that the function of the request raised, at the end of the block.

    Example:
        >>> import httpx
        >>> from streamkit.testing.faults import plan
        >>> with FaultServer(plan("cut", [b"one;", b"two;"])) as server:
        ...     httpx.get(server.base_url, trust_env=False).text
        'one;'
    """

    def __init__(self, plans: Plans, *, host: str = "127.0.0.1") -> None:
        self._book = _Book(choose(plans))
        self._host = host
        self.base_url = ""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All exchanges so far, in the order of the requests; the server keeps updating the objects."""
        with self._book.changed:
            return tuple(self._book.exchanges)

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests so far, in order."""
        return tuple(exchange.request for exchange in self.exchanges)

    @property
    def open_connections(self) -> int:
        """Number of open connections, idle ones included."""
        with self._book.changed:
            return len(self._book.connections)

    def wait_for(self, condition: Callable[[], bool], timeout: float = _SAFETY) -> None:
        """Block until `condition` is true; the check runs whenever the server has sent or received something.

        Args:
            condition: Predicate to wait for.
            timeout: Seconds to wait at most.

        Raises:
            TimeoutError: The condition did not become true in that time.
        """
        with self._book.changed:
            if not self._book.changed.wait_for(condition, timeout):
                raise TimeoutError(f"not in {timeout} s: {self.open_connections} connections, {self._book.exchanges}")

    def wait_closed(self, n: int = 1, timeout: float = _SAFETY) -> tuple[Exchange, ...]:
        """Block until the client has left `n` exchanges, and return those exchanges.

        Args:
            n: Number of exchanges.
            timeout: Seconds to wait at most.

        Raises:
            TimeoutError: The client left fewer exchanges in that time.
        """
        self.wait_for(lambda: len(self._left()) >= n, timeout)
        return self._left()

    def until_closed(self, n: int = 1, timeout: float = _SAFETY) -> Awaitable[tuple[Exchange, ...]]:
        """Call `wait_closed` in a worker thread, for `await` in an async test.

        Args:
            n: Number of exchanges.
            timeout: Seconds to wait at most.

        Raises:
            TimeoutError: The client left fewer exchanges in that time.
        """
        return asyncio.to_thread(self.wait_closed, n, timeout)

    def _left(self) -> tuple[Exchange, ...]:
        return tuple(exchange for exchange in self.exchanges if exchange.closed_by_client_at is not None)

    def __enter__(self) -> Self:
        # The socket listens before the thread runs: the port is known at once, and no client is refused.
        listener = socket.create_server((self._host, 0), backlog=1024)
        self.base_url = f"http://{self._host}:{listener.getsockname()[1]}"
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(listener, ready), daemon=True)
        self._thread.start()
        ready.result()
        return self

    def __exit__(self, *raised: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_ENDING)
        if self._thread.is_alive():
            raise TimeoutError(f"the server did not end in {_ENDING} s: {self._book.connections}")
        if self._book.failure is not None and raised[0] is None:
            raise self._book.failure

    def _run(self, listener: socket.socket, ready: Future[None]) -> None:
        try:
            asyncio.run(self._serve(listener, ready))
        except BaseException as error:
            if ready.done():
                raise
            listener.close()
            ready.set_exception(error)  # otherwise `__enter__` would wait for ever

    async def _serve(self, listener: socket.socket, ready: Future[None]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(lambda: _Connection(self._book), sock=listener)
        ready.set_result(None)
        await self._stop.wait()
        for _ in range(3):  # What clients have sent by now still waits in the sockets, and is read.
            await asyncio.sleep(0)
        server.close()
        while connections := tuple(self._book.connections):
            for connection in connections:
                connection.end()
            await asyncio.sleep(0)


@dataclass(slots=True, eq=False)
class _Book:
    """The record that the server's thread writes and the tests' threads read, always under `changed`."""

    choose: Callable[[Request], Plan]
    changed: threading.Condition = field(default_factory=threading.Condition)
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    connections: set[_Connection] = field(default_factory=set["_Connection"])
    failure: BaseException | None = None

    @contextmanager
    def change(self) -> Generator[None]:
        with self.changed:
            yield
            self.changed.notify_all()


class _Connection(asyncio.Protocol):
    """One client's connection: the requests in order, and the time at which the client leaves."""

    def __init__(self, book: _Book) -> None:
        self._book = book
        self._input = asyncio.StreamReader(limit=1 << 20)
        self._writable = asyncio.Event()
        self._exchange: Exchange | None = None
        self._over = False
        self._pause_over = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._socket = cast(socket.socket, transport.get_extra_info("socket"))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A write waits until the kernel has taken all bytes, so a client that does not read blocks it at once.
        self._transport.set_write_buffer_limits(high=0)
        self._writable.set()
        with self._book.change():
            self._book.connections.add(self)
        self._talking = asyncio.create_task(self._talk())

    def data_received(self, data: bytes) -> None:
        self._input.feed_data(data)

    def eof_received(self) -> None:
        self._see_client_leave()

    def connection_lost(self, exc: Exception | None) -> None:
        self._see_client_leave()
        # The socket is closed once this returns; only then may a waiting test see the connection gone.
        asyncio.get_running_loop().call_soon(self._forget)

    def _forget(self) -> None:
        with self._book.change():
            self._book.connections.discard(self)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def end(self) -> None:
        """Close the connection at once."""
        self._over = True
        self._talking.cancel()
        self._transport.abort()

    def _see_client_leave(self) -> None:
        if not self._over:
            if self._exchange is not None:
                with self._book.change():
                    self._exchange.closed_by_client_at = time.monotonic()
            self.end()

    async def _talk(self) -> None:
        try:
            while await self._answer(await read_request(self._input)):
                pass
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # also an exception that the test's own function raised
            self._book.failure = self._book.failure or error
        finally:
            self._over = True
            self._transport.abort()

    async def _answer(self, request: Request) -> bool:
        """Play the plan for a request; return True if the connection stays open for another."""
        plan = self._book.choose(request)
        self._exchange = Exchange(request, plan, time.monotonic())
        with self._book.change():
            self._book.exchanges.append(self._exchange)
        options = {headers.get("connection", "").lower() for headers in (dict(plan.headers), request.headers)}
        stays = plan.framing == "chunked" and "close" not in options
        self._pause_over = 0.0
        await self._pause(plan.latency)
        if not plan.unanswered:
            await self._write(head_of(plan, stays=stays))
        return await self._play(self._exchange) and stays and await self._stay(plan.after)

    async def _stay(self, after: Fin | Reset | None) -> bool:
        """Apply the plan's `after` to a connection that stays open; return True if the connection still does."""
        if isinstance(after, Reset):
            await self._input.read(1)
            self._reset()
        return after is None

    def _reset(self) -> None:
        """Close the connection without lingering, which sends the RST."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def _play(self, exchange: Exchange) -> bool:
        """Play the body; return True if the end was proper."""
        chunked = exchange.plan.framing == "chunked" and not exchange.plan.unanswered
        step: Action = End()
        for step in play(exchange.plan):
            match step:
                case Send(data) if data:
                    with self._book.change():
                        exchange.events_sent += 1
                        exchange.bytes_sent += len(data)
                    await self._write(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
                case Wait(seconds):
                    await self._pause(seconds)
                case _:
                    pass
        with self._book.change():
            exchange.finished = True
        if isinstance(step, Reset):
            self._reset()
        elif isinstance(step, End) and chunked:
            await self._write(b"0\r\n\r\n")
        return isinstance(step, End)

    async def _write(self, data: bytes) -> None:
        self._transport.write(data)
        await asyncio.sleep(0)  # Let the loop read, however fast the client takes the data.
        await self._writable.wait()

    async def _pause(self, seconds: float) -> None:
        if isinf(seconds):
            await asyncio.Event().wait()
        # A timer is a millisecond or two late; the next pause is shorter by that, or a pace of 1 ms would become 2 ms.
        now = time.monotonic()
        self._pause_over = (self._pause_over if now - self._pause_over < 0.005 else now) + seconds
        await asyncio.sleep(self._pause_over - now)


def head_of(plan: Plan, *, stays: bool) -> bytes:
    """Write the status line and the headers of a response."""
    headers = dict(plan.headers)
    if plan.framing == "chunked":
        headers["transfer-encoding"] = "chunked"
    if not stays:
        headers["connection"] = "close"
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {plan.status} {responses.get(plan.status, '')}", *lines, "", ""]).encode("latin-1")


async def read_request(stream: asyncio.StreamReader) -> Request:
    """Read one request, body included.

    Raises:
        asyncio.IncompleteReadError: The client left in the middle of a request.
    """
    head = (await stream.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    if headers.get("transfer-encoding") == "chunked":
        return Request(method, path, headers, b"".join([chunk async for chunk in _chunks(stream)]))
    return Request(method, path, headers, await stream.readexactly(int(headers.get("content-length", 0))))


async def _chunks(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int(await stream.readline(), 16):
        yield (await stream.readexactly(size + 2))[:size]
    await stream.readline()
