"""Wire events of scripted answers of Google's Gemini, as events or as the pieces of one JSON array."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any


def gemini_event(
    *parts: dict[str, Any] | str, finish: str | None = None, index: int = 0, candidate: Any = None, **fields: Any
) -> bytes:
    """Make one event of the content wire; a text stands for a part of text.

    Args:
        parts: What it adds to its candidate.
        finish: The candidate's finish reason.
        index: The candidate.
        candidate: Further fields of the candidate, such as ``groundingMetadata``.
        fields: Further fields of the event, such as ``usageMetadata``.

    >>> gemini_event("Io")[:68]
    b'data: {"candidates":[{"content":{"role":"model","parts":[{"text":"Io'
    """
    told = [{"text": part} if isinstance(part, str) else part for part in parts]
    given: dict[str, Any] = {"content": {"role": "model", "parts": told}, **(candidate or {})}
    given |= ({"finishReason": finish} if finish else {}) | ({"index": index} if index else {})
    event = {"candidates": [given], "modelVersion": "scripted-1", "responseId": "g-1", **fields}
    return b"data: " + json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode() + b"\r\n\r\n"


def gemini_events(*texts: str, reason: str | None = "STOP") -> list[bytes]:
    """Make the events of a whole answer of Gemini's.

    Args:
        texts: The pieces of text, one event each.
        reason: The finish reason; None leaves its event out.

    >>> len(gemini_events("Euro", "pa"))
    3
    """
    events = [gemini_event(text) for text in texts]
    if reason is not None:
        used = {"promptTokenCount": 7, "candidatesTokenCount": len(texts), "totalTokenCount": 7 + len(texts)}
        events.append(gemini_event("", finish=reason, usageMetadata=used))
    return events


def gemini_array(*events: bytes) -> list[bytes]:
    r"""Make of events the pieces of one JSON array, as the server streams it that was not asked for events.

    Args:
        events: Events of the content wire.

    >>> b"".join(gemini_array(b'data: {"a":1}\r\n\r\n', b'data: {"b":2}\r\n\r\n'))
    b'[{\n  "a": 1\n}\n,\r\n{\n  "b": 2\n}\n]'
    """
    told = (json.loads(event.removeprefix(b"data: ")) for event in events)
    pretty = [json.dumps(each, indent=2, ensure_ascii=False).encode() + b"\n" for each in told]
    return [b"[", *chain.from_iterable((piece, b",\r\n") for piece in pretty[:-1]), *pretty[-1:], b"]"]
