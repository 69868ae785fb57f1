"""Calls of 5 and of 50 chunks, and first texts: the loop that a user writes, over answers drawn from recordings."""

from __future__ import annotations

import importlib.util

from .measure import Series
from .peers.environments import Peer
from .peers.run import Measured, measured
from .recorded import fast_share, note
from .serving import Server
from .table import Figure, Report

_RAW, _HAND = "raw SDK", "aiohttp by hand"
_LOOP, _AWAIT, _SYNC = "streamkit, loop", "streamkit, await", "streamkit, sync loop"
_HTTPX = "streamkit over httpx2, loop"
_WAYS = {
    _LOOP: "streamkit",
    _AWAIT: "streamkit_await",
    _SYNC: "streamkit_sync",
    _HTTPX: "streamkit_httpx",
    "streamkit through the SDK, loop": "streamkit_sdk",
    _RAW: "openai",
    "raw SDK on aiohttp": "openai_aiohttp",
    _HAND: "aiohttp",
    "httpx2 by hand": "httpx2",
}
_GOALS = {_LOOP: (0.25, 0.10), _AWAIT: (0.25, 0.10), _HTTPX: (0.55, 0.30)}
"""Of each way: the part of the raw SDK's CPU that a call of 5 and one of 50 may take."""


def main(*, quick: bool) -> list[Report]:
    """Measure every way in a process of its own."""
    peers = [Peer(title, reader) for title, reader in _WAYS.items()]
    with Server() as server:
        run = measured(peers, server.base_url, "openai.chat", 3 if quick else 11)
    return [_calls(run, 5), _calls(run, 50), _first(run)]


def _calls(run: Measured, chunks: int) -> Report:
    series = run.figures[f"calls {chunks}"]
    columns = ("way", "us a call, least", "median", "x raw SDK, least", "median", "rounds", "calls/s, by hand = 1")
    report = Report(f"A call of {chunks} chunks: CPU", columns)
    for name in run.versions:
        rate = series.least_ratio(_HAND, name) if _HAND in series.values else "-"
        report.rows.append((name, series.least(name), series.median(name), *_beside_raw(series, name), rate))
    for name, (short, long) in _GOALS.items():
        goal = short if chunks == 5 else long
        ratio, spread = series.least_ratio(name, _RAW), series.spread(name, _RAW)
        report.figures.append(Figure(f"a call of {chunks}, {name}: x raw SDK", ratio, goal, spread=spread))
    if chunks == 50 and _HAND in series.values:
        rate, spread = series.least_ratio(_HAND, _LOOP), series.spread(_HAND, _LOOP)
        what = "calls a second, aiohttp by hand = 1"
        report.figures.append(Figure(what, rate, 0.8, fail=0.65, at_least=True, spread=spread))
    report.notes += [note(), f"{fast_share(chunks):.0%} of the events take the decoder's fast path"]
    report.notes += [f"{name} could not be measured: {reason}" for name, reason in run.absent.items()]
    if importlib.util.find_spec("aiohttp") is None:
        report.notes.append("aiohttp is not installed: the goals of the first two are those on aiohttp")
    return report


def _first(run: Measured) -> Report:
    series = run.figures["first"]
    columns = ("way", "ms, least", "median", "x raw SDK, least", "median", "rounds")
    report = Report("From the call to the first text: time on the clock", columns, notes=[note()])
    report.rows = [(name, series.least(name), series.median(name), *_beside_raw(series, name)) for name in run.versions]
    spread = series.spread(_LOOP, _RAW)
    report.figures = [Figure(f"first text, {_LOOP}: x raw SDK", series.least_ratio(_LOOP, _RAW), 0.4, spread=spread)]
    return report


def _beside_raw(series: Series, name: str) -> tuple[float, float, str]:
    return series.least_ratio(name, _RAW), series.ratio(name, _RAW), series.spread(name, _RAW)
