"""Framer of a body that is one JSON array: each element is emitted as soon as the last byte is there."""

from __future__ import annotations

import re

# The rest of a string, to its quote or to the end of the data; the group tells which, and if an escape is cut.
_REST = rb'[^"\\]*+(?:\\.[^"\\]*+)*+("|\\?+\Z)'

_STRING_REST = re.compile(_REST, re.DOTALL)

_TOKEN = re.compile(rb'"' + _REST + rb"|[\[{]|[\]}]", re.DOTALL)

_OPENING = frozenset(b"[{")

_QUOTE = ord('"')

_BETWEEN = b" \t\r\n,[]"

_BINARY = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_UNFRAMED_CAP = 64 * 1024


class ArrayFramer:
    r"""Splits an array of objects into elements, wherever the bytes are cut.

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
        "array_closed",
        "binary",
        "cap",
        "oversized",
        "trailing",
    )

    def __init__(self, *, cap: int = 8 * 2**20) -> None:
        self.cap = cap
        self.oversized = False
        """True if an element is larger than the cap; the rest is not read."""
        self.binary = False
        """True if there are bytes between two elements that no text has."""
        self.array_closed = False
        """True after the closing bracket of the array; the rest is not read."""
        self.trailing = False
        """True if there is data after the closing bracket."""
        self._outside = b""  # bytes between the elements, from the first one that does not belong there
        self._tail: list[bytes] = []
        self._size = 0
        self._depth = 0
        self._quoted = False
        self._escaped = False

    @property
    def broken(self) -> bool:
        """True if the framer has given up: the rest of the body is not read."""
        return self.oversized or self.binary

    @property
    def unframed(self) -> bytes:
        """The bytes between the elements that do not belong there, up to a limit."""
        return self._outside.rstrip(_BETWEEN)

    def feed(self, data: bytes) -> list[bytes]:
        """Add bytes and return each element that they complete."""
        found: list[bytes] = []
        if self.broken or self.array_closed:
            self.trailing = self.trailing or bool(data.strip(_BETWEEN))
            return found
        edge = 0  # where the element, or the gap after the last one, begins in the data
        for token in _TOKEN.finditer(data, self._end_of_string(data)):
            kind = data[token.start()]
            if kind == _QUOTE:
                self._quoted, self._escaped = token[1] != b'"', token[1] == b"\\"
            elif kind in _OPENING:
                self._depth += 1
                if self._depth == 2:
                    self._skip(data[edge : token.start()])
                    edge = token.start()
            else:
                edge = self._close(data, edge, token, found)
            if self.broken or self.array_closed:
                return found
        if self._depth > 1:
            self._keep(data[edge:])
        else:
            self._skip(data[edge:])
        return found

    def flush(self) -> None:
        """Return None: an element without a closing bracket is incomplete."""

    def _end_of_string(self, data: bytes) -> int:
        """Return where a string ends that began in an earlier read; 0 if there is none."""
        if not self._quoted or not data:
            return 0
        rest = _STRING_REST.match(data, int(self._escaped))
        assert rest is not None  # the pattern matches any data
        self._quoted, self._escaped = rest[1] != b'"', rest[1] == b"\\"
        return rest.end()

    def _close(self, data: bytes, edge: int, bracket: re.Match[bytes], found: list[bytes]) -> int:
        """Take a closing bracket; return the new edge if the bracket closes an element or the array."""
        self._depth = max(self._depth - 1, 0)
        if self._depth > 1:
            return edge
        if self._depth == 1:
            self._keep(data[edge : bracket.end()])
            if not self.broken:
                found.append(self._element())
        else:
            self._skip(data[edge : bracket.start()])
            self.array_closed, self.trailing = True, bool(data[bracket.end() :].strip(_BETWEEN))
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

    def _skip(self, data: bytes) -> None:
        self.binary = self.binary or _BINARY.search(data) is not None
        # Joined before stripping, so that the cuts of the data make no difference.
        self._outside = (self._outside + data).lstrip(_BETWEEN)[:_UNFRAMED_CAP]
