"""Order of numbered events: events that are too early, too late or repeated, and gaps between them."""

from __future__ import annotations

from typing import Literal, TypeAlias

Position: TypeAlias = Literal["next", "gap", "late", "again", "restart"]

"""Position of an event: in order, after missing events, too late, repeated, or where the numbers restart."""


class Order:
    """Classifies events by their numbers.

    Numbers are used only after one was seen to be the next of another. Servers whose numbers are missing, all equal
    or restarted are never judged by them.
    """

    __slots__ = ("_first", "counting", "disorder", "number", "payload", "trusted")

    def __init__(self) -> None:
        self.number = -1
        """The number of the last event in order."""
        self.counting = False
        """True once a number was the next of the one before."""
        self.trusted = True
        """True until the numbers restart."""
        self.payload: bytes = b""
        """The bytes of the last event in order."""
        self.disorder = False
        """True if the first events were out of order; a gap is reported once counting has begun."""
        self._first: dict[int, int] = {}  # the hashes of the events where counting may begin: 0 and 1

    def ahead(self, number: int | None) -> bool:
        """Whether events before that number are missing so far."""
        return self.counting and number is not None and number > self.number + 1

    def classify(self, number: int | None, payload: bytes) -> Position:
        """Return the position of an event, and remember its number.

        Args:
            number: The event's number; None if it has none.
            payload: The event's bytes.
        """
        if number is None:
            return "next"
        if number <= 1:
            self._first.setdefault(number, hash(payload))
        position = self._counted(number, payload) if self.counting else self._uncounted(number)
        if position in ("next", "gap", "restart"):
            self.number, self.payload = number, payload
        return position

    def _counted(self, number: int, payload: bytes) -> Position:
        last = self.number
        if number > last:
            return "next" if number == last + 1 else "gap"
        if number == last and payload == self.payload:
            return "again"
        if number == last or (number <= 1 and self._first[number] != hash(payload)):
            self.counting = self.trusted = False
            return "restart"
        return "late"

    def _uncounted(self, number: int) -> Position:
        """Return the position of an event before counting has begun."""
        last = self.number
        self.counting = self.trusted and number == last + 1 > 0
        if self.counting and self.disorder:
            self.disorder = False
            return "gap"
        # A single missing event after the first has no content.
        self.disorder = self.disorder or (self.trusted and (number > last + 2 > 1 or 1 < number < last))
        return "next"
