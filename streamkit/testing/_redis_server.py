"""A real Redis on loopback for tests and examples, with a port and a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from ..errors import ConfigurationError

_READY = 20.0  # seconds that a server may take to start
_LOOK = 0.01  # seconds between looks whether it has


class RedisServer:
    """A Redis (or Valkey) server that runs while the ``with`` block lasts; it can be killed, paused and started again.

    Args:
        folder: The folder of its files; by default a temporary one.
        durable: True if it writes each change to a file before it answers, and has it again after ``kill``.

    Raises:
        ConfigurationError: No ``redis-server`` or ``valkey-server`` is installed (on entering the block).

    >>> RedisServer().url.startswith("redis://127.0.0.1:")
    True
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, *, durable: bool = False) -> None:
        self._folder = None if folder is None else Path(folder)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
            """The port that it listens to."""

    @staticmethod
    def program() -> str | None:
        """Return the path of the installed server; None if there is none."""
        return shutil.which("redis-server") or shutil.which("valkey-server")

    @property
    def url(self) -> str:
        """The address, for ``sk.RedisLog``."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> RedisServer:
        """Start it and wait until it answers; return this object.

        Raises:
            ConfigurationError: No server is installed, or it does not start.
        """
        program = self.program()
        if program is None:
            raise ConfigurationError("No Redis is installed: apt-get install redis-server, or brew install redis.")
        if self._folder is None:
            self._temporary = self._temporary or tempfile.TemporaryDirectory(prefix="streamkit-redis-")
        folder = str(self._folder or (self._temporary and self._temporary.name))
        options = ("--bind", "127.0.0.1", "--port", str(self.port), "--dir", folder, "--save", "")
        stored = ("--appendonly", "yes", "--appendfsync", "always") if self._durable else ("--appendonly", "no")
        self._process = subprocess.Popen((program, *options, *stored), stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        looks = threading.Event()
        for _ in range(round(_READY / _LOOK)):
            if self._answers():
                return self
            if self._process.poll() is not None:
                break
            looks.wait(_LOOK)
        self.kill()
        raise ConfigurationError(f"{program} does not answer on port {self.port}.")

    def kill(self) -> None:
        """End it at once (SIGKILL), so that nothing is flushed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End it, and remove its temporary folder."""
        self.kill()
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def pause(self) -> None:
        """Make it stop answering (SIGSTOP)."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Make it go on after ``pause``."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process is not None, "the server does not run"
        os.kill(self._process.pid, number)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def __enter__(self) -> RedisServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()
