"""Numbered events: their order and gaps, and the fast path, in which an event must have the next number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from ...chunk import Chunk
from ..fast_path import MISSES, Template

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
        """Return the position of an event, and remember the number."""
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


_NUMBER = re.compile(rb'"sequence_number"\s*:\s*(\d+)')
# A padding field, whose position among the fields varies, and the bytes after it.
_NOISE = re.compile(rb'(.*,"(?:obfuscation|p)":")[0-9A-Za-z]*(".*)', re.DOTALL)

_Around: TypeAlias = tuple[bytes, bytes] | None

"""The bytes before and after the number."""


class NumberedTemplate(Template):
    """A template that checks the numbers of events, and appends each string to the strings of the current part."""

    __slots__ = ("_emitted", "_first", "_in_prefix", "_in_suffix", "_in_tail", "_numbered", "_tail", "order")

    def __init__(self, strings: Mapping[str, re.Pattern[bytes]]) -> None:
        self.order = Order()
        self._emitted: list[str] | None = None
        self._first = True
        super().__init__(strings)

    def forget(self) -> None:
        """Match no event until the next one is learned."""
        super().forget()
        self._in_prefix: _Around = None
        self._in_suffix: _Around = None
        self._in_tail: _Around = None
        self._numbered = False
        self._tail = b""

    def about(self, emitted: list[str] | None, *, fits: bool = True) -> None:
        """Set the part that the next events belong to; another part than before resets the template.

        Args:
            emitted: The strings that were emitted for the part, to which the template appends; None for no part.
            fits: True if the string between the ends can be used unchanged.
        """
        if emitted is not self._emitted:
            self._emitted = emitted
            self._first = True
            self.forget()
            self.misses = 0 if fits and emitted is not None else MISSES

    def read(self, payload: bytes) -> Chunk | None:
        """Return the chunk of an event that matches and has the next number, else None."""
        order = self.order
        if order.disorder:
            return None
        number = b"%d" % (order.number + 1)
        if self._in_prefix is not None:
            self._prefix = number.join(self._in_prefix)
            self._start = len(self._prefix) - 1
        elif self._in_tail is not None:
            self._tail = number.join(self._in_tail)
        elif self._in_suffix is not None:
            self._suffix = number.join(self._in_suffix)
            self._stop = len(self._suffix) if self._padding is not None else 1 - len(self._suffix)
        chunk = super().read(payload)
        if chunk is not None:
            if self._numbered:
                order.number += 1
                order.counting = order.trusted
                order.payload = payload
            if self._emitted is not None:
                self._emitted.append(chunk.content or chunk.thinking or chunk.tool_calls[0].arguments)
        return chunk

    def learn(self, payload: bytes, chunk: Chunk) -> None:
        """Learn the ends of an event, unless the chunk belongs to an earlier event that was buffered."""
        if self._first:  # a part may have one event only
            self._first = False
        elif chunk.payload is payload:
            self._before = payload  # whose beginning may be its number
            super().learn(payload, chunk)

    def _fit(self, prefix: bytes, suffix: bytes) -> None:
        super()._fit(prefix, suffix)
        noisy = _NOISE.fullmatch(suffix)
        if noisy is not None:
            self._suffix, self._tail = noisy.groups()
            self._padding, self._stop = self._noise, len(self._suffix)
        self._in_prefix, self._in_suffix, self._in_tail = around = tuple(
            map(_around, (prefix, self._suffix, self._tail))
        )
        self._numbered = any(around)

    def _noise(self, payload: bytes, at: int) -> object:
        """Return a true value if there is only padding between that position and the tail, else None."""
        stop = len(payload) - len(self._tail)
        return (payload.endswith(self._tail) and (stop == at or payload[at:stop].isalnum())) or None


def _around(text: bytes) -> _Around:
    found = _NUMBER.search(text)
    return None if found is None else (text[: found.start(1)], text[found.end(1) :])
