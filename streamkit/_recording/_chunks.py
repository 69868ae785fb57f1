"""The recording of chunks from any source, which knows of no request: the way of the operator ``record``."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal, TypeAlias

from ..chunk import Chunk
from ..errors import StoppedError, StreamError
from ..scrub import Scrubber
from ._format import Header, RecordedEnd
from ._live import Ended, LiveRecording, Opened, Share
from ._recorder import Recorder

_State: TypeAlias = Literal["complete", "stopped", "failed", "unknown"]

_MAX_FILES = 10_000

_NO_SECRETS = Scrubber()


class ChunkRecorder:
    """Makes a recording for each subscription.

    Args:
        path: The path of a folder, or of a new file that ends in ``.jsonl``.
        max_bytes: Bytes of the chunks that are recorded.

    Raises:
        ConfigurationError: No file can be made there.
    """

    def __init__(self, path: str | os.PathLike[str], *, max_bytes: int) -> None:
        self._recorder = Recorder(path, when="always", prompts=True, max_bytes=max_bytes, max_files=_MAX_FILES)
        self._recorder.check()

    def begin(self, clock: Callable[[], float]) -> ChunkRecording:
        """Begin a recording.

        Args:
            clock: A function that returns the seconds since its beginning.
        """
        live = self._recorder.live(os.urandom(6).hex())
        return ChunkRecording(live, clock, max_bytes=self._recorder.max_bytes if self._recorder.claim() else 0)


class ChunkRecording:
    """Records the chunks of one subscription.

    Args:
        live: The recording.
        clock: A function that returns the seconds since its beginning.
        max_bytes: Bytes of the chunks that are recorded.
    """

    def __init__(self, live: LiveRecording, clock: Callable[[], float], *, max_bytes: int) -> None:
        self._live = live
        self._clock = clock
        self._share = Share(live, max_bytes)
        self._first: Chunk | None = None
        self._is_proven = self._over = False

    def add(self, chunk: Chunk) -> None:
        """Add a chunk."""
        if self._over:
            return
        if self._first is None:
            self._open(chunk)
        self._is_proven = self._is_proven or chunk.finish_reasons is not None
        self._share.add(self._clock(), chunk)

    def complete(self) -> None:
        """The source has completed, which is the provider's own end only if a chunk had a finish reason."""
        self._end("complete" if self._is_proven else "unknown")

    def stop(self) -> None:
        """The subscription was disposed."""
        self._end("stopped")

    def fail(self, error: Exception) -> None:
        """The source has failed.

        Args:
            error: The exception; of one that is not streamkit's, only the class is written.
        """
        known = error if isinstance(error, StreamError) else StreamError(f"The source raised {type(error).__name__}.")
        self._end("stopped" if isinstance(error, StoppedError) else "failed", known)

    def _open(self, first: Chunk) -> None:
        self._first = first
        self._live.put(Opened(self._describe, 0.0, prompts=True))

    def _describe(self) -> tuple[Header, Scrubber]:
        first = self._first or Chunk()
        return Header(kind="chunks", provider=first.provider or "foreign", model=first.model or "foreign"), _NO_SECRETS

    def _end(
        self, state: Literal["complete", "stopped", "failed", "unknown"], error: StreamError | None = None
    ) -> None:
        if self._over:
            return
        self._over = True
        if self._first is None:
            self._open(Chunk())
        self._share.left = -1
        end = RecordedEnd(state=state, ms=0, left_out=self._share.left_out)
        self._live.put(Ended(end, self._clock(), error))
        self._live.finish()
