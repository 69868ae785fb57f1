"""What a chunk, an event, an operator, a call and a subscriber cost in Python calls and blocks: as a table has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SLACK = 1.05
BLOCKS = 0.25  # one list that grows at another moment is no allocation of each


@pytest.mark.sdk
def test_nothing_takes_more_calls_or_blocks_than_the_table_has() -> None:
    counts = pytest.importorskip("benchmarks.counts")
    kept, here = json.loads(counts.KEPT.read_text()), counts.versions()
    if kept["versions"] != here:
        pytest.skip(f"benchmarks/counts.json holds for {kept['versions']}, and here is {here}")
    command = [sys.executable, "-m", "benchmarks.counts"]
    environment = os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)["rows"]
    assert rows.keys() == kept["rows"].keys()
    plain = rows["chunk: await stream"]["streamkit"]
    assert max(rows[f"chunk: await, {how}"]["streamkit"] for how in ("recorded", "in a black box")) <= plain + 2
    more = [
        f"{name}: {row[key]} ({key}), and the table has {kept['rows'][name][key]}"
        for name, row in rows.items()
        for key in row
        if row[key] > kept["rows"][name][key] * SLACK + BLOCKS * (key == "held")
    ]
    assert not more, "python -m benchmarks.counts > benchmarks/counts.json, if it is worth it:\n" + "\n".join(more)
