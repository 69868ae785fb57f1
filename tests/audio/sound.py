"""Sound to try things with, and the events of an answer that speaks."""

from __future__ import annotations

import base64
import struct

from streamkit.testing import chat_event

RATE = 24_000
DONE = b"data: [DONE]\n\n"


def pcm16(samples: int, first: int = 1) -> bytes:
    """Make sound in which each sample is another number, so that none can be lost or move unseen."""
    return b"".join(struct.pack("<h", (first + at) % 30_000) for at in range(samples))


def loud(ms: int) -> bytes:
    """Make so many milliseconds of a tone of full strength."""
    return struct.pack("<h", 20_000) * (RATE * ms // 1000)


def quiet(ms: int) -> bytes:
    """Make so many milliseconds of almost nothing."""
    return struct.pack("<h", 3) * (RATE * ms // 1000)


def spoken(*parts: str | bytes, index: int = 0) -> list[bytes]:
    """Make the events of an answer that speaks, as OpenAI does: transcript and sound each in its own, no reason."""
    deltas = [
        {"transcript": part} if isinstance(part, str) else {"data": base64.b64encode(part).decode()} for part in parts
    ]
    return [chat_event({"role": "assistant"}, index=index), *(chat_event({"audio": d}, index=index) for d in deltas)]
