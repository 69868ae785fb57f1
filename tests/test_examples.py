"""Every example runs as it stands, offline, and is short."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from streamkit.testing import RedisServer
from tests.packages import missing

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))


@pytest.mark.sdk
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(example: Path) -> None:
    if example.stem == "mcp_tools" and (reason := missing("mcp")):
        pytest.skip(reason)
    if example.stem == "other_processes" and RedisServer.program() is None:
        pytest.skip("STREAMKIT_REDIS: needs redis-server (apt-get install redis-server)")
    command = [sys.executable, "-W", "error", str(example)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short(example: Path) -> None:
    assert len(example.read_text(encoding="utf-8").splitlines()) <= 60
