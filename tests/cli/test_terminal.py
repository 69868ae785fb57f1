"""The command line on a real terminal: lines that fit, interrupts that keep what arrived, and a closed pipe."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from streamkit import cli
from streamkit.testing import FaultServer, Plan, chat_events, chat_tool_events, plan
from streamkit.testing.faults import Send, Wait
from tests.programs import SAFETY, started

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)

from .terminal import INTERRUPT, TERMINATE, on_a_terminal, send_once

pytestmark = pytest.mark.sdk

SIZES = pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
Openai = Callable[..., FaultServer]
QUESTION = "Which moons may hold life?"


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STREAMKIT_MODEL", raising=False)


def whole_words(line: str, text: str) -> bool:
    """Return whether a screen's line neither begins nor ends within a word of a text."""
    return all(word in text.split() for word in line.split())


@SIZES
@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        *(["ask", "--help"], ["search", "--help"], ["models", "--help"], ["providers", "--help"]),
        *(["decode", "--help"], ["demo", "--help"], ["completion", "--help"], ["providers"], ["models"]),
        *(["models", "groq"], ["models", "replay"]),
    ],
    ids=" ".join,
)
def test_what_it_says_of_itself_fits_the_terminal(words: list[str], columns: int, rows: int) -> None:
    shown = on_a_terminal(*words, columns=columns, rows=2000)
    longest = max(shown.output.decode().replace("\r", "").split("\n"), key=len)
    assert shown.code == cli.OK
    assert len(longest) <= columns, longest
    assert "\x1b" not in shown.output.decode()


@SIZES
def test_the_answer_and_its_status_are_on_the_screen(columns: int, rows: int) -> None:
    shown = on_a_terminal(QUESTION, "-m", "replay/openai", columns=columns, rows=rows)
    assert shown.code == cli.OK
    assert shown.lines[0].startswith("Three are worth a visit.")
    text = "\n".join(shown.lines)
    status = text[text.index("replay/scripted-openai") :].splitlines()
    assert " · ".join(status).count(" · ") == 4
    assert status[-1].endswith(" ms") and all(len(line) <= columns for line in status)
    assert len(status) == (2 if columns == 80 else 1)


@SIZES
def test_an_error_is_broken_between_words(columns: int, rows: int) -> None:
    shown = on_a_terminal("What is on the far side of Titan?", "-m", "replay/openai", columns=columns, rows=rows)
    assert shown.code == cli.USAGE
    message = " ".join(shown.output.decode().split())
    assert len(shown.lines) > 1
    assert all(whole_words(line, message) for line in shown.lines)


def test_wide_characters_take_two_columns(openai: Openai) -> None:
    model = "月" * 12
    events = [event.replace(b"scripted-1", model.encode()) for event in chat_events("木星の衛星 🪐 ", "は。")]
    openai(plan("none", events))
    shown = on_a_terminal("?", "-m", "openai/m", columns=40)
    assert shown.code == cli.OK
    assert "木星の衛星" in shown.text.replace(" ", "")
    sent = shown.output.decode().replace("\r", "").split("\n")
    assert sent[1] == f"openai/{model}"  # 31 columns: what follows would not fit
    assert sent[2].startswith("complete (stop) · ")


def test_without_words_the_help_is_shown() -> None:
    shown = on_a_terminal(rows=60)
    assert shown.code == cli.USAGE
    assert shown.lines[0].startswith("usage: streamkit [options] QUESTION")


def test_a_terminal_gets_no_colours_and_nothing_that_it_acts_on(openai: Openai) -> None:
    openai(plan("none", chat_events("a\x1b]0;ti", "tle\x07b\x1b", "[31mc\u202e\rd")))
    shown = on_a_terminal("?", "-m", "openai/m")
    assert shown.lines[0] == "abc<U+202E>d"
    assert b"\x1b" not in shown.output


