"""What every framer is: the bytes of a body in, the data of its events out, and why it could not go on."""

from __future__ import annotations

from typing import Protocol


class Framer(Protocol):
    """Split a body into events, wherever its bytes are cut; none of this raises on input.

    A framer is made with ``cap=``: the bytes that one event may have.
    """

    @property
    def cap(self) -> int:
        """Bytes that one event may have."""
        ...

    @property
    def oversized(self) -> bool:
        """Whether an event grew past the cap."""
        ...

    @property
    def binary(self) -> bool:
        """Whether what stands between events holds bytes that no such body has."""
        ...

    @property
    def broken(self) -> bool:
        """Whether nothing behind the place reached is read."""
        ...

    @property
    def stray(self) -> bytes:
        """What is no part of an event, as it came, up to a bound."""
        ...

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes and return the data of each event that they complete."""
        ...

    def finish(self) -> bytes | None:
        """Return the data of a last event that nothing closed, if there is one."""
        ...
