"""A real terminal for the tests: a program on a pseudo-terminal, whose screen `pyte` draws."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyte

from tests.programs import SAFETY, started


@dataclass(frozen=True, slots=True)
class Shown:
    """What a program left on a terminal.

    Args:
        lines: Lines of the screen, without the blank ones below the last.
        output: All bytes that the terminal got.
        code: The program's exit code.
    """

    lines: list[str]
    output: bytes
    code: int

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)


class Terminal:
    """A running program on a pseudo-terminal.

    Args:
        process: The program.
        screen: The terminal's screen.
    """

    def __init__(self, process: subprocess.Popen[bytes], screen: pyte.Screen) -> None:
        self.process = process
        self._screen = screen

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def send(self, number: int) -> None:
        """Send a signal to the terminal's process group, as the terminal does for Ctrl-C."""
        os.killpg(os.getpgid(self.process.pid), number)


def on_a_terminal(
    *words: str,
    program: Sequence[str] = ("-m", "streamkit.cli"),
    columns: int = 80,
    rows: int = 24,
    environment: Mapping[str, str] | None = None,
    watch: Callable[[Terminal], None] | None = None,
) -> Shown:
    """Run the command line on a pseudo-terminal until it ends.

    Args:
        words: Words after the program's name.
        program: Arguments of Python that start it.
        columns: Width of the terminal.
        rows: Height of the terminal.
        environment: Variables to set.
        watch: Function that is called whenever something was shown.
    """
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    outside = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "PYTHONUTF8"}}
    variables = {**outside, "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **(environment or {})}
    screen = pyte.Screen(columns, rows)
    stream = pyte.ByteStream(screen)
    output = b""
    options: dict[str, Any] = {"stdin": theirs, "stdout": theirs, "stderr": theirs, "env": variables}
    with started([sys.executable, *program, *words], start_new_session=True, **options) as process:
        os.close(theirs)
        try:
            while data := os.read(ours, 65536):
                output += data
                stream.feed(data)
                if watch is not None:
                    watch(Terminal(process, screen))
        except OSError:
            pass  # on Linux the end of a terminal is an error
        finally:
            os.close(ours)
        code = process.wait(timeout=SAFETY)
    lines = [line.rstrip() for line in screen.display]
    while lines and not lines[-1]:
        lines.pop()
    return Shown(lines, output, code)


def send_once(number: int, *, when: str) -> Callable[[Terminal], None]:
    """Return a watcher that sends a signal as soon as a text is on the screen.

    Args:
        number: The signal.
        when: The text.
    """
    sent: list[int] = []

    def watch(terminal: Terminal) -> None:
        if when in terminal.text and not sent:
            sent.append(number)
            terminal.send(number)

    return watch


INTERRUPT, TERMINATE = signal.SIGINT, signal.SIGTERM
