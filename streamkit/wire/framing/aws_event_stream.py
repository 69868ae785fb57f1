"""Framer of AWS's binary event stream: frames become the JSON of their events.

A frame has a prelude of three numbers (the length of the frame, the length of the headers, a checksum of both), the
headers, the payload, and a checksum of everything. Both checksums are verified before the frame is used.
"""

from __future__ import annotations

import json
import re
import struct
from zlib import crc32

import msgspec

_HEAD = struct.Struct(">III")

_SUM = struct.Struct(">I")

_SMALLEST = _HEAD.size + _SUM.size

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*").fullmatch
# Size of a header's value in bytes, by its type. Values of types 6 and 7 (bytes, text) begin with their length.
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}

_TEXTS = (6, 7)

_CACHED = 64  # largest number of cached headers; a stream has about six different ones

_CACHED_SIZE = 512  # headers of this size in bytes, or larger, are not cached

_UNFRAMED_CAP = 4096  # bytes kept of a body that is no stream, for the error message: few, since they may hold secrets


class ErrorFrame(bytes):
    """The payload of an error frame: a JSON object whose only name is the name of the error."""


class FrameFramer:
    """Splits a body into the events of the frames; an event becomes ``{"name of the event": payload}``."""

    __slots__ = (
        "_header_cache",
        "_need",
        "_read_any",
        "_size",
        "_tail",
        "binary",
        "cap",
        "damage",
        "oversized",
        "unframed",
    )

    def __init__(self, *, cap: int = 8 * 2**20) -> None:
        self.cap = cap
        self.oversized = False
        """True if a frame is larger than the cap; the rest is not read."""
        self.binary = False
        """True if a frame is damaged; the rest is not read."""
        self.damage = ""
        """Description of the damage; empty if there is none."""
        self.unframed = b""
        """The first bytes of a body that has no frames at all."""
        self._tail: list[bytes] = []
        self._size = 0
        self._need = _HEAD.size
        self._read_any = False
        self._header_cache: dict[bytes, tuple[str, str, bytes]] = {}

    @property
    def broken(self) -> bool:
        """True if the framer has given up: the rest of the body is not read."""
        return self.oversized or self.binary

    def feed(self, data: bytes) -> list[bytes]:
        """Add bytes and return the events that they complete."""
        if self.broken or not data:
            return []
        self._tail.append(data)
        self._size += len(data)
        if self._size < self._need:
            return []
        if len(self._tail) > 1:
            data = b"".join(self._tail)
        if not self._read_any and data[0]:  # a length within the cap begins with a zero byte, and no text does
            self._keep_unframed(data)
            return []
        found: list[bytes] = []
        at = self._split(data, found)
        self._tail = [data[at:]] if at < len(data) else []
        self._size = len(data) - at
        return found

    def flush(self) -> bytes | None:
        """Return None at the end of the body: an incomplete frame is no event."""
        begun = b"".join(self._tail)
        if not self._read_any and not self.broken and begun[:1] not in (b"", b"\0"):
            self.unframed = begun[:_UNFRAMED_CAP]
        return None

    def unwrap(self, name: str, payload: bytes) -> bytes:
        """Return the JSON of an event.

        Raises:
            ValueError: The payload cannot be read.
        """
        return b'{"%b":%b}' % (name.encode(), payload or b"{}")

    def _split(self, data: bytes, found: list[bytes]) -> int:
        """Read the complete frames into ``found``; return where the first incomplete frame begins."""
        at = 0
        while True:
            self._need = _HEAD.size
            if len(data) - at < _HEAD.size:
                return at
            total, headers, expected = _HEAD.unpack_from(data, at)
            checksum = crc32(data[at : at + 8])
            if checksum != expected:
                return self._damaged("the checksum of a frame's head is wrong", data)
            if total > self.cap:
                self.oversized = True
                return len(data)
            if total < _SMALLEST + headers:
                return self._damaged("the lengths of a frame do not fit", data)
            if len(data) - at < total:
                self._need = total
                return at
            end = at + total - _SUM.size
            if crc32(data[at + 8 : end], checksum) != _SUM.unpack_from(data, end)[0]:
                return self._damaged("the checksum of a frame is wrong", data)
            begin = at + _HEAD.size + headers
            try:
                found.append(self._event(data[at + _HEAD.size : begin], data[begin:end]))
            except (ValueError, IndexError, struct.error) as error:
                return self._damaged(f"a frame cannot be read: {error}", data)
            self._read_any = True
            at += total

    def _event(self, headers: bytes, payload: bytes) -> bytes:
        header = self._header_cache.get(headers)
        if header is None:
            header = _read_headers(headers)
            if len(self._header_cache) < _CACHED and len(headers) < _CACHED_SIZE:
                self._header_cache[headers] = header
        kind, name, message = header
        if kind == "event":
            return self.unwrap(name, payload)
        return ErrorFrame(b'{"%b":%b}' % (name.encode(), message or payload or b"{}"))

    def _damaged(self, what: str, data: bytes) -> int:
        self.binary, self.damage = True, what
        return len(data)

    def _keep_unframed(self, data: bytes) -> None:
        """Collect the first bytes of a body that has no frames, and give up when the limit is reached."""
        self._tail, self._need = [data], min(len(data) + 1, _UNFRAMED_CAP)
        if len(data) >= _UNFRAMED_CAP:
            self._damaged("it has no frames", data)
            self.unframed, self._tail = data[:_UNFRAMED_CAP], []


class ChunkFramer(FrameFramer):
    """Splits a body whose frames each hold one event of the model's own format, in base64."""

    __slots__ = ()

    def unwrap(self, name: str, payload: bytes) -> bytes:
        """Return the model's event in a ``chunk``, and the JSON of other events as ``FrameFramer`` does.

        Raises:
            ValueError: The payload of a ``chunk`` has no base64.
        """
        return _wrapped(payload).event if name == "chunk" else super().unwrap(name, payload)


class _Wrapped(msgspec.Struct, gc=False):
    event: bytes = msgspec.field(name="bytes")


_wrapped = msgspec.json.Decoder(_Wrapped).decode


def _read_headers(headers: bytes) -> tuple[str, str, bytes]:
    """Return what the headers hold: the type and name of the message, and the JSON of an error's message."""
    texts = _strings(headers)
    kind = texts.get(":message-type", "event")
    if kind == "event":
        name, message = texts.get(":event-type", ""), b""
    elif kind == "exception":
        name, message = texts.get(":exception-type", ""), b""
    else:
        name = texts.get(":error-code", "")
        message = json.dumps({"message": texts.get(":error-message", "")}).encode()
    if not _NAME(name):
        name = json.dumps(name)[1:-1]
    return kind, name, message


def _strings(headers: bytes) -> dict[str, str]:
    """Return the headers whose values are texts."""
    found: dict[str, str] = {}
    at = 0
    while at < len(headers):
        stop = at + 1 + headers[at]
        name, kind, at = headers[at + 1 : stop].decode(), headers[stop], stop + 1
        if kind in _TEXTS:
            size = int.from_bytes(headers[at : at + 2])
            at += 2
            if kind == 7:
                found[name] = headers[at : at + size].decode()
        elif kind in _SIZES:
            size = _SIZES[kind]
        else:
            raise ValueError(f"a header has the unknown type {kind}")
        at += size
    if at != len(headers):
        raise ValueError("a header is cut")
    return found
