"""What derives events from chunks, as the blocks of tools see it; apart, since derivers hold such blocks themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ..chunk import Chunk
from ._event import Event


class Deriving(Protocol):
    """A deriver of events; see ``EventDeriver``."""

    def feed(self, chunk: Chunk) -> Iterable[Event]:
        """Add the next chunk and return the new events."""
        ...

    def flush(self) -> Iterable[Event]:
        """End the answer, because the source completed."""
        ...

    def fail(self, error: Exception) -> Iterable[Event]:
        """End the answer in an error."""
        ...
