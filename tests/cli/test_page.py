"""docs/command-line.md: every command that works offline runs, and prints what the page shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
BLOCKS = re.findall(r"^```console\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

Answered = Callable[..., tuple[int, str, str]]


@pytest.mark.sdk
@pytest.mark.parametrize("block", BLOCKS)
def test_a_command_prints_what_the_page_shows(
    block: str, answered: Answered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command, *shown = block.splitlines()
    program, *words = shlex.split(command.removeprefix("$ "))
    _, out, err = answered(*words)
    printed = [*err.splitlines(), *out.splitlines()] if shown[0].startswith("tool call") else (out + err).splitlines()
    assert program == "streamkit"
    assert len(printed) == len(shown)
    for line, expected in zip(printed, shown, strict=True):
        assert re.fullmatch(".*".join(map(re.escape, expected.split("…"))), line), (line, expected)


def test_there_are_such_commands() -> None:
    assert len(BLOCKS) == 5
