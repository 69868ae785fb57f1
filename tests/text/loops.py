"""Texts in which a model is caught in a loop, and texts of every kind that repeat much and are none."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_EN = [
    "the",
    "moon",
    "of",
    "ice",
    "may",
    "hold",
    "an",
    "ocean",
    "under",
    "its",
    "shell",
    "and",
    "no",
    "light",
    "reaches",
]
_DE = ["der", "Mond", "aus", "Eis", "trägt", "wohl", "ein", "Meer", "unter", "seiner", "Schale", "und", "kein", "Licht"]
_WORDS = {
    "en": _EN,
    "de": _DE,
    "zh": list("木卫二的冰层下面可能有海洋而光线无法到达那里潮汐带来热量"),
    "emoji": ["🧑‍🚀", "👍🏽", "moon", "🌕", "ice", "and"],
}


def _words(chance: random.Random, language: str, number: int) -> str:
    joint = "" if language == "zh" else " "
    return joint.join(chance.choice(_WORDS[language]) for _ in range(number))


def _sentence(chance: random.Random, language: str) -> str:
    return _words(chance, language, chance.randint(4, 14)) + ("。" if language == "zh" else ". ")


def _period(chance: random.Random, kind: str) -> str:
    language = chance.choice(list(_WORDS))
    match kind:
        case "character":
            return chance.choice(["\n", " ", ".", "-", "哈", "0, "])
        case "phrase":
            return _words(chance, language, chance.randint(1, 4)) + " "
        case "sentence":
            return _sentence(chance, language)
        case "paragraph":
            return "".join(_sentence(chance, language) for _ in range(chance.randint(3, 12))) + "\n\n"
        case "rows":
            return "".join(
                f'{{"name": "{_words(chance, "en", 2)}", "size": {chance.randint(1, 9999)}}},\n' for _ in range(3)
            )
        case "code":
            return "".join(
                f"    {_words(chance, 'en', 1)} = {_words(chance, 'en', 1)}()\n" for _ in range(chance.randint(1, 5))
            )
        case _:
            return f"- {_words(chance, language, 5)}\n"


KINDS = ("character", "phrase", "sentence", "paragraph", "rows", "code", "item")


def loops(number: int) -> Iterator[tuple[str, int, int]]:
    """Yield texts that end in a loop, with where the loop begins and the length of its period.

    Of a hundred, four differ in one character here and there, two count on, and one returns in another order.
    """
    chance = random.Random(16)
    for index in range(number):
        before = "".join(_sentence(chance, "en") for _ in range(chance.randint(0, 20)))
        period = _period(chance, KINDS[index % len(KINDS)])
        kind = index % 100
        if kind in (20, 40, 60, 80):
            period = _period(chance, "paragraph")
            loop = "".join(_with_slip(chance, period) for _ in range(8))
        elif kind in (30, 70):
            period = "Step 1: look at the ice again. "
            loop = "".join(f"Step {step}: look at the ice again. " for step in range(1, 60))
        elif kind == 50:
            each = [_sentence(chance, "en") for _ in range(3)]
            period = "".join(each)
            loop = "".join("".join(chance.sample(each, 3)) for _ in range(30))
        else:
            loop = period * (4 + 3_000 // len(period))
        yield before + loop, len(before), len(period)


def _with_slip(chance: random.Random, period: str) -> str:
    at = chance.randrange(len(period))
    return period[:at] + "~" + period[at + 1 :] if chance.random() < 0.15 else period


def sound_texts() -> Iterator[tuple[str, str]]:
    """Yield names and texts that repeat much and are no loops: our code and pages, tables, JSON, lists and verses."""
    for pattern in ("docs/*.md", "*.md", "examples/*.py", "streamkit/**/*.py", "tests/operators/*.py"):
        for path in sorted(ROOT.glob(pattern)):
            yield str(path.relative_to(ROOT)), path.read_text()
    chance = random.Random(22)
    for index in range(20):
        rows = range(chance.randint(5, 80))
        yield (
            f"table {index}",
            "|a|b|c|\n|---|---|---|\n"
            + "".join(
                f"| {row} | {chance.choice(['yes', 'no'])} | {chance.choice(['', 'n/a', '0'])} |\n" for row in rows
            ),
        )
        yield (
            f"json {index}",
            ",\n".join(
                f'{{"x": {chance.randint(0, 9)}, "y": {chance.randint(0, 9)}, "b": {chance.choice(["true", "false"])}}}'
                for _ in rows
            ),
        )
        yield f"bits {index}", ", ".join(chance.choice("01") for _ in range(400))
        yield f"list {index}", "".join(f"{row + 1}. {_words(chance, 'en', 3)}\n" for row in rows)
        yield (
            f"code {index}",
            "".join(f"self.layer{row} = Linear({chance.randint(1, 64)}, {chance.randint(1, 64)})\n" for row in rows),
        )
        refrain = f"Oh {_words(chance, 'en', 6)},\nand {_words(chance, 'en', 5)}.\n\n"
        yield (
            f"song {index}",
            "".join("".join(f"{_sentence(chance, 'en')}\n" for _ in range(4)) + refrain for _ in range(6)),
        )
        yield f"rule {index}", "=" * 120 + "\n" + _sentence(chance, "en") + "\n" + "-" * 300
