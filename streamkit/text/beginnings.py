"""Where a match may begin: text in which none can is passed over at the speed of a search in C.

Most text is far from any match. A program that waits for one need not take it character by character: it is enough
that no beginning is missed, so a place that proves to be none costs time only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import regex

ACCEPT = -1
"""The step at which a pattern has matched."""

_SIZE = 4  # characters
_MOST_PATHS = 64
_FARTHEST = 256  # characters

# The test of one character, in any case that it is written.
_LITERAL = re.compile(r"\(\?(?!\w*i)\w*:\\U([0-9a-f]{8})\)").fullmatch


@dataclass(frozen=True, slots=True)
class Graph:
    """A program's steps, by their patterns.

    Args:
        start: Target at which a match begins.
        tests: Patterns of the single characters.
        steps: Number of the test and the next target, for each step.
        closures: For each target the steps that may come next, each with the assertions that must hold.
        assertions: Patterns of the assertions.
    """

    start: int
    tests: Sequence[str]
    steps: Sequence[tuple[int, int]]
    closures: Sequence[tuple[tuple[frozenset[int], int], ...]]
    assertions: Sequence[str]

    def following(self, target: int) -> set[int]:
        """Return the steps that may come next."""
        return {step for _, step in self.closures[target]}


@dataclass(frozen=True, slots=True)
class Beginnings:
    """The places where a match may begin.

    Args:
        first: Pattern of the first character.
        start: Pattern of the first characters, as many as ``size``; None if there are too many ways to write them.
        size: Number of these characters.
        literal: A character that every match has; empty if none is known.
        reach: Most characters of a match before it.
    """

    first: regex.Pattern[str]
    start: regex.Pattern[str] | None = None
    size: int = 1
    literal: str = ""
    reach: int = 0

    def find(self, text: str, at: int, stop: int) -> int:
        """Return the index at which a match may begin, from one index on; the other one if none may before it."""
        if self.literal:
            found_at = text.find(self.literal, at, stop)
            at = max(at, (stop if found_at < 0 else found_at) - self.reach)
        if self.start is not None and stop - at >= self.size:
            whole = self.start.search(text, at, stop)
            if whole is not None:
                return whole.start()
            at = stop - self.size + 1  # behind this the first characters may not all be there yet
        found = self.first.search(text, at, stop)
        return stop if found is None else found.start()


def beginnings(graph: Graph) -> Beginnings | None:
    """Find where matches of a program may begin; None if a match may begin with no character."""
    import regex

    def behind(needed: frozenset[int]) -> str:
        return "".join(text for each in sorted(needed) if (text := graph.assertions[each]).startswith("(?<"))

    begins = graph.closures[graph.start]
    if not begins or ACCEPT in graph.following(graph.start):
        return None
    tests = [graph.tests[test] for test, _ in graph.steps]
    union = "|".join(sorted({behind(needed) + tests[step] for needed, step in begins}))
    paths, size = _paths(graph)
    written = {behind(needed) + "".join(tests[step] for step in path) for needed, path in paths}
    start = regex.compile("|".join(sorted(written))) if size > 1 else None
    return Beginnings(regex.compile(union), start, size, *_literal(graph))


_Path: TypeAlias = "tuple[frozenset[int], tuple[int, ...]]"


def _paths(graph: Graph) -> tuple[set[_Path], int]:
    """Return the first steps of all matches, as many of them as every match has and few ways lead through."""
    paths: set[_Path] = {(needed, (step,)) for needed, step in graph.closures[graph.start]}
    for size in range(2, _SIZE + 1):
        longer: set[_Path] = set()
        for needed, path in paths:
            following = graph.following(graph.steps[path[-1]][1])
            longer |= {(needed, (*path, step)) for step in following}
            if ACCEPT in following or len(longer) > _MOST_PATHS:
                return paths, size - 1
        paths = longer
    return paths, _SIZE


def _literal(graph: Graph) -> tuple[str, int]:
    """Find the character that stands nearest to the beginning of every match, and how many stand before it at most."""
    best = "", _FARTHEST
    for number, test in enumerate(graph.tests):
        if found := _LITERAL(test):
            reach = _reach(graph, number, best[1])
            best = best if reach is None else (chr(int(found[1], 16)), reach)
    return best


def _reach(graph: Graph, test: int, below: int) -> int | None:
    """Return the most steps before a step with a test; None if a match goes around it, or there are that many."""
    targets = {graph.start}
    for reach in range(below):
        following = {step for target in targets for step in graph.following(target)}
        if ACCEPT in following:
            return None
        targets = {then for step in following for number, then in [graph.steps[step]] if number != test}
        if not targets:
            return reach
    return None
