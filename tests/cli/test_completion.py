"""``streamkit completion``: the scripts, as real shells source them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from streamkit import cli
from tests.programs import SAFETY

Answered = Callable[..., tuple[int, str, str]]

_BASH = """
source {script}
COMP_WORDS=({words}) COMP_CWORD={at}
_shtab_streamkit
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def run(shell: str, code: str) -> list[str]:
    """Run code in a shell; return what it printed, line by line."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"needs {shell}")
    options = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    done = subprocess.run([program, *options, "-c", code], capture_output=True, text=True, timeout=SAFETY, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture
def script(answered: Answered, tmp_path: Path) -> Callable[[str], Path]:
    def write(shell: str) -> Path:
        code, out, err = answered("completion", shell)
        assert (code, err) == (cli.OK, "")
        (tmp_path / shell).write_text(out)
        return tmp_path / shell

    return write


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["streamkit", "se"], ["search"]),
        (["streamkit", "--un"], ["--until"]),
        (["streamkit", "search", "--conc"], ["--concurrency"]),
        (["streamkit", "completion", "z"], ["zsh"]),
    ],
)
def test_bash_completes_commands_and_options(script: Callable[[str], Path], words: list[str], found: list[str]) -> None:
    code = _BASH.format(script=script("bash"), words=" ".join(words), at=len(words) - 1)
    assert [line.strip() for line in run("bash", code)] == found


def test_bash_completes_the_file_of_an_option(script: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "moon.png").touch()
    code = _BASH.format(script=script("bash"), words=f"streamkit -a {tmp_path}/mo", at=2)
    assert run("bash", code) == [f"{tmp_path}/moon.png"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_another_shell_takes_the_script(script: Callable[[str], Path], shell: str) -> None:
    path = script(shell)
    load = "autoload -Uz compinit && compinit -D; " if shell == "zsh" else ""
    assert run(shell, f"{load}source {path}; echo read") == ["read"]
    assert "search" in path.read_text()


def test_without_shtab_a_sentence_says_what_to_install(answered: Answered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    code, out, err = answered("completion", "bash")
    assert (code, out) == (cli.USAGE, "")
    assert "pip install 'shtab" in err and err.count("\n") == 1


def test_a_shell_that_the_installed_shtab_lacks_is_named(answered: Answered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shtab.SUPPORTED_SHELLS", ["bash", "zsh"])
    code, _, err = answered("completion", "fish")
    assert code == cli.USAGE
    assert "no fish" in err


def test_an_unknown_shell_is_wrong_usage(answered: Answered) -> None:
    code, _, err = answered("completion", "cmd")
    assert code == cli.USAGE
    assert "invalid choice" in err
