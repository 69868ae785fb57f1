"""Wire events of scripted answers of AWS Bedrock: frames with checksums, as its servers write them."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any
from zlib import crc32

from ._shape import Shape, not_utf8

_HUGE = 16 * 2**20


def aws_frame(name: str, payload: bytes | dict[str, Any], *, kind: str = "event") -> bytes:
    """Write one frame of AWS's event stream.

    Args:
        name: The event's name, or the exception's.
        payload: What it holds: an object to be written as JSON, or the bytes themselves.
        kind: ``event`` or ``exception``.

    >>> len(aws_frame("messageStop", {"stopReason": "end_turn"}))
    122
    """
    if isinstance(payload, dict):
        payload = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    return _framed(_headers(name, kind), payload)


def bedrock_events(*texts: str, reason: str | None = "end_turn") -> list[bytes]:
    """Make the frames of a whole answer of ConverseStream.

    Args:
        texts: The pieces of text, one frame each.
        reason: The stop reason; None leaves its frame out.

    >>> len(bedrock_events("Euro", "pa"))
    6
    """
    events = [aws_frame("messageStart", {"role": "assistant", "p": "abc"})]
    for at, text in enumerate(texts):
        padding = "abcdefghijklmnopqrstuvwxyz"[: at % 26 + 1]
        events.append(aws_frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}, "p": padding}))
    events.append(aws_frame("contentBlockStop", {"contentBlockIndex": 0, "p": "ab"}))
    if reason is not None:
        events.append(aws_frame("messageStop", {"p": "abcd", "stopReason": reason}))
    usage = {"inputTokens": 7, "outputTokens": len(texts), "totalTokens": 7 + len(texts)}
    return [*events, aws_frame("metadata", {"metrics": {"latencyMs": 1}, "p": "a", "usage": usage})]


def invoke_events(*events: dict[str, Any] | bytes) -> list[bytes]:
    """Make the frames in which InvokeModelWithResponseStream carries a model's own events.

    Args:
        events: The model's events.
    """
    written = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in events]
    return [aws_frame("chunk", {"bytes": base64.b64encode(each).decode(), "p": "abc"}) for each in written]


def bedrock_error(name: str, message: str) -> bytes:
    """Make the frame that tells of an error in the middle of an answer.

    Args:
        name: The exception's name, such as ``throttlingException``.
        message: What it says.
    """
    return aws_frame(name, {"message": message}, kind="exception")


def _headers(name: str, kind: str) -> bytes:
    told = {f":{kind}-type": name, ":content-type": "application/json", ":message-type": kind}
    return b"".join(
        struct.pack(">B", len(key)) + key.encode() + struct.pack(">BH", 7, len(value)) + value.encode()
        for key, value in told.items()
    )


def _framed(headers: bytes, payload: bytes) -> bytes:
    head = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    frame = head + struct.pack(">I", crc32(head)) + headers + payload
    return frame + struct.pack(">I", crc32(frame))


def _parts(frame: bytes) -> tuple[bytes, bytes]:
    """Take a frame's headers and payload out of it."""
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


AWS = Shape(aws_frame("keepAlive", {}), _opening(), _without_end, _not_utf8)
