"""Servers on the loopback at the level of HTTP's bytes: one with the same answer to all, by TLS too, and a proxy."""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import socketserver
import ssl
import threading
from pathlib import Path
from typing import Any, Self

CERTIFICATE = Path(__file__).parents[1] / "providers" / "loopback.pem"
_USER = b"user:p@ss:word"


class _Server:
    """Serves every connection in a thread of its own, inside ``with``."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.heads: list[bytes] = []
        """The heads of the requests."""
        serve = self._serve

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    serve(self.request)

        class Threads(socketserver.ThreadingTCPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
            daemon_threads = True
            block_on_close = False

        self._server = Threads((host, 0), Handler)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, connection: socket.socket) -> None:
        raise NotImplementedError

    def _head(self, read: Any) -> bytes:
        """Read the head of a request and its body."""
        lines: list[bytes] = []
        while (line := read.readline()) not in (b"\r\n", b""):
            lines.append(line)
        if lines:
            self.heads.append(b"".join(lines))
        for line in lines:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                read.read(int(value))
        return b"".join(lines)


class Raw(_Server):
    """A server that answers each request with the same bytes.

    Args:
        answer: The bytes of the answer, with its head.
        tls: True for a server by TLS, whose certificate nobody has issued.
        rude: True if it says nothing after the first answer, not even the end of TLS.
        host: The address that it listens at.
    """

    def __init__(self, answer: bytes, *, tls: bool = False, rude: bool = False, host: str = "127.0.0.1") -> None:
        super().__init__(host)
        self.ended = threading.Event()
        """Set when a rude server has seen the end of the connection itself."""
        self._rude = rude
        self.names: list[str | None] = []
        """The names that clients gave in TLS."""
        self._answer = answer
        self._context = self._secure() if tls else None

    @property
    def origin(self) -> str:
        """The address of the server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._context else 'http'}://{host}:{self.port}"

    def _secure(self) -> ssl.SSLContext:
        def note(_socket: object, name: str | None, _context: object) -> None:
            self.names.append(name)

        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)
        context.sni_callback = note
        return context

    def _serve(self, connection: socket.socket) -> None:
        if self._context is not None:
            connection = self._context.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as read:
            while self._head(read):
                connection.sendall(self._answer)
                if self._rude:
                    self._wait_for_end(connection)

    def _wait_for_end(self, connection: socket.socket) -> None:
        """Read what the client sends, below TLS, until there is no more."""
        with socket.socket(fileno=os.dup(connection.fileno())) as below:
            with contextlib.suppress(OSError):
                while below.recv(1 << 16):
                    pass
            self.ended.set()


class Proxy(_Server):
    """A forward proxy for absolute addresses and CONNECT, which demands a user's name and a password.

    Args:
        reach: The port on this machine that every connection goes to, whatever host was named.
    """

    def __init__(self, reach: int) -> None:
        super().__init__()
        self._reach = reach

    def address(self, user: str = "user:p%40ss%3Aword") -> str:
        """Return the proxy's address."""
        return f"http://{user}@127.0.0.1:{self.port}"

    def _serve(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (data := connection.recv(1)):
                return
            head += data
        self.heads.append(head)
        if b"Basic " + base64.b64encode(_USER) not in head:
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self._reach)) as onward:
            if head.startswith(b"CONNECT "):
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                onward.sendall(head)
            back = threading.Thread(target=_copy, args=(onward, connection), daemon=True)
            back.start()
            _copy(connection, onward)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
