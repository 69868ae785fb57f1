"""Ctrl-C while streamkit imports what it needs: one sentence, and the next attempt works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
