"""``streamkit demo``: what it shows piped, and on a terminal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from streamkit import cli
from tests.programs import SAFETY, started

pytestmark = pytest.mark.sdk
COLUMNS, ROWS = 80, 24
SDKS = ("openai", "anthropic", "cohere")
PROMPT = "Which moons may hold life?"


def test_piped_it_is_plain_text_with_every_figure_from_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo"]) == cli.OK
    out, err = capsys.readouterr()
    assert err == ""
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", out)
    lines = out.splitlines()
    assert "REPLAY" in lines[0]
    assert "no model is called" in lines[0]
    check_rows(lines)
    check_acts(out)
    assert "\nNext: " in out
    assert len(lines) < ROWS, "all of it is seen at once"


def check_rows(lines: list[str]) -> None:
    """Each answer stands there once, complete, in the order of the table, with its own figures."""
    rows = [line.split() for line in lines if line.split()[:1] and line.split()[0] in SDKS]
    assert [row[0] for row in rows] == list(SDKS)
    assert [row[-2:] for row in rows] == [["complete", f"({reason})"] for reason in ("stop", "end_turn", "COMPLETE")]
    for row in rows:
        chunks, first, unit = row[-5:-2]
        assert unit == "ms"
        assert int(chunks) > 40
        assert 100 < int(first) < 30_000  # of a second, but for a busy machine


def check_acts(out: str) -> None:
    assert "TruncatedError; the 220 characters that came are kept: " in out
    matched = re.search(r"closed after (\d+\.\d) ms; (\d+) of (\d+) events were not sent and are not paid", out)
    assert matched
    assert 20 < int(matched[2]) < int(matched[3]) == 55
    assert 'get_orbit(moon="Europa"), whole after 9 fragments of JSON' in out
    assert "“Hello from Europa.” and 0.50 s of sound (24000 bytes); 1 request" in out
    assert re.search(r"\d+ characters, \d+ words, \d+ tokens; 1 request\n", out)


def test_the_first_line_comes_before_anything_heavy() -> None:
    code = """
import sys

class Out:
    def write(self, text):
        sys.__stdout__.write(text + ' '.join(sys.modules))
        sys.__stdout__.flush()
        sys.exit()
    def flush(self):
        pass

sys.stdout = Out()
from streamkit.cli import main
main(['demo'])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=SAFETY)
    assert "REPLAY" in done.stdout
    loaded = set(done.stdout.split())
    assert not {"openai", "anthropic", "cohere", "httpx", "httpx2", "pydantic", "structlog"} & loaded


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_on_a_terminal_the_rows_are_redrawn() -> None:
    shown, code = on_a_terminal(lambda process, shown: None)
    assert code == cli.OK
    screen = Screen()
    screen.write(shown)
    assert len(screen.frames) > 10
    assert any("loading" in frame and "complete" not in frame for frame in screen.frames)
    assert any(frame.count("streaming") >= 2 for frame in screen.frames), "two answers at the same time"
    check_rows(screen.lines)
    check_acts("\n".join(screen.lines) + "\n")
    assert screen.widest <= COLUMNS
    assert screen.cursor_shown
    assert sum(PROMPT in line for line in screen.lines) == 2  # above the rows, and in the next steps


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_ctrl_c_gives_the_cursor_back() -> None:
    sent: list[int] = []

    def interrupt(process: subprocess.Popen[bytes], shown: str) -> None:
        if "streaming" in shown and not sent:
            sent.append(process.pid)
            process.send_signal(signal.SIGINT)

    shown, code = on_a_terminal(interrupt)
    assert code == cli.INTERRUPTED
    assert "Traceback" not in shown
    screen = Screen()
    screen.write(shown)
    assert screen.cursor_shown
    assert "Next:" not in shown


def on_a_terminal(watch: Callable[[subprocess.Popen[bytes], str], None]) -> tuple[str, int]:
    """Run the demo on a pseudo-terminal; return all that it wrote, and its exit code."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    outside = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "PYTHONUTF8"}}
    environment = {**outside, "TERM": "xterm", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "streamkit.cli", "demo"]
    shown = b""
    with started(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        try:
            while data := os.read(ours, 65536):
                shown += data
                watch(process, shown.decode("utf-8", "ignore"))
        except OSError:
            pass  # on Linux the end of a terminal is an error
        finally:
            os.close(ours)
        return shown.decode(), process.wait(timeout=SAFETY)


class Screen:
    """A terminal that knows only what the demo may send: anything else fails."""

    SEQUENCE = re.compile(r"\x1b\[(?:(?P<up>\d+)A|(?P<erase>K)|\?25(?P<cursor>[lh]))|\r|\n|(?P<text>[^\x1b\r\n]+)")

    def __init__(self) -> None:
        self.lines: list[str] = [""]
        self.frames: list[str] = []
        self.widest = 0
        self.cursor_shown = True
        self._row = self._column = 0

    def write(self, shown: str) -> None:
        at = 0
        while at < len(shown):
            found = self.SEQUENCE.match(shown, at)
            assert found, f"not for this screen: {shown[at : at + 20]!r}"
            at = found.end()
            self._take(found)

    def _take(self, found: re.Match[str]) -> None:
        if found["up"]:
            self.frames.append("\n".join(self.lines))
            self._row -= int(found["up"])
            assert self._row >= 0
        elif found["erase"]:
            self.lines[self._row] = self.lines[self._row][: self._column]
        elif found["cursor"]:
            self.cursor_shown = found["cursor"] == "h"
        elif found["text"]:
            self._put(found["text"])
        elif found[0] == "\r":
            self._column = 0
        else:
            self._row += 1
            self.lines += [""] * (self._row + 1 - len(self.lines))

    def _put(self, text: str) -> None:
        line, end = self.lines[self._row], self._column + len(text)
        self.lines[self._row] = line[: self._column].ljust(self._column) + text + line[end:]
        self._column = end
        self.widest = max(self.widest, end)
