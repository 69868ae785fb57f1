"""Bytes of one JSON array into its elements, each as soon as it is whole."""

from __future__ import annotations

import re

# A string to its end, or to the end of the data (and whether that is within an escape), or a bracket.
_REST = rb'[^"\\]*+(?:\\.[^"\\]*+)*+("|\\?+\Z)'

_STRING_REST = re.compile(_REST, re.DOTALL)

_TOKEN = re.compile(rb'"' + _REST + rb"|[\[{]|[\]}]", re.DOTALL)

_OPENING = frozenset(b"[{")

_QUOTE = ord('"')

_BETWEEN = b" \t\r\n,[]"

_BINARY = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_STRAY_CAP = 64 * 1024


class ArrayFramer:
    r"""Split an array of objects into its elements, wherever its bytes are cut.

    Args:
        cap: Bytes that one element may have.

    >>> ArrayFramer().feed(b'[{"a":1}\n,\n{"b"')
    [b'{"a":1}']
    """

    __slots__ = (
        "_depth",
        "_escaped",
        "_outside",
        "_quoted",
        "_size",
        "_tail",
        "binary",
        "cap",
        "ended",
        "late",
        "oversized",
    )

    def __init__(self, *, cap: int = 8 * 2**20) -> None:
        self.cap = cap
        self.oversized = False
        """An element grew past the cap; nothing more is read."""
        self.binary = False
        """Between two elements there are bytes that no text has."""
        self.ended = False
        """The bracket has come that closes the array; nothing behind it is read."""
        self.late = False
        """Something stands behind that bracket."""
        self._outside = b""  # what stands between the elements, from the first byte on that does not belong there
        self._tail: list[bytes] = []
        self._size = 0
        self._depth = 0
        self._quoted = False
        self._escaped = False

    @property
    def broken(self) -> bool:
        """Whether nothing behind the place reached is read."""
        return self.oversized or self.binary

    @property
    def stray(self) -> bytes:
        """What stands between the elements and does not belong there."""
        return self._outside.rstrip(_BETWEEN)

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes and return each element that they complete."""
        found: list[bytes] = []
        if self.broken or self.ended:
            self.late = self.late or bool(data.strip(_BETWEEN))
            return found
        edge = 0  # where in the data the element begins, or what follows the last one
        for token in _TOKEN.finditer(data, self._end_of_string(data)):
            kind = data[token.start()]
            if kind == _QUOTE:
                self._quoted, self._escaped = token[1] != b'"', token[1] == b"\\"
            elif kind in _OPENING:
                self._depth += 1
                if self._depth == 2:
                    self._pass_over(data[edge : token.start()])
                    edge = token.start()
            else:
                edge = self._close(data, edge, token, found)
            if self.broken or self.ended:
                return found
        if self._depth > 1:
            self._keep(data[edge:])
        else:
            self._pass_over(data[edge:])
        return found

    def finish(self) -> None:
        """Return nothing: an element that nothing closed is never whole."""

    def _end_of_string(self, data: bytes) -> int:
        """Where a string ends that an earlier read began; the data's own start if there is none."""
        if not self._quoted or not data:
            return 0
        rest = _STRING_REST.match(data, int(self._escaped))
        assert rest is not None  # it matches anything, were it nothing
        self._quoted, self._escaped = rest[1] != b'"', rest[1] == b"\\"
        return rest.end()

    def _close(self, data: bytes, edge: int, bracket: re.Match[bytes], found: list[bytes]) -> int:
        """Take a closing bracket; return where the next thing begins if it closes an element or the array."""
        self._depth = max(self._depth - 1, 0)
        if self._depth > 1:
            return edge
        if self._depth == 1:
            self._keep(data[edge : bracket.end()])
            if not self.broken:
                found.append(self._element())
        else:
            self._pass_over(data[edge : bracket.start()])
            self.ended, self.late = True, bool(data[bracket.end() :].strip(_BETWEEN))
        return bracket.end()

    def _element(self) -> bytes:
        element = b"".join(self._tail)
        self._tail, self._size = [], 0
        return element

    def _keep(self, data: bytes) -> None:
        self._tail.append(data)
        self._size += len(data)
        if self._size > self.cap:
            self.oversized, self._tail = True, []

    def _pass_over(self, data: bytes) -> None:
        self.binary = self.binary or _BINARY.search(data) is not None
        # Not each piece for itself: where the data is cut must make no difference.
        self._outside = (self._outside + data).lstrip(_BETWEEN)[:_STRAY_CAP]