def test_a_tool_call_stands_on_a_line_of_its_own(openai: Openai) -> None:
    calls = chat_tool_events(("get_orbit", '{"moon": "Europa"}'))
    openai(plan("none", [*chat_events("I look.", finish=None, usage=False, done=False), *calls]))
    shown = on_a_terminal("?", "-m", "openai/m")
    assert shown.lines[:2] == ["I look.", 'tool call: get_orbit(moon="Europa")']


# Interrupts ---------------------------------------------------------------------------------------

SILENT = Plan(steps=(*map(Send, chat_events("Io is ", "hot", finish=None, usage=False, done=False)), Wait(math.inf)))


@pytest.mark.parametrize(("number", "code"), [(INTERRUPT, cli.INTERRUPTED), (TERMINATE, cli.TERMINATED)])
def test_an_interrupt_keeps_what_arrived_and_closes_the_connection(
    openai: Openai, tmp_path: Path, number: int, code: int
) -> None:
    server = openai(SILENT)
    file = tmp_path / "answer.txt"
    words = ("?", "-m", "openai/m", "--save", str(file))
    shown = on_a_terminal(*words, watch=send_once(number, when="hot"), columns=200)
    assert (shown.code, file.read_text()) == (code, "Io is hot")
    assert shown.lines[0] == "Io is hot"
    assert " · stopped · " in shown.lines[1]
    assert shown.lines[2] == f"saved: {file}, 9 characters"
    server.wait_for(lambda: server.open_connections == 0)


def test_ctrl_c_before_the_first_text_says_that_there_is_none(openai: Openai) -> None:
    server = openai(Plan(steps=(Wait(math.inf),)))
    interrupt = send_once(INTERRUPT, when="ready")

    def watch(terminal: object) -> None:
        server.wait_for(lambda: len(server.requests) == 1)
        interrupt(terminal)  # pyright: ignore[reportArgumentType] - a Terminal

    code = "import sys; print('ready', flush=True); from streamkit.cli import main; sys.exit(main())"
    shown = on_a_terminal("?", "-m", "openai/m", program=["-c", code], watch=watch, columns=120)
    assert shown.code == cli.INTERRUPTED
    assert "no text" in shown.text and "Traceback" not in shown.text


def test_ctrl_c_with_json_prints_the_response(openai: Openai) -> None:
    server = openai(SILENT)

    def has_arrived() -> bool:
        return len(server.requests) == 1

    command = [sys.executable, "-m", "streamkit.cli", "?", "-m", "openai/m", "--json"]
    with started(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        server.wait_for(has_arrived)
        process.send_signal(INTERRUPT)
        out, err = process.communicate(timeout=SAFETY)
    assert (process.returncode, err) == (cli.INTERRUPTED, b"")
    assert b'"state":"stopped"' in out


# Pipes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("both", ["", "2>&1"])
def test_a_closed_pipe_ends_quietly(openai: Openai, both: str) -> None:
    events = chat_events(*["Io is hot.\n"] * 2000)
    server = openai(Plan(steps=tuple(map(Send, events)), every=0.001))
    command = f'"{sys.executable}" -m streamkit.cli "Which moons?" -m openai/m {both} | head -1'
    done = subprocess.run(
        ["sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, timeout=SAFETY, check=True
    )
    assert (done.stdout, done.stderr) == (b"Io is hot.\n", b"")
    server.wait_for(lambda: server.open_connections == 0)


def test_in_a_pipe_the_status_is_one_line_however_narrow_the_terminal(openai: Openai) -> None:
    openai(plan("none", chat_events("Io is hot.")))
    command = [sys.executable, "-m", "streamkit.cli", "Which moons?", "-m", "openai/m"]
    environment = {**os.environ, "COLUMNS": "20", "NO_COLOR": "1"}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=SAFETY, check=True
    )
    assert done.stdout == b"Io is hot.\n"
    assert re.fullmatch(r"openai/scripted-1 · .* ms\n", done.stderr.decode())
