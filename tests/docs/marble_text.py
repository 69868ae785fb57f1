"""Marble diagrams as text: a docstring's diagram is read, and a run of the operator is written in the same form.

A column is a step of time. An element begins in the column of its time, or behind the element in front of it where that
column is taken; at least one dash stands between two elements. ``|`` is a completion, ``#`` an error.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ELEMENT = re.compile(r"[^-](?:-?[^-])*")  # two dashes are time, one may be part of a text
LINE = re.compile(r"(?P<space> *)(?P<body>-.*?)(?P<end>[|#])(?:   (?P<note>\S.*))?")


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a line: where it is written, as what, and its time in columns."""

    column: int
    text: str
    time: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a diagram: its elements, the column and the sign of its end, and what is noted behind it."""

    elements: tuple[Element, ...]
    end: int
    sign: str
    begin: int = 0
    note: str = ""

    def __str__(self) -> str:
        text = " " * self.begin
        for each in self.elements:
            text = text.ljust(each.column, "-") + each.text
        return text.ljust(self.end, "-") + self.sign + (f"   {self.note}" if self.note else "")


@dataclass(frozen=True, slots=True)
class Diagram:
    """A marble diagram: the source, the operator as it is called, and what it emits to each subscriber."""

    source: Line
    operator: str
    results: tuple[str, ...]


def read_diagram(operator: Any) -> Diagram:
    """Read the diagram in an operator's docstring."""
    found = re.search(r"^\.\. marble::\n.*?\n\n(.*?)\n\n", inspect.getdoc(operator) or "", re.DOTALL | re.MULTILINE)
    if found is None:
        raise LookupError(f"{operator.__name__} has no marble diagram")
    source, box, *results = [line.removeprefix("    ") for line in found[1].splitlines()]
    return Diagram(read_line(source), box.strip("[] "), tuple(results))


def read_line(text: str) -> Line:
    """Read the line of a source, in which every element stands at its time."""
    found = LINE.fullmatch(text)
    if found is None:
        raise ValueError(f"no line of a marble diagram: {text!r}")
    begin = len(found["space"])
    elements = [
        Element(begin + each.start(), each[0], begin + each.start()) for each in ELEMENT.finditer(found["body"])
    ]
    return Line(tuple(elements), found.start("end"), found["end"], begin, found["note"] or "")


def line_of(emitted: Iterable[tuple[int, str]], end: int, sign: str, *, begin: int = 0, note: str = "") -> Line:
    """Write what was emitted, and when, as a line."""
    elements: list[Element] = []
    free = begin  # the first column in which the next element may begin
    for time, text in emitted:
        column = max(time, free)
        elements.append(Element(column, text, time))
        free = column + len(text) + 1
    return Line(tuple(elements), max(end, free - 1 if elements else begin), sign, begin, note)
