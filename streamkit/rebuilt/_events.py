"""The events behind a Response, for as long as their log keeps them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..chunk import Chunk
from ..errors import StreamGap


class Events:
    """Where the chunks of a Response can be read again; it does not travel, and says nothing of what they are.

    Args:
        read: Reads them; None where they are not to be had.
    """

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[], Sequence[Chunk]] | None = None) -> None:
        self._read = read

    def told(self) -> tuple[list[dict[str, Any]], str | None] | None:
        """Return the events, parsed, and what the chunks say of the SDK's class; None where they are not kept."""
        if self._read is None:
            return None
        try:
            chunks = self._read()
        except StreamGap:
            return None
        events: list[dict[str, Any]] = []
        last: bytes | None = None
        for chunk in chunks:
            # One event that told of several choices has become several chunks, all with its payload.
            if chunk.payload is not None and chunk.payload is not last:
                events.append(chunk.raw)
            last = chunk.payload
        return (events, next((chunk.sdk for chunk in chunks if chunk.sdk), None)) if events else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Events)

    __hash__ = None  # pyright: ignore[reportAssignmentType] - as every class with an __eq__ of its own

    def __reduce__(self) -> tuple[type[Events], tuple[()]]:
        return Events, ()
