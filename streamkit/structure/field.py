"""One value inside a JSON text: where it stands, and how far it has come."""

from __future__ import annotations

from typing import Any

from .tree import Path


class Growth:
    """A string that grows, put together when somebody asks for it."""

    __slots__ = ("_parts", "size")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.size = 0

    def add(self, piece: str) -> None:
        """Take the next characters."""
        self._parts.append(piece)
        self.size += len(piece)

    def first(self, size: int) -> str:
        """Return its first characters."""
        if len(self._parts) > 1:
            self._parts[:] = ["".join(self._parts)]
        return self._parts[0][:size]


class Field:
    """A value inside a JSON text, whole or as far as it has come.

    Args:
        path: The names and indices that lead to it; empty for the whole.
        value: The value; of a string that is not whole, what has come of it.
        closed: It is whole and will not change any more.
        delta: Of a string, the characters that are new since the last event of this path.

    >>> Field(("moons", 0), "Europa")
    Field(path=('moons', 0), value='Europa', closed=True)
    """

    __slots__ = ("_growth", "_value", "closed", "delta", "path")

    def __init__(self, path: Path, value: Any, closed: bool = True, delta: str = "") -> None:
        self.path = path
        self.closed = closed
        self.delta = delta
        self._value = value
        self._growth: tuple[Growth, int] | None = None

    @classmethod
    def growing(cls, path: Path, growth: Growth, delta: str) -> Field:
        """Make the event of a string that is not whole; its value is put together when asked for."""
        field = cls(path, None, False, delta)
        field._growth = growth, growth.size
        return field

    @property
    def value(self) -> Any:
        """The value; of a string that is not whole, what has come of it."""
        if self._growth is not None:
            growth, size = self._growth
            self._value, self._growth = growth.first(size), None
        return self._value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Field):
            return NotImplemented
        return (self.path, self.closed, self.value) == (other.path, other.closed, other.value)

    def __hash__(self) -> int:
        return hash((self.path, self.closed))

    def __repr__(self) -> str:
        return f"Field(path={self.path!r}, value={self.value!r}, closed={self.closed!r})"
