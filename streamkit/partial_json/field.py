"""An event of one value inside a JSON text: the path, and the value so far."""

from __future__ import annotations

from typing import Any, TypeAlias

from ..growing import GrowingString

Path: TypeAlias = tuple[str | int, ...]


class Field:
    """A value inside a JSON text, complete or so far.

    Args:
        path: Names and indices that lead to the value; empty for the whole JSON value.
        value: The value; for an incomplete string, the characters so far.
        closed: True if the value is complete and will not change any more.
        delta: New characters of a string since the last event of this path.

    >>> Field(("moons", 0), "Europa")
    Field(path=('moons', 0), value='Europa', closed=True)
    """

    __slots__ = ("_growth", "_value", "closed", "delta", "path")

    def __init__(self, path: Path, value: Any, closed: bool = True, delta: str = "") -> None:
        self.path = path
        self.closed = closed
        self.delta = delta
        self._value = value
        self._growth: tuple[GrowingString, int] | None = None

    @classmethod
    def growing(cls, path: Path, growing_string: GrowingString, delta: str) -> Field:
        """Make the event of an incomplete string; the value is joined when first read."""
        field = cls(path, None, False, delta)
        field._growth = growing_string, growing_string.size
        return field

    @property
    def value(self) -> Any:
        """The value; for an incomplete string, the characters so far."""
        if self._growth is not None:
            growing_string, size = self._growth
            self._value, self._growth = growing_string.first(size), None
        return self._value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Field):
            return NotImplemented
        return (self.path, self.closed, self.value) == (other.path, other.closed, other.value)

    def __hash__(self) -> int:
        return hash((self.path, self.closed))

    def __repr__(self) -> str:
        return f"Field(path={self.path!r}, value={self.value!r}, closed={self.closed!r})"
