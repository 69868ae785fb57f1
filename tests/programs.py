"""Programs that the tests start: they can be interrupted wherever the tests run, and none outlives its test."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Sequence
from typing import Any, cast

SAFETY = 60.0
"""Seconds after which a test fails instead of hanging; no test waits for them."""

_ENDING = [getattr(signal, name) for name in ("SIGHUP", "SIGINT", "SIGTERM") if hasattr(signal, name)]


@contextlib.contextmanager
def started(command: Sequence[str], **options: Any) -> Generator[subprocess.Popen[bytes]]:
    """Start a program and kill it when the block ends, if it still runs.

    Args:
        command: The program and its arguments.
        **options: Those of `subprocess.Popen`.
    """
    with _signals_by_default():
        process = cast("subprocess.Popen[bytes]", subprocess.Popen(command, **options))
    with process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(condition: Callable[[], bool]) -> None:
    """Block until a condition is true that nobody tells of, such as what another program has written.

    Args:
        condition: What to wait for; it is asked a hundred times a second.

    Raises:
        TimeoutError: It did not come true.
    """
    pause, deadline = threading.Event(), time.monotonic() + SAFETY
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not in {SAFETY} s")
        pause.wait(0.01)


@contextlib.contextmanager
def _signals_by_default() -> Generator[None]:
    """Let a child start with the default of every signal that would end it.

    A child inherits that a signal is ignored: `nohup make test &` ignores two of them. One that has a handler is reset.
    """
    ignored = [number for number in _ENDING if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, _do_nothing)
    try:
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)


def _do_nothing(*_: object) -> None:
    """Handle a signal that was ignored."""
