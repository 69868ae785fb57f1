"""Files to write: opened without destroying an existing one, locked for one writer, with errors of ours."""

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
    """Raise if writing a new file would destroy one; nothing is changed.

    Args:
        path: Where it would be written.
        overwrite: What stands there may go.

    Raises:
        ConfigurationError: Something stands there: a folder, or a file that is not empty.
    """
    try:
        found = Path(path).stat()
    except OSError:
        return  # there is none, or it cannot be looked at: who opens it will hear of it
    if stat.S_ISDIR(found.st_mode):
        raise ConfigurationError(f"{os.fspath(path)} is a folder: give the path of a file.")
    if stat.S_ISREG(found.st_mode) and found.st_size and not overwrite:
        raise ConfigurationError(
            f"The file {os.fspath(path)} is there already: give another path, or overwrite=True, or append=True."
        )


class Output:
    """A file that is written to; two that write it anew at the same time do not write into each other.

    Args:
        path: The file; its folder must be there.
        append: It is added to.
        overwrite: It is begun anew, whatever stands there.
        flush: What is written reaches the file at once; else when some has been gathered.

    Raises:
        ConfigurationError: It cannot be opened, somebody else is writing it, or it would be destroyed.
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
        """Write behind what has been written.

        Raises:
            StreamError: That is not possible.
        """
        try:
            self._file.write(data)
            if self._flush:
                self._file.flush()
        except OSError as error:
            raise not_written(self._path, error) from error

    def close(self) -> None:
        """Write what was gathered, and close it.

        Raises:
            StreamError: That is not possible.
        """
        try:
            self._file.close()
        except OSError as error:
            raise not_written(self._path, error) from error

    def drop(self) -> None:
        """Close it where nobody needs to hear of an error, or hears of another."""
        with contextlib.suppress(OSError):
            self._file.close()


def not_written(path: str | os.PathLike[str], error: OSError) -> StreamError:
    """Say in our terms that a file could not be written; what had been written stays in it.

    Args:
        path: The file.
        error: The system's error.
    """
    return StreamError(f"The file {os.fspath(path)} cannot be written: {error.strerror or error}.")


def _append(path: str | os.PathLike[str]) -> BinaryIO:
    return Path(path).open("ab")


def _anew(path: str | os.PathLike[str], overwrite: bool) -> BinaryIO:
    # Opened without emptying it: somebody may be writing it.
    file = open(path, "wb", opener=lambda name, flags: os.open(name, flags & ~os.O_TRUNC, 0o666))  # noqa: SIM115
    if _taken(file, path, overwrite):
        return file
    file.close()
    if not overwrite:
        raise ConfigurationError(f"The file {os.fspath(path)} is being written by another subscription.")
    Path(path).unlink()  # whoever is writing it goes on by himself
    return Path(path).open("xb")


def _taken(file: BinaryIO, path: str | os.PathLike[str], overwrite: bool) -> bool:
    """Empty a file and keep it for this writer; return False if there is another."""
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
    """Lock a file until it is closed or this process ends; return False if another writer has locked it.

    Args:
        file: The open file.
    """
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
