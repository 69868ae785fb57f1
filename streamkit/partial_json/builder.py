"""The builder of a plain JSON value from the parts that the parser reports: objects as dicts, arrays as lists."""

from __future__ import annotations

from typing import Any, Generic, TypeAlias

from typing_extensions import TypeVar

Path: TypeAlias = tuple[str | int, ...]


class Frame:
    """An open container.

    Args:
        array: True for an array, False for an object.
    """

    __slots__ = ("name", "raw")

    def __init__(self, array: bool) -> None:
        self.raw: Any = [] if array else {}
        """The complete values of the container so far."""
        self.name: str | None = None
        """The name of the object's current member; None in an array."""

    @property
    def key(self) -> str | int:
        """The index or the name of the current value."""
        return len(self.raw) if self.name is None else self.name

    def put(self, value: Any) -> None:
        """Store the current value, which is complete."""
        if self.name is None:
            self.raw.append(value)
        else:
            self.raw[self.name] = value


F = TypeVar("F", bound=Frame, default=Frame)


class Builder(Generic[F]):
    """The base of the sinks that build a value: the stack of open containers, and the complete value."""

    def __init__(self) -> None:
        self.value: Any = None
        self._open: list[F] = []

    @property
    def path(self) -> Path:
        """The path of the value that is being parsed."""
        return tuple([frame.key for frame in self._open])

    def name(self, name: str) -> bool:
        """Take the name of the next member; return whether the name is new in the object."""
        frame = self._open[-1]
        frame.name = name
        return name not in frame.raw

    def grow(self, fragment: str) -> None:
        """Ignore the next characters of a string: only a complete string counts here."""


class PlainBuilder(Builder[Frame]):
    """A sink that builds the plain JSON value.

    >>> from streamkit.partial_json.parser import Parser
    >>> plain = PlainBuilder()
    >>> Parser(plain).feed('{"moons": ["Io", "Europa"]}')
    >>> plain.value
    {'moons': ['Io', 'Europa']}
    """

    def begin(self, array: bool) -> None:
        """Begin an array or an object."""
        self._open.append(Frame(array))

    def scalar(self, value: Any) -> None:
        """Take a complete scalar."""
        self._put(value)

    def end(self) -> None:
        """End the innermost container."""
        self._put(self._open.pop().raw)

    def _put(self, value: Any) -> None:
        if self._open:
            self._open[-1].put(value)
        else:
            self.value = value
