"""Framer of ``text/event-stream`` bodies (server-sent events), by the WHATWG rules.

The framer knows lines and fields, not the meaning of the data. It drops event names, because every format has
the type of an event inside the data.
"""

from __future__ import annotations

import re

_BOM = b"\xef\xbb\xbf"

_FIELDS = frozenset({b"data", b"event", b"id", b"retry"})
# Bytes that no text has. Outside ``data`` they show that the body is no event stream.
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

# A whole event with its name, and one with or without. Each match begins at the start of a line, and takes two newlines
# without the name and three with it.
_NAMED = re.compile(rb"^event: .*\ndata: (.+)\n\n", re.MULTILINE).findall
_EVENTS = re.compile(rb"^(?:event: .*\n)?data: (.+)\n\n", re.MULTILINE).findall
_CR = 13

_UNFRAMED_CAP = 64 * 1024


class NonDataJson(bytes):
    """JSON in place of an event, but outside ``data``; a leading space keeps it apart from the JSON of events."""


class EventFramer:
    r"""Splits a body into events, wherever the bytes are cut.

    >>> EventFramer().feed(b'data: {"a":1}\n\ndata: {"b"')
    [b'{"a":1}']
    """

    __slots__ = ("_at_boundary", "_cr", "_size", "_started", "_tail", "binary", "cap", "oversized", "unframed")

    def __init__(self, *, cap: int = 8 * 2**20) -> None:
        self.cap = cap
        self.oversized = False
        """True if an event is larger than the cap; the rest is not read."""
        self.binary = False
        """True if a line outside ``data`` has bytes that no text has."""
        self.unframed = b""
        """The lines that are no field of an event, up to a limit."""
        self._tail: list[bytes] = []
        self._size = 0
        self._cr = False
        self._started = False
        self._at_boundary = False  # nothing is buffered

    def feed(self, data: bytes) -> list[bytes]:
        """Add bytes and return the data of each event that they complete."""
        if self._at_boundary and _CR not in data and (whole := self._whole(data)):
            return whole
        self._at_boundary = False
        if data and (self._cr or _CR in data):
            data = self._with_newlines(data)
        if not self._started:
            data = self._without_bom(data)
        if not data or self.broken:
            return []
        if self._tail:
            tail = self._tail
            if b"\n\n" not in data and not (data[0] == 10 and tail[-1][-1] == 10):
                self._keep(data)
                return []
            tail.append(data)
            data = b"".join(tail)
        events = self._split(data)
        self._at_boundary = not (self._tail or self._cr or self.broken)
        return events

    def flush(self) -> bytes | None:
        """Return the data of a last event without a blank line; None if there is none."""
        rest, self._tail = b"".join(self._tail), []
        if self.broken:
            return None
        return self._event(rest)

    @property
    def broken(self) -> bool:
        """True if the framer has given up: the rest of the body is not read."""
        return self.oversized or self.binary

    def _whole(self, data: bytes) -> list[bytes] | None:
        """Return the events of nearly all reads: whole ones of one line each, or of two, the first with the name.

        None if anything else is in the data, which has no CR.
        """
        size = len(data)
        if data[-2:] != b"\n\n" or size > self.cap:
            return None
        end = data.find(b"\n")
        if data[:6] == b"data: ":
            if end == size - 2 > 6:
                return [data[6:-2]]
            events = data[6:-2].split(b"\n\ndata: ")
            if data.count(b"\n") == 2 * len(events) and b"" not in events:
                return events
        elif data[:7] == b"event: " and data[end : end + 7] == b"\ndata: ":
            if data.find(b"\n", end + 7) == size - 2 > end + 7:
                return [data[end + 7 : -2]]
            events = _NAMED(data)
            if data.count(b"\n") == 3 * len(events):
                return events
        else:
            return None
        events, named = _EVENTS(data), data.count(b"\nevent: ") + (data[:1] == b"e")
        return events if data.count(b"\n") == 2 * len(events) + named else None

    def _without_bom(self, data: bytes) -> bytes:
        """Drop a byte order mark at the start of the body; return nothing while one may still be incomplete."""
        data = b"".join((*self._tail, data))
        self._started = len(data) >= len(_BOM) or not _BOM.startswith(data)
        self._tail = [] if self._started else [data]
        return data.removeprefix(_BOM) if self._started else b""

    def _split(self, data: bytes) -> list[bytes]:
        rest = b"" if data[-2:] == b"\n\n" else data[data.rfind(b"\n\n") + 2 :]
        if whole := self._whole(data.removesuffix(rest) if rest else data):
            self._tail, self._size = [], 0
            if rest:
                self._keep(rest)
            return whole
        blocks = data.split(b"\n\n")
        if len(data) > self.cap:
            blocks = self._within_cap(blocks)
        rest = blocks.pop()
        self._tail, self._size = [], 0
        if rest:
            self._keep(rest)
        found: list[bytes] = []
        for block in blocks:
            if block[:6] == b"data: " and b"\n" not in block:
                event = block[6:]
            elif block[:7] == b"event: " and block.count(b"\n") == 1 and (at := block.find(b"\ndata: ")) > 0:
                event = block[at + 7 :]
            else:
                event = self._event(block)
            if event:
                found.append(event)
            if self.binary:
                break
        return found

    def _within_cap(self, blocks: list[bytes]) -> list[bytes]:
        """Return the blocks before the first one that is too large, and an empty rest."""
        for at, block in enumerate(blocks):
            if self._too_large(len(block), block):
                self.oversized = True
                return [*blocks[:at], b""]
        return blocks

    def _keep(self, data: bytes) -> None:
        self._tail.append(data)
        self._size += len(data)
        if self._size > self.cap and self._too_large(self._size, data):
            self.oversized, self._tail = True, []

    def _too_large(self, size: int, end: bytes) -> bool:
        """Whether an event exceeds the cap; a newline at the end may be the first half of the blank line."""
        return size - end.endswith(b"\n") > self.cap

    def _with_newlines(self, data: bytes) -> bytes:
        """Turn CR and CRLF into LF; a CR at the end of a read may be half of a CRLF."""
        if self._cr and data[:1] == b"\n":
            data = data[1:]
            self._cr = False
            if not data:
                return data
        self._cr = data[-1:] == b"\r"
        data = data.replace(b"\r\n", b"\n")
        return data.replace(b"\r", b"\n") if _CR in data else data

    def _event(self, block: bytes) -> bytes | None:
        data: list[bytes] = []
        unframed: list[bytes] = []
        for line in block.split(b"\n"):
            name, _, value = line.partition(b":")
            if name == b"data":
                data.append(value.removeprefix(b" "))
            elif name and name not in _FIELDS:
                unframed.append(line)
        if unframed:
            outside = b"\n".join(unframed)
            self.binary = _BINARY.search(outside) is not None or not _is_text(outside)
            self.unframed = (self.unframed + outside)[:_UNFRAMED_CAP]
            if not data and outside.lstrip()[:1] in (b"{", b"["):
                return NonDataJson(b" " + outside)
        return b"\n".join(data) or None


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
