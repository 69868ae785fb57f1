"""Timelines that the tests look at: one call, twelve lanes of every kind, a search of eighty; made in virtual time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator
from typing import Any

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events
from tests.stream.conversing import calls, provider

TEXT = (
    "Europa, a moon of Jupiter, has an ocean below its ice. Enceladus, a moon of Saturn, throws water into space. "
    "Titan has lakes of methane, and water deep below. "
)

WORDS = TEXT.split(" ")

THINKING = "The question is about moons with water. "


def paced(words: Iterable[str], *, seed: int, first: float = 0.4, stall_at: int = -1, whole: bool = True) -> list[Any]:
    """Return the steps of an answer that comes word by word, each some 40 ms behind the other."""
    rng = random.Random(seed)
    steps: list[Any] = [chat_events("")[0], first]
    for number, word in enumerate(words):
        steps += [rng.uniform(0.01, 0.07), chat_event({"content": f"{word} "})]
        if number == stall_at:
            steps.append(2.0)
    return [*steps, *(chat_events()[1:] if whole else [])]


async def _slow(stream: sk.Stream, seconds: float) -> None:
    async for _ in stream:
        await asyncio.sleep(seconds)


async def one_call() -> str:
    """Draw a call with thinking, a stall, and two readers of which one is slow."""
    thinking = [each for word in THINKING.split(" ") for each in (0.03, chat_event({"reasoning_content": f"{word} "}))]
    steps = paced(WORDS, seed=1, stall_at=12)
    stream = Script([*steps[:2], *thinking, *steps[2:]]).stream(vendor="deepseek")
    picture = sk.timeline(stream)
    await asyncio.gather(_slow(stream, 0.0), _slow(stream, 0.12))
    await stream.wait_closed()
    return picture.html


def orbiting() -> sk.Stream:
    """Make a conversation of three turns with tools."""

    async def orbit(moon: str) -> str:
        """Look up how long a moon takes."""
        await asyncio.sleep(0.3 * len(moon))
        if moon == "Titan":
            raise LookupError("no such moon")
        return f"{moon}: 1.8 days"

    def spaced(events: Iterable[bytes]) -> Iterator[Any]:
        for event in events:
            yield from (0.08, event)

    turns = (calls("Io", "Europa", text="Let me see. "), calls("Titan"), chat_events("Io takes ", "1.8 days."))
    model, _ = provider(*([0.4, *spaced(turn)] for turn in turns))
    return sk.converse(model, "How long?", tools=[orbit])


async def twelve_lanes() -> str:
    """Draw calls that are complete, stopped, cut and silent, and a conversation of three turns with tools."""
    steps = [
        paced(WORDS[: 8 + 4 * seed], seed=seed, stall_at=5 if seed == 3 else -1, whole=seed != 4) for seed in range(5)
    ]
    streams = [Script(each).stream(max_tokens=400) for each in steps]
    conversation = orbiting()
    picture = sk.timeline([*streams, conversation], title="Every kind of lane")

    async def read(number: int, stream: sk.Stream) -> None:
        await asyncio.sleep(number * 0.2)
        if number == 2:
            await stream.pipe(ops.text(), ops.until("ocean"), ops.join())
        else:
            await stream

    await asyncio.gather(*(read(*each) for each in enumerate([*streams, conversation])), return_exceptions=True)
    await asyncio.sleep(1)
    return picture.html


async def eighty_candidates() -> str:
    """Draw a search in which all but two of eighty lose."""
    rng = random.Random(3)
    scripts = [paced(WORDS * rng.randrange(1, 4), seed=seed, first=rng.uniform(0.2, 3)) for seed in range(80)]
    streams = [Script(each).stream(max_tokens=500) for each in scripts]

    def accept(response: sk.Response) -> bool:
        return response.content.count("Titan") == 3

    found = await sk.search(streams, accept=accept, keep=2, concurrency=80)
    await found.closed()
    return sk.timeline(found, title="Eighty candidates").html


SAMPLES = {"one": one_call, "twelve": twelve_lanes, "eighty": eighty_candidates}
"""The functions that draw them, by name."""
