"""Gemini's two framings told apart by their first character: an event stream, or one JSON array in pieces."""

from __future__ import annotations

from ._framer import Framer
from ._json_array import ArrayFramer
from ._sse import EventFramer

_BLANK = b" \t\r\n\xef\xbb\xbf"  # and the mark that a body may begin with


class GeminiFramer:
    r"""Split a body of either framing into events, wherever its bytes are cut.

    Args:
        cap: Bytes that one event may have.

    >>> GeminiFramer().feed(b'[{"a":1}'), GeminiFramer().feed(b'data: {"a":1}\r\n\r\n')
    ([b'{"a":1}'], [b'{"a":1}'])
    """

    __slots__ = ("_begun", "_inner")

    def __init__(self, *, cap: int = 8 * 2**20) -> None:
        self._inner: Framer = EventFramer(cap=cap)
        self._begun = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes and return the data of each event that they complete."""
        if not self._begun and (first := data.lstrip(_BLANK)):
            self._begun = True
            if first[:1] == b"[":
                self._inner = ArrayFramer(cap=self.cap)
        return self._inner.feed(data)

    def finish(self) -> bytes | None:
        """Return the data of a last event that nothing closed, if there is one."""
        return self._inner.finish()

    @property
    def ended(self) -> bool:
        """Whether the bracket has come that closes an array; an event stream has no such end."""
        return isinstance(self._inner, ArrayFramer) and self._inner.ended

    @property
    def unclosed(self) -> bool:
        """Whether the body is an array whose last bracket has not come."""
        return isinstance(self._inner, ArrayFramer) and not self._inner.ended

    @property
    def late(self) -> bool:
        """Whether something stands behind that bracket."""
        return isinstance(self._inner, ArrayFramer) and self._inner.late

    @property
    def broken(self) -> bool:
        """Whether nothing behind the place reached is read."""
        return self._inner.broken

    @property
    def cap(self) -> int:
        """Bytes that one event may have."""
        return self._inner.cap

    @property
    def oversized(self) -> bool:
        """Whether an event grew past the cap."""
        return self._inner.oversized

    @property
    def binary(self) -> bool:
        """Whether what stands between events holds bytes that no text has."""
        return self._inner.binary

    @property
    def stray(self) -> bytes:
        """What is no part of an event, as it came, up to a bound."""
        return self._inner.stray
