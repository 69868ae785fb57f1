"""An open socket is shut down at once from any thread, and never another connection's."""

from __future__ import annotations

import os
import socket
import threading

from streamkit.transport import OpenSocket
from tests.programs import SAFETY


def test_a_socket_that_is_shut_down_wakes_its_reader_even_while_a_copy_is_open() -> None:
    ours, theirs = socket.socketpair()
    copy, read = ours.dup(), list[bytes]()
    reader = threading.Thread(target=lambda: read.append(ours.recv(1)))
    reader.start()
    OpenSocket(ours).shut_down()
    reader.join(timeout=SAFETY)
    assert (read, theirs.recv(1)) == ([b""], b"")
    for each in (ours, theirs, copy):
        each.close()
    OpenSocket(ours).shut_down()
    OpenSocket(None).shut_down()


class Shown:
    """A socket as uvloop shows it: its number, and a ``shutdown`` that only raises."""

    def __init__(self, number: int) -> None:
        self.number = number

    def fileno(self) -> int:
        return self.number

    def shutdown(self, _: int) -> None:
        raise TypeError("transport sockets do not support shutdown() method")


def test_a_socket_of_which_only_the_number_is_shown_is_shut_down_too() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        OpenSocket(Shown(ours.fileno())).shut_down()
        assert theirs.recv(1) == b"" and ours.fileno() != -1


def test_a_number_that_another_connection_has_got_meanwhile_is_left_alone() -> None:
    ours, theirs = socket.socketpair()
    others, far = socket.socketpair()
    found = OpenSocket(Shown(ours.fileno()))
    with theirs, others, far:
        os.dup2(others.fileno(), ours.fileno())
        found.shut_down()
        others.send(b"x")
        assert far.recv(1) == b"x"
    ours.close()
