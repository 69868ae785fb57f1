"""Framer of newline-delimited JSON, one event a line; lines with the field names of an event stream work too."""

from __future__ import annotations

from .sse import EventFramer

_SPACE = b" \t\r"


class LineFramer(EventFramer):
    r"""Splits a body into lines of JSON, wherever the bytes are cut.

    Some gateways turn the body into an event stream: then the ``data`` of a line is the event, and other fields
    are ignored.

    >>> LineFramer().feed(b'{"a":1}\n{"b"')
    [b'{"a":1}']
    """

    __slots__ = ()

    def feed(self, data: bytes) -> list[bytes]:
        """Add bytes and return each line of JSON that they complete."""
        if not self._started:
            data = self._without_bom(data)
        elif data[:1] == b"{" and not (self._tail or self.broken) and data.find(b"\n") == len(data) - 1 <= self.cap:
            return [data[:-1]]  # one line, as most reads of a live stream are
        if not data or self.broken:
            return []
        if b"\n" not in data:
            self._keep(data)
            return []
        if self._tail:
            data = b"".join((*self._tail, data))
            self._tail, self._size = [], 0
        return self._lines(data.split(b"\n"))

    def _lines(self, lines: list[bytes]) -> list[bytes]:
        """Return the events of lines, of which the last one is not complete."""
        rest = lines.pop()
        found: list[bytes] = []
        for line in lines:
            if len(line) > self.cap and self._too_large(len(line), line):
                self.oversized = True
                return found
            event = line if line[:1] == b"{" else self._event(line)
            if event:
                found.append(event)
            if self.binary:
                return found
        if rest:
            self._keep(rest)
        return found

    def _too_large(self, size: int, end: bytes) -> bool:
        """Whether a line exceeds the cap; a CR at the end may be half of the line end."""
        return size - end.endswith(b"\r") > self.cap

    def _event(self, block: bytes) -> bytes | None:
        line = block.strip(_SPACE)
        return line if line[:1] == b"{" else super()._event(line)
