"""How a run is counted: Python calls by ``sys.setprofile``, blocks that are still held, memory by ``tracemalloc``."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamkit as sk
from streamkit.testing import run_in_virtual_time

PACKAGE = str(Path(sk.__file__).parent)
_RECORDING = ("_faults.py", "_plan.py", "_playback.py")
PLAYING = tuple(str(Path(PACKAGE) / name) for name in ("testing", *(f"_recording/{each}" for each in _RECORDING)))
"""What plays the answers: it stands for the provider."""
COLUMNS = ("streamkit", "all", "C", "held", "blocks", "bytes", "peak")
Run = Callable[[int], Awaitable[object]]
"""Takes a length, and returns what is held while memory is read."""


@dataclass
class Counts:
    """What one run has cost."""

    ours: int = 0
    all: int = 0
    c: int = 0
    held: int = 0
    blocks: int = 0
    bytes: int = 0
    peak: int = 0

    def less(self, other: Counts, by: int) -> list[float]:
        """Return the figures less those of a shorter run, each divided."""
        return [(one - two) / by for one, two in zip(vars(self).values(), vars(other).values(), strict=True)]


def _is_ours(file: str) -> bool:
    return file.startswith(PACKAGE) and not file.startswith(PLAYING)


def _count_calls(run: Run, length: int, counts: Counts) -> None:
    ours: dict[Any, bool] = {}

    def profile(frame: Any, event: str, _: object) -> None:
        code = frame.f_code
        if code not in ours:
            ours[code] = _is_ours(code.co_filename)
        if event == "call":
            counts.all += 1
            counts.ours += ours[code]
        elif event == "c_call":
            counts.c += ours[code]

    async def profiled() -> None:
        sys.setprofile(profile)
        try:
            await run(length)
        finally:
            sys.setprofile(None)

    run_in_virtual_time(profiled())


def held_blocks(run: Run, short: int, long: int) -> float:
    """Return how many more blocks a long run holds than a short one, for each of the lengths between.

    Args:
        run: The run.
        short: The shorter length.
        long: The longer length.
    """
    pairs = [_held(run, long) - _held(run, short) for _ in range(3)]
    return sorted(pairs)[1] / (long - short)  # what has nothing to do with a run may be freed at any time


def _held(run: Run, length: int) -> int:
    async def measured() -> int:
        gc.collect()
        gc.disable()
        before = sys.getallocatedblocks()
        held = await run(length)
        gc.collect()
        blocks = sys.getallocatedblocks() - before
        gc.enable()
        del held
        return blocks

    return run_in_virtual_time(measured())


def _count_memory(run: Run, length: int, counts: Counts) -> None:
    async def traced() -> None:
        gc.collect()
        gc.disable()
        tracemalloc.start()
        try:
            held = await run(length)
            counts.peak = tracemalloc.get_traced_memory()[1]
            gc.enable()
            gc.collect()
            statistics = tracemalloc.take_snapshot().statistics("filename")
            del held
        finally:
            tracemalloc.stop()
            gc.enable()
        ours = [each for each in statistics if _is_ours(each.traceback[0].filename)]
        counts.blocks, counts.bytes = sum(each.count for each in ours), sum(each.size for each in ours)

    run_in_virtual_time(traced())


def counted(run: Run, length: int, *, memory: bool) -> Counts:
    """Count a run of one length.

    Args:
        run: The run.
        length: Its length.
        memory: True to measure memory too, which takes six times as long.
    """
    counts = Counts()
    _count_calls(run, length, counts)
    if memory:
        _count_memory(run, length, counts)
    return counts
