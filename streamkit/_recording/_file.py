"""The file of a recording: made anew and for its owner only, appended to, and never one that is there already."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

_MODE = 0o600  # an answer is its owner's

_WRITE = os.O_WRONLY | getattr(os, "O_BINARY", 0)  # Windows would write two bytes for the end of a line

SUFFIX = ".jsonl"


class RecordingFile:
    """A new file, which is opened for each write: thousands of calls would need thousands of open files.

    Args:
        names: The paths to try, of which the first that is free is taken.

    Raises:
        OSError: The file cannot be made.
    """

    def __init__(self, names: Iterator[Path]) -> None:
        self.path = _claim(names)

    def append(self, data: bytes) -> None:
        """Append data.

        Raises:
            OSError: The file cannot be written.
        """
        self._write(data, 0, os.SEEK_END)

    def write_at(self, position: int, data: bytes) -> None:
        """Write data over what is at a position.

        Raises:
            OSError: The file cannot be written.
        """
        self._write(data, position, os.SEEK_SET)

    def _write(self, data: bytes, position: int, whence: int) -> None:
        file = os.open(self.path, _WRITE)
        try:
            os.lseek(file, position, whence)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
        finally:
            os.close(file)


def _claim(names: Iterator[Path]) -> Path:
    """Make an empty file under the first name that is free, and return its path."""
    while True:
        path = next(names)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, _WRITE | os.O_CREAT | os.O_EXCL, _MODE))
            return path


def numbered(path: Path) -> Iterator[Path]:
    """Yield a path and more beside it: ``moon.jsonl``, ``moon-2.jsonl``, ``moon-3.jsonl`` and so on.

    >>> names = numbered(Path("moon.jsonl"))
    >>> next(names).name, next(names).name
    ('moon.jsonl', 'moon-2.jsonl')
    """
    yield path
    stem = path.name.removesuffix(SUFFIX)
    for number in itertools.count(2):
        yield path.with_name(f"{stem}-{number}{SUFFIX}")
