"""Plant one fault at a time in a copy of the checkout, and show that `make check` finds each; run by `make planted`.

A rule that cannot fail protects nothing: a typo in a table of pyproject.toml switches it off without a word.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
VENV = Path(sys.prefix)
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "dist")


@dataclass(frozen=True, slots=True)
class Fault:
    """One line that must not pass: the task of `make check` that finds it, and what that task then says."""

    name: str
    line: str
    task: str
    evidence: str


FAULTS = [
    Fault("a type error", "planted: int = 'no number'", "types", "reportAssignmentType"),
    Fault("a banned import", "import operators", "lint", "TID251"),
    Fault("a broken layer", "import streamkit.log", "layers", "errors is not allowed to import streamkit.log"),
    Fault("an impure room", "import asyncio", "layers", "errors is not allowed to import asyncio"),
]


def make(task: str, checkout: Path) -> tuple[bool, str]:
    """Run a task of the checkout's Makefile with this environment as it is; tell whether it passed, and its output."""
    ready = VENV / ".ready"  # never remade from the copy: the copy is thrown away
    command = ["make", f"--old-file={ready}", f"VENV={VENV}", task]
    environment = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL"}}
    result = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    return result.returncode == 0, result.stdout + result.stderr


def is_found(fault: Fault, checkout: Path) -> bool:
    """Plant the fault, run its task, take the fault out again."""
    module = checkout / "streamkit" / "errors.py"
    clean = module.read_text(encoding="utf-8")
    module.write_text(f"{clean}\n{fault.line}\n", encoding="utf-8")
    passed, output = make(fault.task, checkout)
    module.write_text(clean, encoding="utf-8")
    if passed or fault.evidence not in output:
        print(f"{fault.name}: NOT FOUND by make {fault.task}, which said:\n{output}")
        return False
    print(f"{fault.name}: found by make {fault.task} ({fault.evidence})")
    return True


def main() -> int:
    """Check a clean copy, then the copy with each fault in turn.

    Returns:
        0 if the clean copy passed and every fault was found.
    """
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "streamkit"
        shutil.copytree(ROOT, checkout, symlinks=True, ignore=LEFT_OUT)
        passed, output = make("check", checkout)
        print("the clean copy: passed by make check" if passed else f"the clean copy: NOT PASSED:\n{output}")
        missed = [fault.name for fault in FAULTS if not is_found(fault, checkout)]
    return 0 if passed and not missed else 1


if __name__ == "__main__":
    sys.exit(main())
