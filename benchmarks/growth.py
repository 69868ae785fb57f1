"""How CPU grows with an answer, its calls and subscribers: the exponent of the total from 1,000 to 16,000 of them."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import reactivex as rx
from reactivex import Observable

from streamkit import operators as ops
from streamkit.operators import patterns

from .growth_operators import ROWS as OPERATOR_ROWS
from .growth_streams import ROWS as STREAM_ROWS
from .growth_streams import Run
from .measure import Cpu, Measured, in_turns
from .table import Figure, Report

_SIZES = 1_000, 4_000, 16_000
_GOAL, _FAIL = 1.15, 1.25
Operator = Callable[[Observable[str]], Observable[str]]
Row = tuple[str, float | None, Callable[[], Operator], Callable[[int], str]]


def _until(pattern: str, *, inclusive: bool = True) -> Callable[[], Operator]:
    def make() -> Operator:
        return ops.until(re.compile(pattern), inclusive=inclusive)

    return make


# What is measured, the exponent on 30 November 2026 (None if there was no such operator), how to make the operator,
# and a text of so many characters, which is fed character by character.
ROWS: list[Row] = [
    (r"until(\{[^}]*\})", 2.97, _until(r"\{[^}]*\}"), lambda size: "{" * size),
    (r"until(<a.*?</a>)", 2.55, _until(r"<a.*?</a>"), lambda size: "<a href " * (size // 8)),
    (r"until([a-z]+9)", 2.1, _until(r"[a-z]+9"), lambda size: "a" * size),
    (r"until(\w+@\w+)", 2.1, _until(r"\w+@\w+"), lambda size: "a" * size),
    (r"until(\w+@\w+, inclusive=False)", None, _until(r"\w+@\w+", inclusive=False), lambda size: "a" * size),
    (r"until(^(a+)+!$)", None, _until(r"^(a+)+!$"), lambda size: "a" * size),
    (r"redact(\{[^}]*\})", None, lambda: ops.redact(re.compile(r"\{[^}]*\}")), lambda size: "{" * size),
    (r"redact(\w+@\w+)", None, lambda: ops.redact(re.compile(r"\w+@\w+")), lambda size: "a" * size),
    ("redact(patterns.ALL)", None, lambda: ops.redact(patterns.ALL), lambda size: "io 4242 " * (size // 8)),
]


def main(*, quick: bool) -> list[Report]:
    """Measure every row at each size."""
    return [asyncio.run(_measured(1 if quick else 3))]


async def _measured(rounds: int) -> Report:
    rows = [(name, before, _fed(make, text)) for name, before, make, text in ROWS] + STREAM_ROWS + OPERATOR_ROWS
    ways: dict[str, Measured] = {f"{name} {size}": partial(run, size) for name, _, run in rows for size in _SIZES}
    series = await in_turns(ways, rounds)
    columns = ("fed character by character", *(f"us each at {size:,}" for size in _SIZES), "exponent", "before")
    report = Report("Growth: CPU", columns)
    for name, before, _ in rows:
        costs = [series.least(f"{name} {size}") for size in _SIZES]
        exponent = math.log(costs[-1] / costs[0]) / math.log(_SIZES[-1] / _SIZES[0])
        each = [cost / size * 1e6 for cost, size in zip(costs, _SIZES, strict=True)]
        report.rows.append((name, *each, exponent, before or ""))
        report.figures.append(Figure(f"{name}: exponent", exponent, _GOAL, "", _FAIL))
    return report


def _fed(make: Callable[[], Operator], text: Callable[[int], str]) -> Run:
    async def run(size: int) -> float:
        characters = text(size)
        with Cpu() as cpu:
            rx.from_iterable(characters).pipe(make()).subscribe(_ignore)
        return cpu.seconds

    return run


def _ignore(_: Any) -> None:
    pass
