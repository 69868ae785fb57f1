"""The life of a call: its phases, and who moves it from one to the next.

    from                                    to          moved by
    WAITING                                 OPENING     the pump, at the call's turn: the request is handed over
    OPENING                                 WAITING     the pump, when an attempt has failed and another one follows
    OPENING                                 STREAMING   the pump, at the first content
    STREAMING                               DRAINING    the call, when its last reader has left and the usage is awaited
    WAITING, OPENING, STREAMING, DRAINING   STOPPING    the call (a stop), a clock, or the pump at the end of its work
    every phase                             CLOSED      the call, when its connection is closed; a forked child, at once

The end of the log is no phase: readers are told of it before the connection is closed. All moves are made on the
call's loop, except those of a forked child and of a loop that was closed over the call.
"""

from __future__ import annotations

import enum


class Phase(enum.Enum):
    """How far a call has come."""

    WAITING = enum.auto()
    """Nothing is sent: it has just begun, imports what it needs, or waits for its turn."""
    OPENING = enum.auto()
    """The request is handed over, and no content has come."""
    STREAMING = enum.auto()
    """Content has come: another call would pay twice."""
    DRAINING = enum.auto()
    """It is over for its readers, and reads on only for what the provider reports of usage."""
    STOPPING = enum.auto()
    """Its work is over: the connection is being closed."""
    CLOSED = enum.auto()
    """The connection is closed."""


_NEXT = {
    Phase.WAITING: {Phase.OPENING, Phase.STOPPING, Phase.CLOSED},
    Phase.OPENING: {Phase.WAITING, Phase.STREAMING, Phase.STOPPING, Phase.CLOSED},
    Phase.STREAMING: {Phase.DRAINING, Phase.STOPPING, Phase.CLOSED},
    Phase.DRAINING: {Phase.STOPPING, Phase.CLOSED},
    Phase.STOPPING: {Phase.CLOSED},
    Phase.CLOSED: set[Phase](),
}


class Lifecycle:
    """The phase of one call, and what has happened on the way.

    >>> life = Lifecycle()
    >>> life.move(Phase.OPENING), life.move(Phase.DRAINING), life.phase.name, life.sent
    (True, False, 'OPENING', True)
    """

    __slots__ = ("phase", "saw_content", "sent", "stop_pending")

    def __init__(self) -> None:
        self.phase = Phase.WAITING
        self.sent = False
        """A request has been handed over."""
        self.saw_content = False
        """Content has come."""
        self.stop_pending = False
        """A stop may be due in this turn of the loop; any thread may say so."""

    def move(self, to: Phase) -> bool:
        """Go on to another phase, if the table has that move; return whether it has.

        Args:
            to: The next phase.
        """
        if to not in _NEXT[self.phase]:
            return False
        self.phase = to
        if to is Phase.OPENING:
            self.sent = True
        elif to is Phase.STREAMING:
            self.saw_content = True
        return True
