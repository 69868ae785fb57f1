"""The bytes of a wire format that faults need beside the events."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

# The strings in which the wire formats carry their deltas; empty ones hold nothing to damage.
DELTA_TEXT = re.compile(rb'"(?:content|text|delta)"\s*:\s*"(?=[^"])')


def without_end(event: bytes) -> bytes:
    r"""Remove the last character of an event's JSON; the line ends stay.

    >>> without_end(b'data: {"a":1}\n\n')
    b'data: {"a":1\n\n'
    """
    text = event.rstrip(b"\r\n")
    return text[:-1] + event[len(text) :]


def not_utf8(event: bytes) -> bytes:
    """Put two bytes that are not UTF-8 before an event's first delta text; an event without text stays unchanged."""
    return DELTA_TEXT.sub(lambda found: found[0] + b"\xff\xfe", event, count=1)


@dataclass(frozen=True, slots=True)
class Shape:
    """The bytes of a wire format that faults need beside the events.

    Args:
        keep_alive: Bytes without content, sent between two events.
        opening: First bytes of an event that is larger than the cap.
        without_end: Function that removes the last character of an event's JSON.
        not_utf8: Function that damages the text of an event; an event without text stays as it is.
    """

    keep_alive: bytes = b": keep-alive\n\n"
    opening: bytes = b"data: "
    without_end: Callable[[bytes], bytes] = without_end
    not_utf8: Callable[[bytes], bytes] = not_utf8


_HUGE = 16 * 2**20


def aws_frame(name: str, payload: bytes | dict[str, Any], *, kind: str = "event") -> bytes:
    """Write one frame of AWS's event stream.

    Args:
        name: The event's name, or the exception's.
        payload: An object to be written as JSON, or the bytes themselves.
        kind: ``event`` or ``exception``.

    >>> len(aws_frame("messageStop", {"stopReason": "end_turn"}))
    122
    """
    if isinstance(payload, dict):
        payload = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    return _framed(_headers(name, kind), payload)


def _headers(name: str, kind: str) -> bytes:
    headers = {f":{kind}-type": name, ":content-type": "application/json", ":message-type": kind}
    return b"".join(
        struct.pack(">B", len(key)) + key.encode() + struct.pack(">BH", 7, len(value)) + value.encode()
        for key, value in headers.items()
    )


def _framed(headers: bytes, payload: bytes) -> bytes:
    head = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    frame = head + struct.pack(">I", crc32(head)) + headers + payload
    return frame + struct.pack(">I", crc32(frame))


def _parts(frame: bytes) -> tuple[bytes, bytes]:
    """Return a frame's headers and payload."""
    size = 12 + int.from_bytes(frame[4:8])
    return frame[12:size], frame[size:-4]


def _without_end(frame: bytes) -> bytes:
    headers, payload = _parts(frame)
    return _framed(headers, payload[:-1])


def _not_utf8(frame: bytes) -> bytes:
    headers, payload = _parts(frame)
    return _framed(headers, not_utf8(payload))


def _opening() -> bytes:
    headers = _headers("contentBlockDelta", "event")
    head = struct.pack(">II", 16 + len(headers) + _HUGE, len(headers))
    return head + struct.pack(">I", crc32(head)) + headers


SSE = Shape()

AWS = Shape(aws_frame("keepAlive", {}), _opening(), _without_end, _not_utf8)

NDJSON = Shape(keep_alive=b"\n", opening=b'{"message":{"content":"')


def shape_of(api: str | None) -> Shape:
    """Return the shape of a wire format.

    Args:
        api: The name of the format.
    """
    name = api or ""
    if name.startswith("bedrock"):
        return AWS
    return NDJSON if name.startswith(("ollama", "cohere.v1")) else SSE


def error_event(api: str | None) -> bytes:
    """Return the event in which a server of a wire format reports an error in mid-stream.

    Args:
        api: The name of the format.
    """
    name, message = api or "", "The server had an error."
    if name.startswith("bedrock"):
        return aws_frame("internalServerException", {"message": message}, kind="exception")
    if name.startswith(("ollama", "cohere.v1")):
        return json.dumps({"error": message}).encode() + b"\n"
    error: dict[str, Any] = {"message": message, "type": "server_error", "code": None}
    if name.startswith("anthropic"):
        return _named_event("error", {"type": "error", "error": {**error, "type": "api_error"}})
    if name.endswith("responses"):
        return _named_event("error", {"type": "error", **error, "code": "server_error", "param": None})
    if name.startswith("gemini"):
        error = {"code": 500, "message": message, "status": "INTERNAL"}
    if name.startswith("cohere"):
        delta = {"finish_reason": "ERROR", "error": message}
        return _named_event("message-end", {"type": "message-end", "delta": delta})
    return b"data: " + json.dumps({"error": error}).encode() + b"\n\n"


def _named_event(name: str, fields: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(fields)}\n\n".encode()
