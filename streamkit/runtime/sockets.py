"""Sockets of event loops, which can be shut down at once from any thread."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Any


class OpenSocket:
    """The socket under a connection.

    asyncio's sockets have a ``shutdown`` of their own. uvloop shows only the number of the descriptor, which may belong
    to another connection by the time the call is stopped, so its inode is compared with the original one.

    Args:
        found: The socket object of the event loop; None if there is none.
        transport: The event loop's transport for the socket; None if it cannot be reached.
    """

    __slots__ = ("_found", "_inode", "_transport")

    def __init__(self, found: Any, transport: Any = None) -> None:
        self._found = found
        self._transport = transport
        self._inode = _inode(found)

    def shut_down(self) -> None:
        """Shut the socket down at once, from any thread; do nothing if the socket is closed.

        Closing is not enough: a forked child may have a copy of the descriptor, and a blocked reader would not notice.
        """
        if self._found is None:
            return
        try:
            self._found.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # closed already
        except Exception:  # not a real socket, but the event loop's stand-in
            with contextlib.suppress(Exception):
                self._shut_down_copy()

    def abort(self) -> None:
        """Close the transport without waiting; must be called on the transport's loop."""
        self.shut_down()
        with contextlib.suppress(Exception):
            self._transport.abort()

    def _shut_down_copy(self) -> None:
        # The descriptor is copied, since its number could get reused between the comparison and the call.
        copy = os.dup(self._found.fileno())
        with socket.socket(fileno=copy) as ours:
            if _inode(ours) == self._inode:
                ours.shutdown(socket.SHUT_RDWR)


def _inode(found: Any) -> tuple[int, int] | None:
    """Return the device and inode, which distinguish a socket from a later one with the same descriptor number."""
    try:
        status = os.fstat(found.fileno())
    except Exception:  # not a socket, or closed
        return None
    return status.st_dev, status.st_ino
