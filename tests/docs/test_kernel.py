"""The blocks of every page run in the cells of a real kernel, whose event loop is running, and print what is shown.

One kernel serves all pages; its names are forgotten between two pages.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.docs.pages import PAGES, ROOT, blocks, missing_for, wrong

CELL_SECONDS = 120.0  # only a cell that hangs takes that long
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
WITH_CODE = [page for page in PAGES if any(block.in_notebooks for block in blocks(page))]


class Notebook:
    """A kernel, and the cells that are pasted into it.

    Args:
        client: The client of a kernel that has started.
    """

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def open(self, folder: Path) -> None:
        """Begin a notebook in a folder: every name of the notebook before it is forgotten."""
        self.run(f"%reset -f\nimport os; os.chdir({str(folder)!r}); del os")
        self.run("import asyncio; asyncio.get_running_loop(); del asyncio")  # the loop of a kernel runs

    def run(self, code: str) -> str:
        """Run a cell.

        Returns:
            What the cell printed.

        Raises:
            AssertionError: The cell raised, or took too long.
        """
        sent = self._client.execute(code, allow_stdin=False, store_history=False)
        printed: list[str] = []
        until = time.monotonic() + CELL_SECONDS
        while True:
            try:
                message: dict[str, Any] = self._client.get_iopub_msg(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                raise AssertionError(f"the cell did not end within {CELL_SECONDS:.0f} seconds") from None
            content, kind = message["content"], message["msg_type"]
            if kind == "stream" and content["name"] == "stdout":
                printed.append(content["text"])
            elif message["parent_header"].get("msg_id") != sent:
                continue
            elif kind == "error":
                raise AssertionError(COLOURS.sub("", "\n".join(content["traceback"])))
            elif kind == "status" and content["execution_state"] == "idle":
                return "".join(printed)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    settings = {"IPYTHONDIR": str(tmp_path_factory.mktemp("ipython")), "PYTHONPATH": str(ROOT)}
    manager = KernelManager()
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--HistoryManager.enabled=False"]
    assert manager.kernel_spec is not None
    manager.kernel_spec.argv = command  # this interpreter, whatever kernels the machine has installed
    manager.start_kernel(env={**os.environ, **settings}, cwd=str(ROOT))
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=CELL_SECONDS)
        yield Notebook(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_of_the_page_runs_in_a_kernel(page: Path, notebook: Notebook, tmp_path: Path) -> None:
    if (reason := missing_for(page)) is not None:
        pytest.skip(reason)
    notebook.open(tmp_path)
    printed: dict[int, str] = {}
    for at, block in enumerate(blocks(page)):
        if block.in_notebooks:
            try:
                printed[at] = notebook.run(block.code)
            except AssertionError as error:
                raise AssertionError(f"{page.name}:{block.line}: {error}") from None
    found = wrong(page, printed, notebook=True)
    assert not found, "\n\n".join(found)
