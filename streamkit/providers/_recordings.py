"""The recordings that come with streamkit, found by the names in their headers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from .._recording import Header, Recording, read_header, read_recording


@dataclass(frozen=True)
class ShippedRecording:
    """One recorded answer.

    Args:
        header: The header, with the prompts that it answers.
        file: The file.
    """

    header: Header
    file: Traversable = field(repr=False)

    @property
    def model(self) -> str:
        """The name behind ``replay/`` in a model string."""
        return f"{self.header.provider}:{self.header.name}"

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts that it answers."""
        return self.header.prompts or ()

    def read(self) -> Recording:
        """Return the whole recording."""
        return _read(self.file)


@cache
def recordings() -> tuple[ShippedRecording, ...]:
    """Return all recordings, sorted by the names of their files; only their headers are read.

    >>> sorted({recording.header.provider for recording in recordings()})
    ['anthropic', 'cohere', 'openai']
    """
    folder = files("streamkit.providers").joinpath("fixtures")
    found = sorted((each for each in folder.iterdir() if each.name.endswith(".jsonl")), key=lambda each: each.name)
    return tuple(ShippedRecording(read_header(each), each) for each in found)


@cache
def _read(file: Traversable) -> Recording:
    return read_recording(file)
