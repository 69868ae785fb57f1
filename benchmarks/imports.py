"""CPU of ``import streamkit`` and of ``streamkit --help``, each in a fresh process."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from functools import partial

from .measure import Measured, in_turns
from .table import Figure, Report

_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


def main(*, quick: bool) -> list[Report]:
    """Measure fresh processes, and show which packages the import's time goes to."""
    with tempfile.TemporaryDirectory() as compiled:
        # As after an installation: compiled once, into a place of our own, whatever this environment says of it.
        fresh = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = {**fresh, "PYTHONPYCACHEPREFIX": compiled}
        return [asyncio.run(_measured(environment, 2 if quick else 9)), _parts(environment)]


async def _measured(environment: dict[str, str], rounds: int) -> Report:
    ways: dict[str, Measured] = {
        "python -c pass": partial(_cpu, environment, "pass"),
        "import streamkit": partial(_cpu, environment, "import streamkit"),
        "import openai": partial(_cpu, environment, "import openai"),
    }
    has_cli = importlib.util.find_spec("streamkit.cli") is not None
    if has_cli:
        ways["streamkit --help"] = partial(_cpu, environment, "from streamkit.cli import main; main(['--help'])")
    series = await in_turns(ways, rounds)
    report = Report("Beginning: CPU of a fresh process", ("what", "s", "without Python's own"))
    baseline = series.median("python -c pass")
    report.rows = [(name, series.median(name), series.median(name) - baseline) for name in ways]
    report.figures = [Figure("import streamkit", series.median("import streamkit"), 0.25, "s")]
    if has_cli:
        report.figures.append(Figure("streamkit --help", series.median("streamkit --help"), 0.3, "s"))
    else:
        report.notes.append("skipped: streamkit --help, since there is no streamkit.cli yet")
    return report


async def _cpu(environment: dict[str, str], code: str) -> float:
    """Run Python once and return its user and system seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(environment, "-c", code)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(environment: dict[str, str], *arguments: str) -> str:
    """Run Python once and return what it wrote to stderr."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stderr


def _parts(environment: dict[str, str]) -> Report:
    """Sum what ``-X importtime`` says by package."""
    report_lines = _run(environment, "-X", "importtime", "-c", "import streamkit")
    spent: Counter[str] = Counter()
    for micro, module in _LINE.findall(report_lines):
        spent[module.partition(".")[0]] += int(micro)
    report = Report("Where importing streamkit spends its time (-X importtime, top 8 packages)", ("package", "ms"))
    report.rows = [(name, micro / 1000) for name, micro in spent.most_common(8)]
    return report
