"""CPU of the first call of a process, beside importing its HTTP library and building one TLS context."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from functools import partial

from .loops import library
from .measure import Measured, Series, in_turns
from .plans import Plan
from .serving import Server
from .table import Figure, Report

_MEASURED = """
import asyncio, sys, time, streamkit as sk
began = time.process_time()
{code}
print(time.process_time() - began, *sorted({{"aiohttp", "httpx", "httpx2", "openai"}} & set(sys.modules)))
"""
_CALL = """
async def call():
    return await sk.stream({model!r}, "?", base_url={url!r}, api_key="k")
assert asyncio.run(call()).state == "complete"
"""
_TLS = "import {library}, ssl\nssl.create_default_context()"
_FIRST, _LEAST = "the first call", "its HTTP library and one TLS context"
_SDK = "import openai, and its client"


def main(*, quick: bool) -> list[Report]:
    """Measure fresh processes that have imported streamkit."""
    with tempfile.TemporaryDirectory() as compiled, Server() as server:
        # As after an installation: compiled once, whatever this environment says of it.
        fresh = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = {**fresh, "PYTHONPYCACHEPREFIX": compiled}
        return [asyncio.run(_measured(environment, server.base_url, 3 if quick else 9))]


async def _measured(environment: dict[str, str], url: str, rounds: int) -> Report:
    loaded: list[str] = []
    call = _CALL.format(model=f"openai/{Plan(events=5).model}", url=url)
    least = _TLS.format(library=library())
    codes = {_FIRST: call, _LEAST: least, _SDK: 'import openai\nopenai.AsyncOpenAI(api_key="k")'}
    ways: dict[str, Measured] = {
        name: partial(_cpu, environment, code, loaded if name == _FIRST else []) for name, code in codes.items()
    }
    series = await in_turns(ways, rounds)
    return _report(series, loaded)


async def _cpu(environment: dict[str, str], code: str, loaded: list[str]) -> float:
    """Run code in a process that has imported streamkit; return its seconds of CPU, all threads together."""
    seconds, *modules = _run(environment, _MEASURED.format(code=code)).split()
    loaded[:] = modules
    return float(seconds)


def _run(environment: dict[str, str], code: str) -> str:
    """Run Python once and return what it wrote to stdout."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


def _report(series: Series, loaded: list[str]) -> Report:
    report = Report("The first call of a process, after `import streamkit`: CPU", ("what", "s, least", "median"))
    report.rows = [(name, series.least(name), series.median(name)) for name in series.values]
    ratio, spread = series.least_ratio(_FIRST, _LEAST), series.spread(_FIRST, _LEAST)
    report.figures = [
        Figure(f"first call, {library()}: x its HTTP library and one TLS context", ratio, 1.5, spread=spread),
        Figure("first call: SDKs imported", float("openai" in loaded), 0, "SDKs"),
    ]
    report.notes.append(f"imported after the first call: {', '.join(loaded)}")
    return report
