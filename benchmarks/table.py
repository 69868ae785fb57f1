"""The tables: what was measured, and beside each figure of the design its goal and its fail line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Cell = str | float | int


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the design, with its goal and its fail line.

    Between the two the goal is missed, but nothing is broken. No test reads either.

    Args:
        what: Subject of the figure.
        value: The measured value.
        goal: Largest value that reaches the goal; with ``at_least`` the smallest.
        unit: Of all three.
        fail: The fail line; None for a quarter beyond the goal.
        at_least: True if more is better.
        spread: The values of the rounds, where they are shown.
    """

    what: str
    value: float
    goal: float
    unit: str = "x"
    fail: float | None = None
    at_least: bool = False
    spread: str = ""

    @property
    def fail_line(self) -> float:
        """The value that must not be passed."""
        if self.fail is not None:
            return self.fail
        return self.goal / 1.25 if self.at_least else self.goal * 1.25

    @property
    def verdict(self) -> str:
        """Whether the goal is reached, missed, or missed by more than the fail line allows."""
        sign = -1 if self.at_least else 1
        if sign * self.value <= sign * self.goal:
            return "ok"
        return "missed" if sign * self.value <= sign * self.fail_line else "FAILED"

    def row(self) -> list[str]:
        """The figure as a row of a table."""
        value, goal, fail = (f"{shown(each)} {self.unit}" for each in (self.value, self.goal, self.fail_line))
        sign = "≥" if self.at_least else "≤"
        return [self.what, value, f"{sign} {goal}", f"{sign} {fail}", self.spread, self.verdict]


@dataclass(slots=True)
class Report:
    """What one benchmark has to say."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]] = field(default_factory=list[tuple[Cell, ...]])
    figures: list[Figure] = field(default_factory=list[Figure])
    notes: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        cells = [[each if isinstance(each, str) else shown(each) for each in row] for row in self.rows]
        parts = [self.title, "", *aligned([list(self.columns), *cells])]
        if self.figures:
            parts += ["", *figure_lines(self.figures)]
        return "\n".join([*parts, *(f"  ({note})" for note in self.notes)])


def figure_lines(figures: Sequence[Figure]) -> list[str]:
    """Write figures beside their goals and fail lines."""
    head = ["figure", "measured", "goal", "fail line", "rounds", ""]
    return aligned([head, *(figure.row() for figure in figures)])


def aligned(rows: list[list[str]]) -> list[str]:
    """Write rows under each other: the first column to the left, numbers to the right.

    >>> aligned([["a", "us"], ["bb", "1.5"]])
    ['  a    us', '  bb  1.5']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        for row in rows
    ]
    return ["  " + "  ".join(line).rstrip() for line in lines]


def shown(value: float) -> str:
    """Write a number with three digits that count.

    >>> shown(0.1234), shown(12.34), shown(12345)
    ('0.123', '12.3', '12,345')
    """
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    digits = 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}"
