"""``sk.recording``: the calls that are recorded: one call by ``record=``, or those of a whole program by a block."""

from __future__ import annotations

import os
from typing import Any, Literal, cast

from .._recording import SUFFIX, WRITER, Recorder, RecordPath, When
from ..errors import ConfigurationError
from ..runtime import SyncDoorError, may_block, to_thread
from ..settings import is_positive
from ._options import BLOCKS
from ._recorded import CallRecording

_MAX_BYTES = 16 * 2**20

_MAX_FILES = 10_000


class RecordingBlock(Recorder):
    """A recorder that is a block too, for all calls of the program."""

    def record(self, stream_id: str, before: CallRecording | None) -> CallRecording | None:
        """Begin the recording of a call; None if all files have been made.

        Args:
            stream_id: The id of the call.
            before: The recording of the call that this one replaces, which failed before any content.
        """
        if before is not None and (found := before.successor()) is not None:
            return found
        return CallRecording(self, self.live(stream_id)) if self.keeps or self.claim() else None

    def __enter__(self) -> RecordingBlock:
        if not may_block():
            raise SyncDoorError("Leaving 'with' would block the event loop that runs here: use 'async with'.")
        return self._enter()

    def __exit__(self, *_: object) -> None:
        BLOCKS.leave(self)
        WRITER.flush()

    async def __aenter__(self) -> RecordingBlock:
        return self._enter()

    async def __aexit__(self, *_: object) -> None:
        BLOCKS.leave(self)
        await to_thread(WRITER.flush, imports=False)

    def _enter(self) -> RecordingBlock:
        if self.path.suffix == SUFFIX and not self.path.is_dir():
            raise ConfigurationError(f"{self.path} is one file, and a block may make many calls: give a folder.")
        try:
            self.path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"The folder {self.path} cannot be made: {error.strerror}.") from None
        self.check()
        BLOCKS.enter(self)
        return self


def recording(
    path: RecordPath,
    *,
    when: When = "always",
    prompts: bool = False,
    max_bytes: int = _MAX_BYTES,
    max_files: int = _MAX_FILES,
) -> RecordingBlock:
    """Record calls: those of a whole program in a ``with`` or ``async with`` block, or one call by ``record=``.

    In a block every Stream that is made while the block is open is recorded, on all threads and event loops, also if it
    is sent later. A Stream with ``record=`` of its own goes where that says, and ``record=False`` records nothing.
    Leaving the block waits until what has come is on the disk.

    A folder gets one file for each Stream, named by its time, provider, model and id; no file is ever replaced. Files
    can be read by their owner only. Keys and account ids become stars; the prompt is left out, and so are the fields in
    which a provider repeats it.

    Args:
        path: A folder, which a block makes if it is not there; or for ``record=`` a new file that ends in ``.jsonl``.
        when: ``"always"``; ``"failed"`` for the calls that end with an error; or a function of the Response that
            returns True for the calls to keep. The last two hold the answer in memory until its end.
        prompts: True to write the request's body too.
        max_bytes: Bytes of each answer that are recorded; the end of a longer one says how much is left out.
        max_files: The number of files that are made at most.

    Raises:
        ConfigurationError: An argument is of the wrong type; or, at the beginning of a block, the folder cannot be
            made or written to.

    >>> import tempfile
    >>> from streamkit.testing import Script, chat_events
    >>> with recording(tempfile.mkdtemp(), when="failed") as incidents:
    ...     _ = Script(chat_events("Io")).stream().run()
    >>> incidents.written
    0
    """
    if not isinstance(cast("object", path), (str, os.PathLike)) or not os.fspath(path):
        raise ConfigurationError(f"recording({path!r}): give the path of a folder, or of a new file.")
    if not callable(when) and when not in ("always", "failed"):
        raise ConfigurationError(f'recording(when={when!r}): give "always", "failed", or a function of the Response.')
    for name, value in (("max_bytes", max_bytes), ("max_files", max_files)):
        if not is_positive(value, whole=True):
            raise ConfigurationError(f"recording({name}={value!r}): give a whole number above 0.")
    return RecordingBlock(path, when=when, prompts=bool(prompts), max_bytes=max_bytes, max_files=max_files)


def as_recorder(value: Any) -> RecordingBlock | Literal[False]:
    """Return the recorder that a value of ``record=`` means; False for none.

    Args:
        value: A path, a recorder, or False.

    Raises:
        ConfigurationError: It is none of these, or nothing can be recorded there.
    """
    if value is False:
        return False
    if not isinstance(value, (RecordingBlock, str, os.PathLike)):
        raise ConfigurationError(f"record={value!r}: give a path, sk.recording(…), or False.")
    found = value if isinstance(value, RecordingBlock) else recording(cast("RecordPath", value))
    if found.written == 0:  # the later calls of a Stream get names beside the first
        found.check()
    return found
