"""A recorder: the files of recorded calls, their names, their number, and the condition under which one is kept."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..errors import ConfigurationError
from ..forks import new_lock
from ..runtime.logging import warning
from ._file import SUFFIX, RecordingFile, numbered
from ._format import Header
from ._live import LiveRecording

if TYPE_CHECKING:
    from ..response import Response

When: TypeAlias = "Literal['always', 'failed'] | Callable[[Response], object]"

RecordPath: TypeAlias = "str | os.PathLike[str]"


_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9.]+")

_LONGEST = 40  # characters of a provider's or a model's name in the name of a file


class Recorder:
    """Makes the files of recorded calls.

    Args:
        path: The path of a folder, or of a new file that ends in ``.jsonl``.
        when: The condition of a file, as for ``sk.recording``.
        prompts: True if the prompts are written too.
        max_bytes: Bytes of each answer that are written.
        max_files: The number of files.
    """

    def __init__(self, path: RecordPath, *, when: When, prompts: bool, max_bytes: int, max_files: int) -> None:
        self.path = Path(path)
        self.when: When = when
        self.prompts = prompts
        self.max_bytes = max_bytes
        self.written = 0
        """The number of files that were made."""
        self.failed = 0
        """The number of files that could not be made, or not be written to their end."""
        self._max_files = max_files
        self._lock = new_lock()
        self._claimed = 0
        self._is_folder = False
        self._full_noted = False

    def __repr__(self) -> str:
        return f"<recording {self.path}, {self.written} files>"

    def check(self) -> None:
        """Check that a file can be made; nothing is changed.

        Raises:
            ConfigurationError: The folder is not there or cannot be written to, or the file is there already.
        """
        path = self.path
        self._is_folder = path.is_dir()  # from now on: the folder may go away
        if self._is_folder:
            folder = path
        elif path.suffix != SUFFIX:
            raise ConfigurationError(f"There is no folder {path}, and the file of a recording ends in {SUFFIX}.")
        elif path.exists():
            raise ConfigurationError(f"The recording {path} is there already: give another path, or a folder.")
        else:
            folder = path.parent
        if not os.access(folder, os.W_OK | os.X_OK):
            problem = "cannot be written to" if folder.is_dir() else "is not there"
            raise ConfigurationError(f"The folder {folder} {problem}, so nothing can be recorded.")

    @property
    def keeps(self) -> bool:
        """Whether the end of a call decides if it is written."""
        return self.when != "always"

    def live(self, stream_id: str) -> LiveRecording:
        """Begin the recording of a call; nothing is written yet.

        Args:
            stream_id: The id of the call, for the name of a file in a folder.
        """

        def make_file(header: Header) -> RecordingFile:
            found = RecordingFile(self._names(header, stream_id))
            self.written += 1
            return found

        return LiveRecording(make_file, self._report, keeps=self.keeps)

    def _names(self, header: Header, stream_id: str) -> Iterator[Path]:
        if not self._is_folder:
            return numbered(self.path)
        started = re.sub(r"[^0-9T.]", "", (header.started or "").partition("+")[0])
        names = [_NOT_IN_A_NAME.sub("-", each)[:_LONGEST].strip("-.") for each in (header.provider, header.model)]
        return numbered(self.path / f"{'_'.join([started, *names, stream_id])}{SUFFIX}")

    def claim(self) -> bool:
        """Return whether one more file may be made; that none may is logged the first time."""
        with self._lock:
            self._claimed += 1
            if self._claimed <= self._max_files:
                return True
            noted, self._full_noted = self._full_noted, True
        if not noted:
            warning("recordings_full", folder=str(self.path), files=self._max_files)
        return False

    def _report(self, error: Exception) -> None:
        self.failed += 1
        if self.failed == 1:
            reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
            hint = f"A recording cannot be written in {self.path} ({reason}); the call goes on."
            warning("recording_failed", path=str(self.path), hint=hint)
