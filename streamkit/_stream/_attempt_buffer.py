"""The chunks of an attempt before its first content: nobody sees them until the attempt can no longer be retried."""

from __future__ import annotations

from ..chunk import Chunk
from ..fold import Fold


class AttemptBuffer:
    """A buffer of chunks, with the number of bytes that they were decoded from.

    >>> buffered = AttemptBuffer()
    >>> buffered.add([Chunk(model="m")], size=20)
    >>> len(buffered.chunks), buffered.size
    (1, 20)
    """

    __slots__ = ("chunks", "size")

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self.size = 0

    def add(self, chunks: list[Chunk], size: int) -> None:
        """Buffer more chunks.

        Args:
            chunks: The chunks, in order.
            size: The bytes of the body that the chunks were decoded from.
        """
        self.chunks += chunks
        self.size += size

    def fold(self) -> Fold | None:
        """Return the fold of the buffered chunks; None if there are none."""
        if not self.chunks:
            return None
        fold = Fold()
        fold.add(self.chunks)
        return fold
