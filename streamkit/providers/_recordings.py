"""The recordings that come with streamkit: one file each, with a header and then one line for each event."""

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
        provider: The provider's name.
        name: The recording's name, unique for the provider.
        prompts: The prompts that it answers.
        model: The model's name in the request.
        about: A sentence on the purpose of the recording.
        file: The file with the events.
    """

    provider: str
    name: str
    prompts: tuple[str, ...]
    model: str
    about: str
    file: Traversable = field(repr=False)

    def steps(self) -> tuple[tuple[float, bytes], ...]:
        """Return the events: pairs of the seconds since the event before and the event's bytes."""
        return _steps(self.file)


@cache
def recordings() -> tuple[Recording, ...]:
    """Return all recordings, sorted by name; only their headers are read.

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
