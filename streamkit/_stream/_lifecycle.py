"""The life of a call: the phases, and who moves a call from one phase to the next.

    from                                    to          moved by
    WAITING                                 OPENING     the pump, at the call's turn: the request is handed over
    OPENING, STREAMING                      WAITING     the call, when an attempt has failed and another one follows
    OPENING                                 STREAMING   the pump, at the first content
    STREAMING                               DRAINING    the call, when its last reader has left and the usage is awaited
    WAITING, OPENING, STREAMING, DRAINING   STOPPING    the call (a stop), a clock, or the pump at the end of its work
    every phase                             CLOSED      the call, when its connection is closed; a forked child, at once

The end of the log is no phase: readers get the end before the connection is closed. All moves are made on the call's
loop, except those of a forked child and of a loop that was closed while the call was open.
"""

from __future__ import annotations

import enum

from ..forks import LeftBehind, leave_in_child


class Phase(enum.Enum):
    """The phase of a call."""

    WAITING = enum.auto()
    """Nothing is sent: the call imports modules, or waits for its turn under limits, or before another attempt."""
    OPENING = enum.auto()
    """The request is sent, and no content has arrived."""
    STREAMING = enum.auto()
    """Content has arrived: another request would pay twice."""
    DRAINING = enum.auto()
    """The call has ended for its readers, and only waits for the provider's report of usage."""
    STOPPING = enum.auto()
    """The connection is being closed."""
    CLOSED = enum.auto()
    """The connection is closed."""

    __hash__ = object.__hash__  # Enum's own is a Python function, which every move would call twice


_NEXT = {
    Phase.WAITING: {Phase.OPENING, Phase.STOPPING, Phase.CLOSED},
    Phase.OPENING: {Phase.WAITING, Phase.STREAMING, Phase.STOPPING, Phase.CLOSED},
    Phase.STREAMING: {Phase.WAITING, Phase.DRAINING, Phase.STOPPING, Phase.CLOSED},
    Phase.DRAINING: {Phase.STOPPING, Phase.CLOSED},
    Phase.STOPPING: {Phase.CLOSED},
    Phase.CLOSED: set[Phase](),
}


class Lifecycle:
    """The phase of one call, and the events so far that decide about stops and retries.

    >>> life = Lifecycle()
    >>> life.move(Phase.OPENING), life.move(Phase.DRAINING), life.phase.name, life.sent
    (True, False, 'OPENING', True)
    """

    __slots__ = ("closed_at", "content_at", "ended_at", "phase", "saw_content", "sent", "sent_at", "stop_pending")

    def __init__(self) -> None:
        self.phase = Phase.WAITING
        self.sent = False
        """True once a request has been sent."""
        self.saw_content = False
        """True once content of the running attempt has arrived."""
        self.stop_pending = False
        """True if a stop may be due in this turn of the loop; set from any thread."""
        self.sent_at: float | None = None
        """The time when the request of the running attempt was handed over, on the loop's clock, as the three below."""
        self.content_at: float | None = None
        """The time of the first content of the running attempt."""
        self.ended_at: float | None = None
        """The time of the call's end for its readers."""
        self.closed_at: float | None = None
        """The time when the connection was closed."""

    def move(self, to: Phase) -> bool:
        """Move to another phase if the table has that move; return whether it has.

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
        elif to is Phase.WAITING:
            self.saw_content, self.content_at = False, None
        return True


class RunningCalls:
    """The calls that run: an event loop, which holds tasks weakly, would lose some, and a forked child ends them."""

    def __init__(self) -> None:
        self.all: set[LeftBehind] = set()
        leave_in_child(self)

    def leave_to_parent(self) -> None:
        """End the calls in a forked child."""
        for call in list(self.all):
            call.leave_to_parent()
