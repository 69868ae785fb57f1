"""The decoder of a recorded answer: its bytes go through the wire's own, and the end is the one that was seen."""

from __future__ import annotations

from ..chunk import Chunk
from ..errors import StoppedError, StreamError, TruncatedError
from ..wire import Decoder
from ..wire.decoder import DelegatingDecoder
from ._format import RecordedEnd, error_of


class ChunkBytes(bytes):
    """A chunk on its way through a reader of bytes, which only the decoder opens."""

    chunk: Chunk

    @classmethod
    def of(cls, chunk: Chunk) -> ChunkBytes:
        """Return the bytes of a chunk: as many as its event had.

        Args:
            chunk: The chunk.
        """
        found = cls(len(chunk.payload or b"") or 1)
        found.chunk = chunk
        return found


class RecordedDecoder(DelegatingDecoder):
    """Decodes what is played; it never finds an end that is better than the recorded one.

    Args:
        inner: The decoder of the bytes; None for chunks.
        end: The end as it was seen; None if the recording breaks off, or a fault ends the answer.
    """

    def __init__(self, inner: Decoder | None, end: RecordedEnd | None) -> None:
        super().__init__()
        self._inner = inner
        self._end = end
        if inner is not None:
            self.opened_as = getattr(inner, "opened_as", None)

    def feed(self, data: bytes) -> list[Chunk]:
        """Add bytes and return the chunks that they complete, or the chunk that they are."""
        if self._inner is None:
            self.saw_content = True
            return [data.chunk] if isinstance(data, ChunkBytes) else []
        chunks = self._follow(self._inner, self._inner.feed(data))
        self._keep_the_end()
        return chunks

    def finish(self) -> list[Chunk]:
        """End the input and return the last chunks; afterwards either ``finish_seen`` or ``error`` is set."""
        chunks: list[Chunk] = []
        if self._inner is not None:
            chunks = self._follow(self._inner, self._inner.finish())
        elif self._end is None:
            self.error = TruncatedError("The recording breaks off before its end.")
        else:
            self.finish_seen = self.done = True
        self._keep_the_end()
        if self._end is not None and self._end.state in ("failed", "stopped"):
            self.error = recorded_error(self._end)
        return chunks

    def _keep_the_end(self) -> None:
        if self._end is None:
            return
        if self._end.state in ("failed", "stopped"):
            self.finish_seen = self.done = False
        elif self._end.state == "unknown":
            self.end_is_proven = False


def recorded_error(end: RecordedEnd) -> StreamError:
    """Return the error of an end, with which a reader of the call ended.

    Args:
        end: The end of a call that has failed or was stopped.
    """
    if end.error is not None:
        return error_of(end.error)
    if end.state == "stopped":
        by = f" by {end.stopped_by}" if end.stopped_by else ""
        return StoppedError(f"The stream was stopped{by} before its end.", by=end.stopped_by)
    return StreamError("The call failed; the recording does not say why.")
