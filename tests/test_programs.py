"""What the tests start can be interrupted, and ends with its test."""

from __future__ import annotations

import ast
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import SAFETY, started

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")

WAITS = "import signal; print(signal.getsignal(signal.SIGINT), flush=True); signal.pause()"
SIGNALS = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM]


@pytest.fixture
def in_the_background() -> Iterator[None]:
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("in_the_background")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_program_can_be_ended_where_the_tests_ignore_the_signal(number: signal.Signals) -> None:
    with started([sys.executable, "-c", WAITS], stdout=-1, stderr=-1) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        process.communicate(timeout=SAFETY)
    assert process.returncode == -number
    assert signal.getsignal(number) is signal.SIG_IGN


def test_a_program_that_still_runs_is_killed_at_the_end_of_its_block() -> None:
    with started([sys.executable, "-c", WAITS], stdout=-1) as process:
        pass
    assert process.returncode == -signal.SIGKILL


def test_whoever_sends_a_signal_starts_his_programs_here() -> None:
    folder = Path(__file__).parent
    calls = {
        f"{path.relative_to(folder)}:{node.lineno}"
        for path in folder.rglob("*.py")
        if "send_signal" in (text := path.read_text(encoding="utf-8")) and path.name != "programs.py"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "Popen"
    }
    assert calls == set()
