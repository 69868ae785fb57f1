"""Cases of `redact`: what it removes does not hang on how the source is cut."""

from __future__ import annotations

import re
from typing import Any

import streamkit as sk
from streamkit import operators as ops
from streamkit.operators import patterns
from tests.operators.cases import Case, concat

TEXTS = ["Der Schlüssel: sk-1", "23, 木星", " io@exa", "mple.org 👩‍🚀", "👍🏽."]
KEY = re.compile(r"sk-\d+")


def chunks(*texts: str) -> list[sk.Chunk]:
    return [sk.Chunk(content=text) for text in texts]


def in_chunks(values: list[Any]) -> str:
    return "".join(value.content for value in values)


def vowels(sentence: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer("[aeiou]+", sentence)]


CASES: dict[str, Case] = {
    "redact a pattern": Case(
        lambda: ops.redact(KEY, "…"), TEXTS, "Der Schlüssel: …, 木星 io@example.org 👩‍🚀👍🏽.", concat
    ),
    "redact a text of several code points": Case(
        lambda: ops.redact("👩‍🚀"), TEXTS, "Der Schlüssel: sk-123, 木星 io@example.org [redacted]👍🏽.", concat
    ),
    "redact several patterns": Case(
        lambda: ops.redact({"key": KEY, "planet": "木星", **patterns.ALL}, lambda match: f"<{len(match.text)}>"),
        TEXTS,
        "Der Schlüssel: <6>, <2> <14> 👩‍🚀👍🏽.",
        concat,
    ),
    "redact with a function": Case(
        lambda: ops.redact(vowels, "_"), ["Io is. Eu", "ropa is", "."], "I_ _s. E_r_p_ _s.", concat
    ),
    "redact chunks": Case(
        lambda: ops.redact(KEY, "…"), chunks(*TEXTS), "Der Schlüssel: …, 木星 io@example.org 👩‍🚀👍🏽.", in_chunks
    ),
    "redact, and nothing matches": Case(lambda: ops.redact("Titan"), TEXTS, "".join(TEXTS), concat),
}
