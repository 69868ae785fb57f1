"""The order of numbered events: which come too early, too late or twice, and where some are missing."""

from __future__ import annotations

from typing import Literal, TypeAlias

Place: TypeAlias = Literal["next", "gap", "late", "again", "restart"]

"""Where an event stands: in its turn, behind missing ones, too late, a second time, or where counting begins again."""


class Order:
    """What the numbers of the events have shown so far.

    Numbers count only once they have been seen to grow by one. A server whose numbers are missing, all equal,
    or begin again is never judged by them.
    """

    __slots__ = ("_first", "counting", "disorder", "judged", "number", "payload")

    def __init__(self) -> None:
        self.number = -1
        """The number of the last event in its turn."""
        self.counting = False
        """Whether the numbers have been seen to grow by one."""
        self.judged = True
        """Whether the numbers have never begun again."""
        self.payload: bytes = b""
        """The last event in its turn."""
        self.disorder = False
        """Whether the first events were out of order, which shows when counting has begun."""
        self._first: dict[int, int] = {}  # the hashes of the events where counting may begin: 0 and 1

    def ahead(self, number: int | None) -> bool:
        """Whether events before that number are missing so far."""
        return self.counting and number is not None and number > self.number + 1

    def place(self, number: int | None, payload: bytes) -> Place:
        """Say where an event stands, and take its number.

        Args:
            number: Its number; None if it has none.
            payload: The event.
        """
        if number is None:
            return "next"
        if number <= 1:
            self._first.setdefault(number, hash(payload))
        place = self._counted(number, payload) if self.counting else self._uncounted(number)
        if place in ("next", "gap", "restart"):
            self.number, self.payload = number, payload
        return place

    def _counted(self, number: int, payload: bytes) -> Place:
        last = self.number
        if number > last:
            return "next" if number == last + 1 else "gap"
        if number == last and payload == self.payload:
            return "again"
        if number == last or (number <= 1 and self._first[number] != hash(payload)):
            self.counting = self.judged = False
            return "restart"
        return "late"

    def _uncounted(self, number: int) -> Place:
        """Take the number of one of the first events."""
        last = self.number
        self.counting = self.judged and number == last + 1 > 0
        if self.counting and self.disorder:
            self.disorder = False
            return "gap"
        # One event that is missing behind the first would have brought no content.
        self.disorder = self.disorder or (self.judged and (number > last + 2 > 1 or 1 < number < last))
        return "next"
