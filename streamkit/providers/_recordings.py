"""The recordings that come with streamkit: one file each, a header and then one line an event."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable


@dataclass(frozen=True)
class Recording:
    """One recorded answer.

    Args:
        provider: Whose wire it is.
        name: What tells it from the provider's other ones.
        prompts: What it answers.
        model: The model that its request names.
        about: What it is there to show.
        file: Where its events are.
    """

    provider: str
    name: str
    prompts: tuple[str, ...]
    model: str
    about: str
    file: Traversable = field(repr=False)

    def steps(self) -> tuple[tuple[float, bytes], ...]:
        """Return the events: seconds since the one before, and its bytes."""
        return _steps(self.file)


@cache
def recordings() -> tuple[Recording, ...]:
    """Return every recording, in order of their names; only their headers are read.

    >>> sorted({recording.provider for recording in recordings()})
    ['anthropic', 'cohere', 'openai']
    """
    folder = files("streamkit.providers").joinpath("fixtures")
    found = sorted((each for each in folder.iterdir() if each.name.endswith(".jsonl")), key=lambda each: each.name)
    return tuple(map(_recording, found))


def _recording(file: Traversable) -> Recording:
    with file.open(encoding="utf-8") as lines:
        header = json.loads(lines.readline())
    prompts = tuple(header.pop("prompts"))
    return Recording(**header, prompts=prompts, file=file)


@cache
def _steps(file: Traversable) -> tuple[tuple[float, bytes], ...]:
    with file.open(encoding="utf-8") as lines:
        lines.readline()
        return tuple((milliseconds / 1000, text.encode()) for milliseconds, text in map(json.loads, lines))
