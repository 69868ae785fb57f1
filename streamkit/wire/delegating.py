"""The base of decoders that choose another decoder by the first bytes, and then delegate to it."""

from __future__ import annotations

from ..chunk import Chunk
from ..errors import StreamError
from .decoder import Decoder


class DelegatingDecoder:
    """Has the state of an inner decoder, which ``_follow`` copies."""

    error: StreamError | None = None
    saw_content: bool = False
    finish_seen: bool = False
    done: bool = False
    end_is_proven: bool = True

    def __init__(self) -> None:
        self.notes: list[tuple[str, dict[str, object]]] = []

    def _follow(self, inner: Decoder, chunks: list[Chunk]) -> list[Chunk]:
        """Copy the inner decoder's state (except ``end_is_proven``) and return its chunks."""
        self.error, self.finish_seen, self.done = inner.error, inner.finish_seen, inner.done
        self.saw_content = self.saw_content or inner.saw_content
        self.notes += inner.notes
        inner.saw_content = False
        inner.notes.clear()
        return chunks

    def _end_unproven(self) -> None:
        """End without an error although the provider has not proven the end."""
        self.error = None
        self.finish_seen, self.end_is_proven = True, False
