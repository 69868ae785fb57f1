"""Measuring: CPU time of this process alone, rounds that take turns, and medians."""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

Measured = Callable[[], Awaitable[float]]


@dataclass(slots=True)
class Series:
    """What each of several ways gave, round by round."""

    values: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def add(self, name: str, value: float) -> None:
        """Take one more value of a way."""
        self.values.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        """The middle value of a way."""
        return median(self.values[name])

    def least(self, name: str) -> float:
        """The smallest value of a way: what it takes when nothing disturbs it."""
        return min(self.values[name])

    def least_ratio(self, name: str, other: str) -> float:
        """How the smallest values of two ways compare."""
        return self.least(name) / self.least(other)

    def spread(self, name: str, other: str) -> str:
        """The ratios of all rounds, from the smallest to the largest, as ``0.21-0.25``."""
        ratios = [a / b for a, b in zip(self.values[name], self.values[other], strict=True)]
        return f"{min(ratios):.2f}-{max(ratios):.2f}"

    def ratio(self, name: str, other: str) -> float:
        """How one way compares with another in the middle round: both of a round met the same machine."""
        return median(a / b for a, b in zip(self.values[name], self.values[other], strict=True))


async def in_turns(ways: dict[str, Measured], rounds: int) -> Series:
    """Measure every way once a round, each round beginning with another one.

    Args:
        ways: Functions to measure, by name; each returns a value.
        rounds: Number of rounds.
    """
    series = Series()
    names = list(ways)
    for each in names:
        await ways[each]()  # imports, caches and connections
    for turn in range(rounds):
        for each in rotated(names, turn):
            gc.collect()
            series.add(each, await ways[each]())
    return series


def rotated(names: Sequence[str], turn: int) -> list[str]:
    """Return the names beginning with another one each turn.

    >>> rotated(["a", "b", "c"], 1)
    ['b', 'c', 'a']
    """
    start = turn % len(names)
    return [*names[start:], *names[:start]]


def core_wait() -> float:
    """The seconds that this process was ready but had no core; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


class Cpu:
    """The user and system time that this process takes inside the ``with`` block, all its threads."""

    def __enter__(self) -> Cpu:
        self._started = time.process_time()
        self.seconds = 0.0
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.process_time() - self._started
