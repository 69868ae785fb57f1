"""A decoder that hands its bytes on to another, chosen when the first of them have told which."""

from __future__ import annotations

from ..chunk import Chunk
from ..errors import StreamError
from .decoder import Decoder


class DelegatingDecoder:
    """The state of a decoder that is another's; ``_follow`` takes it over."""

    error: StreamError | None = None
    saw_content: bool = False
    finish_seen: bool = False
    done: bool = False
    end_is_proven: bool = True

    def __init__(self) -> None:
        self.notes: list[tuple[str, dict[str, object]]] = []

    def _follow(self, inner: Decoder, chunks: list[Chunk]) -> list[Chunk]:
        """Say of oneself what the other says, but for ``proven``; returns the chunks that it gave."""
        self.error, self.finish_seen, self.done = inner.error, inner.finish_seen, inner.done
        self.saw_content = self.saw_content or inner.saw_content
        self.notes += inner.notes
        inner.saw_content = False
        inner.notes.clear()
        return chunks

    def _end_unproven(self) -> None:
        """End without an error where the provider has not proven the end."""
        self.error = None
        self.finish_seen, self.end_is_proven = True, False
