"""Progress: a line that is drawn anew on a terminal and taken away at the end, and nothing where it is piped."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.programs import SAFETY, started

WORK = """
import streamkit as sk
from streamkit.testing import Script, chat_event, chat_events

def script(at):
    events = chat_events("Europa" if at == 11 else "[red]Io[/red]")
    return Script([events[0], 0.06 * at, *events[1:]])

streams = [script(at).stream() for at in range(12)]
found = sk.search(streams, accept="Europa", concurrency=4, progress=True, on_accepted=lambda each: print("found")).run()
print(f"winner {found.winner}")
"""


def test_piped_it_is_quiet_and_what_draws_it_is_not_even_loaded() -> None:
    code = WORK + "\nimport sys; print('rich.progress' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=SAFETY)
    assert (done.stdout, done.stderr) == ("found\nwinner 11\nFalse\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
@pytest.mark.parametrize("both", [False, True], ids=["stdout piped", "stdout on the terminal too"])
def test_on_a_terminal_a_line_is_drawn_and_taken_away(both: bool) -> None:
    shown, out = on_terminal(both)
    assert b"/12" in shown
    assert b"accepted" in shown and b"open" in shown
    assert shown.count(b"\x1b[2K") > 3  # drawn anew
    assert shown.rstrip().endswith(b"winner 11" if both else b"\x1b[2K")
    assert (b"found\r\n" in shown) if both else (out == b"found\nwinner 11\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_on_a_terminal_that_cannot_draw_nothing_breaks() -> None:
    shown, out = on_terminal(False, TERM="dumb")
    assert (b"\x1b" in shown, out) == (False, b"found\nwinner 11\n")


def on_terminal(both: bool, **environment: str) -> tuple[bytes, bytes]:
    """Run it with its standard error on a terminal, and maybe its output; return what that shows, and what is piped."""
    import pty

    near, far = pty.openpty()
    with started(
        [sys.executable, "-c", WORK],
        stdin=subprocess.DEVNULL,
        stdout=far if both else subprocess.PIPE,
        stderr=far,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", **environment},
    ) as process:
        os.close(far)
        shown = b""
        while True:
            try:
                data = os.read(near, 4096)
            except OSError:  # the other side is gone
                break
            if not data:
                break
            shown += data
        out, _ = process.communicate(timeout=SAFETY)
        os.close(near)
        assert process.returncode == 0, shown
        return shown, out or b""
