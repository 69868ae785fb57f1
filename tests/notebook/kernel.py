"""A real notebook kernel for the tests: it runs cells, collects their outputs, and is ended by its process id."""

from __future__ import annotations

import contextlib
import os
import signal
import textwrap
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any, cast

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.programs import SAFETY, wait_until

SETUP = """
import asyncio
import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events, chat_tool_events

SILENT = [*chat_events("Eu", "ropa")[:3], None]

def moons(*words):
    return Script(chat_events(*(words or ("Io, ", "Europa")))).stream()

def refused(door):
    try:
        door()
    except sk.ConfigurationError as error:
        return str(error)
"""


@dataclass
class Output:
    """What a cell has sent so far."""

    printed: str = ""
    error: str = ""
    shown: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The contents of the messages that display something, each with its type as ``type``."""

    def add(self, kind: str, content: dict[str, Any]) -> None:
        if kind == "stream":
            self.printed += content["text"]
        elif kind == "error":
            self.error = f"{content['ename']}: {content['evalue']}"
        elif kind in ("display_data", "execute_result", "update_display_data"):
            self.shown.append({"type": kind, **content})

    @property
    def updates(self) -> list[dict[str, Any]]:
        return [each["data"] for each in self.shown if each["type"] == "update_display_data"]


class Kernel:
    """A kernel, and a client of it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self._manager = manager
        self._client = client

    def run(self, code: str, then: Callable[[Output], None] | None = None) -> Output:
        """Run a cell to its end, and return what it has sent.

        Args:
            code: The cell.
            then: What happens after each output of the cell.
        """
        output, parent = Output(), self._client.execute(textwrap.dedent(code), allow_stdin=False)
        while True:
            message = self._next()
            if message["parent_header"].get("msg_id") != parent:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return output
            output.add(kind, content)
            if then is not None:
                then(output)

    def printed(self, code: str) -> str:
        """Run a cell that raises nothing, and return what it has printed."""
        output = self.run(code)
        assert not output.error, output.error
        return output.printed.rstrip("\n")

    def late_updates(self, found: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for an update of a display that comes after its cell, and return its data."""
        while True:
            message = self._next()
            if message["msg_type"] == "update_display_data" and found(message["content"]["data"]):
                return message["content"]["data"]

    def interrupt(self) -> None:
        """Press ■."""
        self._manager.interrupt_kernel()

    def _next(self) -> dict[str, Any]:
        try:
            return self._client.get_iopub_msg(timeout=SAFETY)
        except Empty:
            raise TimeoutError(f"the kernel sent nothing for {SAFETY} s") from None


@contextlib.contextmanager
def started_kernel(folder: Path) -> Generator[Kernel]:
    """Start a kernel, and kill it when the block ends.

    Args:
        folder: Where the kernel keeps its files.
    """
    environment = {**os.environ, "IPYTHONDIR": str(folder), "JUPYTER_RUNTIME_DIR": str(folder)}
    manager = KernelManager(kernel_name="python3", connection_file=str(folder / "kernel.json"))
    manager.start_kernel(env=environment, cwd=str(Path(__file__).parents[2]))
    pid: int = cast("Any", manager.provisioner).pid
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=SAFETY)
        kernel = Kernel(manager, client)
        assert not kernel.run(SETUP).error
        yield kernel
    finally:
        client.stop_channels()
        os.kill(pid, signal.SIGKILL)
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
        wait_until(lambda: not _runs(pid))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Generator[Kernel]:
    """Give a kernel that the tests of a file share, with `SETUP` already run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        with started_kernel(tmp_path_factory.mktemp("kernel")) as found:
            yield found
