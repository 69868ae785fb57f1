"""Cases of the operators that stop early: where they stop does not hang on how the source is cut."""

from __future__ import annotations

import re
from typing import Any

import streamkit as sk
from streamkit import operators as ops
from tests.operators.cases import Case, concat

MOONS = ["Io, Eur", "opa und 木星", " 🧑‍🚀👍🏽 + Ti", "tan."]
FAMILY = "👨‍👩‍👧"


def chunks(*texts: str) -> list[sk.Chunk]:
    return [sk.Chunk(content=text) for text in texts]


def in_chunks(values: list[Any]) -> str:
    return "".join(value.content for value in values)


def even(text: str) -> bool:
    return len(text) % 2 == 0


CASES: dict[str, Case] = {
    "until a text": Case(lambda: ops.until("木"), MOONS, "Io, Europa und 木", concat, stops=True),
    "until a pattern, exclusive": Case(
        lambda: ops.until(re.compile(r"\bT"), inclusive=False),
        MOONS,
        "Io, Europa und 木星 🧑‍🚀👍🏽 + ",
        concat,
        stops=True,
    ),
    "until, never met": Case(lambda: ops.until("Titanic", inclusive=False), chunks(*MOONS), "".join(MOONS), in_chunks),
    "until a condition": Case(lambda: ops.until(even), ["Io!", "Io", "Io"], ["Io!", "Io"], cut=None, stops=True),
    "until repeating": Case(
        lambda: ops.until_repeating(chars=8),
        ["Io. ", "木星. Io. ", "木星. Io. 木星. Io"],
        "Io. 木星. Io. 木星. Io. 木星. ",
        concat,
        stops=True,
    ),
    "until repeating, never": Case(ops.until_repeating, chunks(*MOONS), "".join(MOONS), in_chunks),
    "limit characters": Case(lambda: ops.limit(chars=15), MOONS, "Io, Europa und ", concat, stops=True),
    "limit characters in chunks": Case(
        lambda: ops.limit(chars=17), chunks(*MOONS), "Io, Europa und 木星", in_chunks, stops=True
    ),
    "limit characters, within one of several code points": Case(
        lambda: ops.limit(chars=21), MOONS, "Io, Europa und 木星 🧑‍🚀", concat, stops=True
    ),
    "limit characters to fewer than the first has": Case(
        lambda: ops.limit(chars=4), [FAMILY, FAMILY], "", concat, stops=True
    ),
    "limit characters to more than there are": Case(lambda: ops.limit(chars=100), MOONS, "".join(MOONS), concat),
    "limit tokens": Case(lambda: ops.limit(5), chunks(*MOONS), "Io, Europa und 木星", in_chunks, stops=True),
    "limit tokens to more than there are": Case(lambda: ops.limit(100), chunks(*MOONS), "".join(MOONS), in_chunks),
    "limit dollars": Case(
        lambda: ops.limit(cost=0.00002, model="openai/gpt-4o"), chunks(*MOONS), "Io, Euro", in_chunks, stops=True
    ),
    "limit seconds": Case(lambda: ops.limit(seconds=100), MOONS, "".join(MOONS), concat),
}
