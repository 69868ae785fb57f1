"""Sentences of our own in eleven languages, as a model might write them, and how well their borders are found.

A file of `sentences/` holds one sentence a line, in the order of its text; each ⏎ at its end stands for a line
end behind it, otherwise a space follows (in Chinese and Japanese nothing). Files _2, _3 and _4 were written after the
rules, without a look at their lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

FOLDER = Path(__file__).parent / "sentences"
UNSPACED = ("ja", "zh")


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.txt"))


def languages() -> list[str]:
    return sorted({path.name[:2] for path in files()})


def sentences(path: Path) -> list[str]:
    """Read the sentences of a file, each with the white space behind it."""
    space = "" if path.name[:2] in UNSPACED else " "
    found: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        sentence = line.rstrip("⏎")
        found.append(sentence + ("\n" * (len(line) - len(sentence)) or space))
    return [*found[:-1], found[-1].rstrip()]


def borders(units: Sequence[str]) -> set[int]:
    """Say where units meet, in visible characters: on which side white space stands is another question."""
    return set(accumulate(len("".join(unit.split())) for unit in units[:-1]))


@dataclass(frozen=True, slots=True)
class Score:
    """How many borders were found, how many of the found are none, how many were missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @classmethod
    def of(cls, found: Sequence[str], expected: Sequence[str]) -> Score:
        ours, theirs = borders(found), borders(expected)
        return cls(len(ours & theirs), len(ours - theirs), len(theirs - ours))

    def __add__(self, other: Score) -> Score:
        return Score(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.wrong + self.missed)
