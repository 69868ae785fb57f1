"""What an attempt brings before its first content: nobody sees it until the attempt is known not to be retried."""

from __future__ import annotations

from ..chunk import Chunk
from ..fold import Fold


class AttemptBuffer:
    """Chunks that are held back, with the bytes that they were decoded from.

    >>> held = Held()
    >>> held.add([Chunk(model="m")], size=20)
    >>> len(held.chunks), held.size
    (1, 20)
    """

    __slots__ = ("chunks", "size")

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self.size = 0

    def add(self, chunks: list[Chunk], size: int) -> None:
        """Hold more chunks back.

        Args:
            chunks: The chunks, in order.
            size: Bytes of the body that they were decoded from.
        """
        self.chunks += chunks
        self.size += size

    def fold(self) -> Fold | None:
        """Return the fold of what is held back; None if that is nothing."""
        if not self.chunks:
            return None
        fold = Fold()
        fold.add(self.chunks)
        return fold
