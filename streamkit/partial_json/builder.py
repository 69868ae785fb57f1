"""The plain value that a reader finds: objects as dicts, arrays as lists."""

from __future__ import annotations

from typing import Any, Generic, TypeAlias

from typing_extensions import TypeVar

Path: TypeAlias = tuple[str | int, ...]


class Frame:
    """A container that is open.

    Args:
        array: Whether it is an array; else it is an object.
    """

    __slots__ = ("name", "raw")

    def __init__(self, array: bool) -> None:
        self.raw: Any = [] if array else {}
        """What has come of it."""
        self.name: str | None = None
        """Of an object, the member that is being read."""

    @property
    def at(self) -> str | int:
        """Which value of it is being read."""
        return len(self.raw) if self.name is None else self.name

    def put(self, value: Any) -> None:
        """Take the value that was being read."""
        if self.name is None:
            self.raw.append(value)
        else:
            self.raw[self.name] = value


F = TypeVar("F", bound=Frame, default=Frame)


class Tree(Generic[F]):
    """Where a reader is in a value, and the value once it is whole."""

    def __init__(self) -> None:
        self.value: Any = None
        self._open: list[F] = []

    @property
    def path(self) -> Path:
        """Where the value that is being read stands."""
        return tuple([frame.at for frame in self._open])

    def name(self, name: str) -> bool:
        """Take the name of the next member; return whether it is new in its object."""
        frame = self._open[-1]
        frame.name = name
        return name not in frame.raw

    def grow(self, fragment: str) -> None:
        """Ignore the next characters of a string: only a complete string counts here."""


class Plain(Tree[Frame]):
    """Takes what a reader finds, and has the plain value once that is whole.

    >>> from streamkit.partial_json.parser import Reader
    >>> plain = Plain()
    >>> Reader(plain).feed('{"moons": ["Io", "Europa"]}')
    >>> plain.value
    {'moons': ['Io', 'Europa']}
    """

    def begin(self, array: bool) -> None:
        """An array, or an object, begins."""
        self._open.append(Frame(array))

    def scalar(self, value: Any) -> None:
        """Take a scalar that is whole."""
        self._put(value)

    def end(self) -> None:
        """The innermost container has ended."""
        self._put(self._open.pop().raw)

    def _put(self, value: Any) -> None:
        if self._open:
            self._open[-1].put(value)
        else:
            self.value = value
