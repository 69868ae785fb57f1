"""What every wire decoder is: bytes in, chunks out, and what it knows of the end."""

from __future__ import annotations

from typing import Protocol

from ..chunk import Chunk
from ..errors import StreamError


class Decoder(Protocol):
    """Turn the bytes of one answer into chunks, without any I/O.

    ``feed`` and ``finish`` never raise on input: what is wrong with it stands in ``error``.
    """

    error: StreamError | None
    """What ended the answer, once something has."""
    saw_content: bool
    """Content has come since the reader last set this to False."""
    finish_seen: bool
    """The provider has proven the end; usage and the sentinel may still follow."""
    done: bool
    """Nothing more can come that counts."""
    end_is_proven: bool
    """An end, once it has come, is the provider's own and not somebody's guess."""
    notes: list[tuple[str, dict[str, object]]]
    """What is worth a log line: an event's name and its fields, for the reader to log and clear."""

    def feed(self, data: bytes) -> list[Chunk]:
        """Take the next bytes and return the chunks that they complete."""
        ...

    def finish(self) -> list[Chunk]:
        """Take the end of the body; afterwards either ``finish_seen`` or ``error`` is set."""
        ...
