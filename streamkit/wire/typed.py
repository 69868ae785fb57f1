"""The second path parses only the fields that a format reads; its rules stand here since all formats share them.

An event is parsed into typed structs, and everything else in it is skipped.
It stands between the fast path, which parses one string, and the full parse, which makes a dict of the event. A format
describes with structs the events that it reads in this way. Each event that does not fit is left to the full parse, so
the second path never decides what an odd event means.
"""

from __future__ import annotations

import msgspec

from .lenient_json import SHALLOW, may_be_deep

MISSES = 8
"""The number of events in a row that do not fit, after which the second path is given up."""

UNFIT = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""The exceptions of a struct's decoder for an event that does not fit."""


def is_sound(payload: bytes, outside: int) -> bool:
    """Whether the full parse would take JSON as it is that a struct's decoder has taken.

    That decoder checks what it skips too, but not how deeply it is nested, and not its UTF-8.

    Args:
        payload: The event.
        outside: Number of its bytes that are certainly no brackets of arrays and objects.
    """
    if len(payload) - outside > SHALLOW and may_be_deep(payload):
        return False
    if payload.isascii():
        return True
    try:
        return "\ufffd" not in payload.decode()  # which stands for bytes that were replaced
    except UnicodeDecodeError:
        return False
