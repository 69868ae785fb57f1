"""Cases of `route_tags`: what goes where does not hang on how the answer is cut."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import streamkit as sk
from streamkit import operators as ops
from tests.operators.cases import Case

Runs = list[tuple[str, str]]


def chunks(*texts: str, index: int = 0) -> list[sk.Chunk]:
    return [sk.Chunk(content=text, index=index) for text in texts]


def runs(values: list[Any]) -> Runs:
    """Return the fields with text and their texts, neighbours joined, choice by choice."""
    found = [
        (f"{name}{chunk.index or ''}", text)
        for chunk in sorted(values, key=lambda chunk: chunk.index)
        for name in ("thinking", "content", "tool_plan")
        if (text := getattr(chunk, name))
    ]
    return [(name, "".join(text for _, text in each)) for name, each in groupby(found, key=lambda pair: pair[0])]


R1 = chunks("<thi", "nk>\n木星 has 👩‍🚀", "?</thin", "k>\n", "\nEuro", "pa 👍🏽")

CASES: dict[str, Case] = {
    "route_tags": Case(
        lambda: ops.route_tags("think"), R1, [("thinking", "\n木星 has 👩‍🚀?"), ("content", "Europa 👍🏽")], runs
    ),
    "route_tags, of two choices": Case(
        lambda: ops.route_tags("think"),
        [*R1[:2], *chunks("Io <thi", "nk>", index=1), *R1[2:]],
        [("thinking", "\n木星 has 👩‍🚀?"), ("content", "Europa 👍🏽"), ("content1", "Io <think>")],
        runs,
    ),
    "route_tags anywhere": Case(
        lambda: ops.route_tags("think", ("[T]", "[/T]"), anywhere=True),
        chunks("Io `<th", "ink>` <think a=", "'1'>Ice?</think", ">\nand [", "T]Titan[", "/T] 火星"),
        [
            *(("content", "Io `<think>` "), ("thinking", "Ice?")),
            *(("content", "\nand "), ("thinking", "Titan"), ("content", " 火星")),
        ],
        runs,
    ),
    "route_tags, opened by the prompt": Case(
        lambda: ops.route_tags("think", opened=True, to="tool_plan"),
        chunks("Ice", "?\n</", "think>\n\n", "Io"),
        [("tool_plan", "Ice?\n"), ("content", "Io")],
        runs,
    ),
    "route_tags, and none comes": Case(
        lambda: ops.route_tags("think"), chunks("Eu", "ro<", "think>pa"), [("content", "Euro<think>pa")], runs
    ),
}
