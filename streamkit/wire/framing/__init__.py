"""Framers split the bytes of a body into the payloads of its events: the interface, and one module a framing."""

from __future__ import annotations

from typing import Protocol


class Framer(Protocol):
    """Splits a body into events, wherever the bytes are cut. No method raises on input.

    A framer is created with ``cap=``, the largest size of one event in bytes.
    """

    @property
    def cap(self) -> int:
        """Largest size of one event, in bytes."""
        ...

    @property
    def oversized(self) -> bool:
        """True if an event is larger than the cap."""
        ...

    @property
    def binary(self) -> bool:
        """True if there are bytes between events that no body of this kind has."""
        ...

    @property
    def broken(self) -> bool:
        """True if the framer has given up: the rest of the body is not read."""
        ...

    @property
    def unframed(self) -> bytes:
        """The bytes that belong to no event, up to a limit."""
        ...

    def feed(self, data: bytes) -> list[bytes]:
        """Add bytes and return the data of each event that they complete."""
        ...

    def flush(self) -> bytes | None:
        """Return the data of a last event without an end, at the end of the body; None if there is none."""
        ...
