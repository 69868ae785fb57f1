"""Files to write: an existing file is never destroyed by accident, and a system error becomes a StreamError."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from ..errors import ConfigurationError, StreamError

_LOCKED_BYTE = 2**62  # Windows locks a byte; this one is behind the end of any file


def check_free(path: str | os.PathLike[str], *, overwrite: bool) -> None:
    """Raise if writing a new file would destroy an existing one; nothing is changed.

    Args:
        path: The path of the new file.
        overwrite: True if an existing file may be replaced.

    Raises:
        ConfigurationError: There is a folder at the path, or a file that is not empty.
    """
    try:
        found = Path(path).stat()
    except OSError:
        return  # there is no file, or it cannot be examined: opening it raises then
    if stat.S_ISDIR(found.st_mode):
        raise ConfigurationError(f"{os.fspath(path)} is a folder: give the path of a file.")
    if stat.S_ISREG(found.st_mode) and found.st_size and not overwrite:
        raise ConfigurationError(
            f"The file {os.fspath(path)} is there already: give another path, or overwrite=True, or append=True."
        )


class Output:
    """A file to write; two writers that write it anew at the same time do not mix their output.

    Args:
        path: The path of the file, in a folder that exists.
        append: True to append to an existing file.
        overwrite: True to replace an existing file.
        flush: True to flush after each write; otherwise the system's buffer decides.

    Raises:
        ConfigurationError: The file cannot be opened, has another writer, or would be destroyed.
    """

    def __init__(self, path: str | os.PathLike[str], *, append: bool, overwrite: bool, flush: bool) -> None:
        self._path = path
        self._flush = flush
        if not append:
            check_free(path, overwrite=overwrite)
        try:
            self._file = _append(path) if append else _anew(path, overwrite)
        except OSError as error:
            raise ConfigurationError(f"The file {os.fspath(path)} cannot be opened: {error.strerror}.") from error

    def write(self, data: bytes) -> None:
        """Append data to the file.

        Raises:
            StreamError: The file cannot be written.
        """
        try:
            self._file.write(data)
            if self._flush:
                self._file.flush()
        except OSError as error:
            raise not_written(self._path, error) from error

    def close(self) -> None:
        """Flush and close the file.

        Raises:
            StreamError: The file cannot be written.
        """
        try:
            self._file.close()
        except OSError as error:
            raise not_written(self._path, error) from error

    def drop(self) -> None:
        """Close the file and ignore any error."""
        with contextlib.suppress(OSError):
            self._file.close()


def not_written(path: str | os.PathLike[str], error: OSError) -> StreamError:
    """Return the StreamError for a failed write; data that was written before stays in the file."""
    return StreamError(f"The file {os.fspath(path)} cannot be written: {error.strerror or error}.")


def _append(path: str | os.PathLike[str]) -> BinaryIO:
    return Path(path).open("ab")


def _anew(path: str | os.PathLike[str], overwrite: bool) -> BinaryIO:
    # The file is opened without truncating it, since another writer may have it open.
    file = open(path, "wb", opener=lambda name, flags: os.open(name, flags & ~os.O_TRUNC, 0o666))  # noqa: SIM115
    if _taken(file, path, overwrite):
        return file
    file.close()
    if not overwrite:
        raise ConfigurationError(f"The file {os.fspath(path)} is being written by another subscription.")
    Path(path).unlink()  # the other writer goes on with the unlinked file
    return Path(path).open("xb")


def _taken(file: BinaryIO, path: str | os.PathLike[str], overwrite: bool) -> bool:
    """Lock and truncate a file for this writer; return False if another writer has the lock."""
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return True
    if not locked(file):
        return False
    try:
        check_free(path, overwrite=overwrite)
        file.seek(0)
        file.truncate()
    except BaseException:
        file.close()
        raise
    return True


def locked(file: BinaryIO) -> bool:
    """Lock a file until the file is closed or this process ends; return False if another writer has the lock."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # the file system has no locks
        return True
    return True
