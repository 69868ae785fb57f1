"""Print the modules of streamkit that ``import streamkit`` loads: ``python -m tests.before.modules``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = "import sys; before = set(sys.modules); import streamkit; print(*sorted(set(sys.modules) - before))"


def main() -> None:
    """Print them, sorted, behind a line that counts them."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    loaded = done.stdout.split()
    ours = [name for name in loaded if name.partition(".")[0] == "streamkit"]
    print(f"# {len(ours)} modules of streamkit, {len(loaded)} in all, on Python {sys.version.partition(' ')[0]}")
    print(*ours, sep="\n")


if __name__ == "__main__":
    main()
