"""A file that one writer at a time may have."""

from __future__ import annotations

import sys
from typing import BinaryIO

_BEHIND = 2**62  # where Windows locks a byte that no file has


def locked(file: BinaryIO) -> bool:
    """Take a file until it is closed, or this process ends; return False if somebody else has it.

    Args:
        file: An open file.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_BEHIND)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a file system that knows no locks
        return True
    return True
