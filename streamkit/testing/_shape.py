"""How a wire writes what faults damage: a fault means the same on every wire, but not by the same bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

# The strings in which the wire formats carry their deltas; not the empty ones, which nobody looks into.
DELTA_TEXT = re.compile(rb'"(?:content|text|delta)"\s*:\s*"(?=[^"])')


def without_end(event: bytes) -> bytes:
    r"""Take the last character off an event's JSON; its line ends stay.

    >>> without_end(b'data: {"a":1}\n\n')
    b'data: {"a":1\n\n'
    """
    text = event.rstrip(b"\r\n")
    return text[:-1] + event[len(text) :]


def not_utf8(event: bytes) -> bytes:
    """Put two bytes that are not UTF-8 before an event's first delta text; an event without one stays as it is."""
    return DELTA_TEXT.sub(lambda found: found[0] + b"\xff\xfe", event, count=1)


@dataclass(frozen=True, slots=True)
class Shape:
    """The bytes of a wire that the faults need beside its events.

    Args:
        keep_alive: What says nothing, between two events.
        opening: How an event begins that is larger than any may be.
        without_end: Takes the last character off an event's JSON.
        not_utf8: Damages the text of an event; one without text it leaves as it is.
    """

    keep_alive: bytes = b": keep-alive\n\n"
    opening: bytes = b"data: "
    without_end: Callable[[bytes], bytes] = without_end
    not_utf8: Callable[[bytes], bytes] = not_utf8


SSE = Shape()
