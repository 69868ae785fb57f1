"""Sockets that are shut down at once, from any thread, whichever event loop has opened them."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Any


class OpenSocket:
    """The socket under a connection.

    asyncio shows its sockets with a ``shutdown`` of their own. uvloop shows only the descriptor's number, which
    may be that of another connection by the time somebody stops the call: it is compared with what it was.

    Args:
        found: The socket as the event loop shows it; None if there is none.
        transport: The event loop's transport above it, where that can be reached.
    """

    __slots__ = ("_found", "_inode", "_transport")

    def __init__(self, found: Any, transport: Any = None) -> None:
        self._found = found
        self._transport = transport
        self._inode = _inode(found)

    def shut_down(self) -> None:
        """Shut it down at once, from any thread; one that is closed already is left alone.

        Closing alone would not do: a forked child may hold a copy of the descriptor, and a reader that is
        parked in it would not notice.
        """
        if self._found is None:
            return
        try:
            self._found.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # closed already
        except Exception:  # no socket, but what a loop shows in its place
            with contextlib.suppress(Exception):
                self._shut_down_copy()

    def abort(self) -> None:
        """Close the transport without waiting for anything; on its loop."""
        self.shut_down()
        with contextlib.suppress(Exception):
            self._transport.abort()

    def _shut_down_copy(self) -> None:
        # A copy, for the number could change hands between the comparison and the call.
        copy = os.dup(self._found.fileno())
        with socket.socket(fileno=copy) as ours:
            if _inode(ours) == self._inode:
                ours.shutdown(socket.SHUT_RDWR)


def _inode(found: Any) -> tuple[int, int] | None:
    """Tell a socket from every other that may get its number."""
    try:
        status = os.fstat(found.fileno())
    except Exception:  # it is no socket, or closed
        return None
    return status.st_dev, status.st_ino
