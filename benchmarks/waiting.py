"""What the operators cost that let text wait or ask about it: each beside a loop that does the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import streamkit as sk
from streamkit import operators as ops
from streamkit.text.sentences import Sentences
from streamkit.text.words import Words

from .measure import Cpu, Measured, in_turns
from .operators import Operator, loop_over
from .table import Figure, Report

_SENTENCE = 10  # chunks of a sentence
_RATE = 1e9  # characters a second: no timer is needed
_CONTEXT = 2_000  # characters before a passage
_GOALS = {"guard": 3.0, "smooth": 6.0, "until_judged": 4.0}


def main(*, quick: bool) -> list[Report]:
    """Measure each operator beside its loop."""
    chunks, rounds = (4_000, 3) if quick else (20_000, 9)
    return [asyncio.run(_measured(chunks, rounds))]


async def _measured(count: int, rounds: int) -> Report:
    texts = ["Then. " if at % _SENTENCE == 0 else "Word " for at in range(1, count + 1)]
    chunks = [sk.Chunk(content=text, plain=True) for text in texts]
    pairs: dict[str, tuple[Operator, Callable[[Iterable[Any]], None]]] = {
        "guard": (ops.guard(_allowed), _guard_by_hand),
        "smooth": (ops.smooth(_RATE), _smooth_by_hand),
        "until_judged": (ops.until_judged(_is_enough), _ask_by_hand),
    }
    ways: dict[str, Measured] = {}
    for name, (operator, by_hand) in pairs.items():
        ways[f"ops.{name}"] = _operator(chunks, operator)
        ways[f"{name} by hand"] = _by_hand(chunks, by_hand)
    series = await in_turns(ways, rounds)
    report = Report("Text that waits: CPU", ("way", "us a chunk"))
    report.rows = [(name, series.median(name)) for name in ways]
    for name, goal in _GOALS.items():
        report.figures.append(Figure(f"{name}: x by hand", series.ratio(f"ops.{name}", f"{name} by hand"), goal))
    return report


def _operator(chunks: list[Any], operator: Operator) -> Measured:
    source = loop_over(chunks)

    async def measured() -> float:
        return await source(lambda each: each.pipe(ops.text(), operator)) / len(chunks) * 1e6

    return measured


def _by_hand(chunks: list[Any], work: Callable[[Iterable[Any]], None]) -> Measured:
    async def measured() -> float:
        with Cpu() as cpu:
            work(chunks)
        return cpu.seconds / len(chunks) * 1e6

    return measured


def _allowed(text: str, before: str) -> bool:
    return "@@" not in text


def _is_enough(text: str) -> bool:
    return text.endswith("@@")


def _guard_by_hand(chunks: Iterable[Any]) -> None:
    sentences, before = Sentences(), ""
    for chunk in chunks:
        if chunk.content and not chunk.index:
            for sentence in sentences.feed(chunk.content):
                if not _allowed(sentence, before):
                    return
                before = (before + sentence)[-_CONTEXT:]
                _show(sentence)


def _smooth_by_hand(chunks: Iterable[Any]) -> None:
    words = Words()
    for chunk in chunks:
        if chunk.content and not chunk.index:
            for word in words.feed(chunk.content):
                _show(word)


def _ask_by_hand(chunks: Iterable[Any]) -> None:
    sentences, text = Sentences(), ""
    for chunk in chunks:
        if chunk.content and not chunk.index:
            _show(chunk.content)
            for sentence in sentences.feed(chunk.content):
                text += sentence
                if _is_enough(text):
                    return


def _show(text: str) -> None:
    pass
