"""A real Redis on loopback, started by the tests, with a port and a folder of its own, and ended by its pid."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil

BINARY = shutil.which("redis-server") or shutil.which("valkey-server")

_READY = 20.0  # seconds


class RedisServer:
    """One server; it can be killed, paused and started again on the same port and folder."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._folder = folder
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> RedisServer:
        assert BINARY is not None
        options = ("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._folder), "--save", "")
        saved = ("--appendonly", "yes" if self._durable else "no", "--appendfsync", "always")
        self._process = subprocess.Popen((BINARY, *options, *saved), stdout=subprocess.DEVNULL)
        end = time.monotonic() + _READY
        while not self._answers():
            assert time.monotonic() < end, "the server does not answer"
        return self

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def kill(self) -> None:
        """End it as a power cut of the process would: nothing is flushed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: int) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    @property
    def memory(self) -> int:
        assert self._process is not None
        return psutil.Process(self._process.pid).memory_info().rss
