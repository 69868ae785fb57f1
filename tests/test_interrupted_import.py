"""Ctrl-C while streamkit imports what it needs: one sentence, and the next attempt works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import builtins, sys

import streamkit as sk

given, left = builtins.__import__, [1]


def interrupted(name, *args, **options):
    if name.startswith({module!r}) and left:
        left.pop()
        raise KeyboardInterrupt
    return given(name, *args, **options)


builtins.__import__ = interrupted
try:
    {work}
except KeyboardInterrupt as interrupt:
    import traceback

    frames = traceback.extract_tb(interrupt.__traceback__)
    assert interrupt.__cause__ is None and interrupt.__suppress_context__
    print(len(frames), interrupt)
    {work}
    print("again")
"""

ROOT = Path(__file__).parents[1]


def outcome(module: str, work: str) -> list[str]:
    program = PROGRAM.format(module=module, work=work)
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_an_interrupted_first_use_of_a_name_is_one_sentence_and_can_be_repeated() -> None:
    assert outcome("pydantic", "sk.Response") == [
        "2 Ctrl-C came while streamkit was importing Response: import it again.",
        "again",
    ]


HOOK = """
import builtins, signal

signal.signal(signal.SIGINT, signal.default_int_handler)  # the run of the tests may ignore the signal
given = builtins.__import__


def interrupting(name, *args, **options):
    if name == {module!r}:
        builtins.__import__ = given
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            if {lost!r}:  # as an extension module loses it
                return given(name, *args, **options)
            raise
    return given(name, *args, **options)


builtins.__import__ = interrupting
"""

SCRIPT = "import sys\nfrom streamkit.cli import main\nsys.exit(main())\n"


def interrupted(folder: Path, command: list[str], module: str, *, lost: bool = False) -> tuple[int, list[str]]:
    """Run a program that gets Ctrl-C when it begins to import a module; return its exit code and its errors."""
    (folder / "sitecustomize.py").write_text(HOOK.format(module=module, lost=lost), encoding="utf-8")
    (folder / "streamkit").write_text(SCRIPT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    words = [sys.executable, *command]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    assert ran.stdout == ""
    return ran.returncode, ran.stderr.splitlines()


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("module", ["reactivex", "argparse"])
@pytest.mark.parametrize("command", [["-m", "streamkit.cli"], ["streamkit"]], ids=["module", "script"])
def test_the_command_line_ends_in_one_sentence(tmp_path: Path, command: list[str], module: str, lost: bool) -> None:
    question = ["Which moons may hold life?", "-m", "replay/openai"]
    outcome = interrupted(tmp_path, [*command, *question], module, lost=lost)
    assert outcome == (130, ["streamkit: Ctrl-C came while streamkit was imported."])


def test_an_interrupted_import_of_a_users_program_has_no_frames_of_modules(tmp_path: Path) -> None:
    _, errors = interrupted(tmp_path, ["-c", "import streamkit"], "reactivex")
    assert errors[-1] == "KeyboardInterrupt: Ctrl-C came while streamkit was imported."
    assert len([line for line in errors if line.startswith("  File")]) <= 3
