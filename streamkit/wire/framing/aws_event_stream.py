"""Frames of AWS's binary event stream into the JSON of their events, wherever the bytes are cut.

A frame is a head of three numbers (its length, its headers' length, a checksum of both), headers, a
payload, and a checksum of all. Both checksums are proven before a byte of it is believed.
"""

from __future__ import annotations

import json
import re
import struct
from zlib import crc32

import msgspec

_HEAD = struct.Struct(">IIi")

_SUM = struct.Struct(">I")

_SMALLEST = _HEAD.size + _SUM.size

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*").fullmatch
# Bytes of a header's value by its type; of types 6 and 7 (bytes, text) the value begins with its own length.
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}

_TEXTS = (6, 7)

_KNOWN = 64  # different headers that are remembered, if they are no longer than usual: a stream has about six

_USUAL = 512

_STRAY = 4096  # bytes of a body that is no stream: enough to say how it begins, without what may be a secret


class ErrorFrame(bytes):
    """A frame that tells of an error: the JSON of an object whose only name is the error's."""


class FrameFramer:
    """Split a body into the events of its frames; an event is written ``{"its name": its payload}``.

    Args:
        cap: Bytes that one frame may have.
    """

    __slots__ = ("_known", "_need", "_read_any", "_size", "_tail", "binary", "cap", "damage", "oversized", "stray")

    def __init__(self, *, cap: int = 8 * 2**20) -> None:
        self.cap = cap
        self.oversized = False
        """A frame is larger than the cap; nothing more is read."""
        self.binary = False
        """A frame is damaged; nothing more is read."""
        self.damage = ""
        """What is wrong with it."""
        self.stray = b""
        """How a body begins that is no stream of frames at all."""
        self._tail: list[bytes] = []
        self._size = 0
        self._need = _HEAD.size
        self._read_any = False
        self._known: dict[bytes, tuple[str, str, bytes]] = {}

    @property
    def broken(self) -> bool:
        """Whether nothing behind this place can be read."""
        return self.oversized or self.binary

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes and return the events that they complete."""
        if self.broken or not data:
            return []
        self._tail.append(data)
        self._size += len(data)
        if self._size < self._need:
            return []
        if len(self._tail) > 1:
            data = b"".join(self._tail)
        if not self._read_any and data[0]:  # the length of a frame within the cap begins with a zero, no text does
            self._keep_stray(data)
            return []
        found: list[bytes] = []
        at = self._split(data, found)
        self._tail = [data[at:]] if at < len(data) else []
        self._size = len(data) - at
        return found

    def finish(self) -> bytes | None:
        """Take the end of the body; a frame that is not whole says nothing."""
        begun = b"".join(self._tail)
        if not self._read_any and not self.broken and begun[:1] not in (b"", b"\0"):
            self.stray = begun[:_STRAY]
        return None

    def unwrap(self, name: str, payload: bytes) -> bytes:
        """Write the JSON of an event.

        Args:
            name: The event's name.
            payload: What the frame holds.

        Raises:
            ValueError: The payload is not what it should be.
        """
        return b'{"%b":%b}' % (name.encode(), payload or b"{}")

    def _split(self, data: bytes, found: list[bytes]) -> int:
        """Read whole frames; return where the first that is not whole begins."""
        at, view = 0, memoryview(data)
        while True:
            self._need = _HEAD.size
            if len(data) - at < _HEAD.size:
                return at
            total, headers, _ = _HEAD.unpack_from(data, at)
            checksum = crc32(view[at : at + 8])
            if checksum != _SUM.unpack_from(data, at + 8)[0]:
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
            if crc32(view[at + 8 : end], checksum) != _SUM.unpack_from(data, end)[0]:
                return self._damaged("the checksum of a frame is wrong", data)
            begin = at + _HEAD.size + headers
            try:
                found.append(self._event(data[at + _HEAD.size : begin], data[begin:end]))
            except (ValueError, IndexError, struct.error) as error:
                return self._damaged(f"a frame cannot be read: {error}", data)
            self._read_any = True
            at += total

    def _event(self, headers: bytes, payload: bytes) -> bytes:
        told = self._known.get(headers)
        if told is None:
            told = _told(headers)
            if len(self._known) < _KNOWN and len(headers) < _USUAL:
                self._known[headers] = told
        kind, name, message = told
        if kind == "event":
            return self.unwrap(name, payload)
        return ErrorFrame(b'{"%b":%b}' % (name.encode(), message or payload or b"{}"))

    def _damaged(self, what: str, data: bytes) -> int:
        self.binary, self.damage = True, what
        return len(data)

    def _keep_stray(self, data: bytes) -> None:
        """Collect the beginning of a body that is no stream, and give up when there is enough of it."""
        self._tail, self._need = [data], min(len(data) + 1, _STRAY)
        if len(data) >= _STRAY:
            self._damaged("it has no frames", data)
            self.stray, self._tail = data[:_STRAY], []


class ChunkFramer(FrameFramer):
    """The frames of a model's own stream: each holds one event of the model's, wrapped once more in base64."""

    __slots__ = ()

    def unwrap(self, name: str, payload: bytes) -> bytes:
        """Take the model's event out of a ``chunk``; other events stay what they are.

        Args:
            name: The event's name.
            payload: What the frame holds.

        Raises:
            ValueError: It holds no base64.
        """
        return _wrapped(payload).event if name == "chunk" else super().unwrap(name, payload)


class _Wrapped(msgspec.Struct, gc=False):
    event: bytes = msgspec.field(name="bytes")


_wrapped = msgspec.json.Decoder(_Wrapped).decode


def _told(headers: bytes) -> tuple[str, str, bytes]:
    """Say what a frame's headers tell: the kind of message, its name, and an error's message as JSON."""
    told = _strings(headers)
    kind = told.get(":message-type", "event")
    if kind == "event":
        name, message = told.get(":event-type", ""), b""
    elif kind == "exception":
        name, message = told.get(":exception-type", ""), b""
    else:
        name = told.get(":error-code", "")
        message = json.dumps({"message": told.get(":error-message", "")}).encode()
    if not _NAME(name):
        name = json.dumps(name)[1:-1]
    return kind, name, message


def _strings(headers: bytes) -> dict[str, str]:
    """Read the headers that are texts."""
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
