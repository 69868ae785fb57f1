"""The tables: what was measured, and beside each figure of the design its target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Cell = str | float | int


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the design.

    Args:
        what: Subject of the figure.
        value: The measured value.
        limit: Largest value allowed.
        unit: Of both.
    """

    what: str
    value: float
    limit: float
    unit: str = "x"

    @property
    def held(self) -> bool:
        """Whether the target is reached."""
        return self.value <= self.limit

    def row(self) -> list[str]:
        """The figure as a row of a table."""
        value, limit = (f"{shown(each)} {self.unit}" for each in (self.value, self.limit))
        return [self.what, value, f"≤ {limit}", "ok" if self.held else "MISSED"]


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
    """Write figures beside their targets."""
    return aligned([["figure", "measured", "target", ""], *(figure.row() for figure in figures)])


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
