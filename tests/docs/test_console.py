"""A console block that shows what an offline command prints is what the command prints in a terminal."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pexpect
import pytest

from tests.docs.pages import PAGES, ROOT, fences

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TIME = re.compile(r"[\d.]+(?= (?:s|ms)\b)")


def commands(page: Path) -> list[tuple[str, str]]:
    """Find the commands of a page that need no key and whose output is shown, with that output."""
    found: list[tuple[str, str]] = []
    for fence in fences(page.read_text(encoding="utf-8")):
        if fence.language == "console":
            for part in re.split(r"^\$ ", fence.code, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                if command.startswith("streamkit ") and "replay/" in command and output.strip():
                    found.append((command, output.strip()))
    return found


def tidy(text: str) -> str:
    """Leave out colours, times and the width of blanks, which differ from run to run."""
    return TIME.sub("0", " ".join(ESCAPES.sub("", text).split()))


SHOWN = [(page, *shown) for page in PAGES if page.name != "command-line.md" for shown in commands(page)]
"""The page on the command line has a test of its own, in tests/cli/."""


@pytest.mark.parametrize(
    ("page", "command", "output"), SHOWN, ids=[f"{page.name}: {given}" for page, given, _ in SHOWN]
)
def test_the_command_prints_what_is_shown(page: Path, command: str, output: str, tmp_path: Path) -> None:
    arguments = ["-m", "streamkit.cli", *shlex.split(command)[1:]]
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable, arguments, cwd=tmp_path, dimensions=(24, 400), timeout=60, encoding="utf-8"
    )
    child.expect(pexpect.EOF)
    child.close()
    shown = ".*".join(re.escape(tidy(part)) for part in output.split("…"))
    assert re.fullmatch(shown, tidy(child.before or "")), (
        f"{page.relative_to(ROOT)} shows another output than\n{child.before}"
    )


def test_the_readme_shows_a_command() -> None:
    assert [command for page, command, _ in SHOWN if page.name == "README.md"]
