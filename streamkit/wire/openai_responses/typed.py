"""The second path of the Responses API: a struct for deltas of a text or of arguments, apart since it has no state."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

PartKey: TypeAlias = "tuple[str, int | None, int | None, int | None]"
"""The type of an event, and the numbers of its item, of a text, and of a summary."""


class Delta(msgspec.Struct, gc=False):
    """A delta."""

    type: str
    delta: str
    output_index: int
    sequence_number: int | None = None
    content_index: int | None = None
    summary_index: int | None = None
    error: None = None
    object: str | None = None


decode = msgspec.json.Decoder(Delta).decode


def is_delta(payload: bytes) -> bool:
    """Whether an event is probably a delta, as most are: its type stands at the beginning or the end."""
    return payload.find(b'.delta"', 0, 96) > 0 or payload.endswith(b'.delta"}')
