"""Short reprs: the fields of an object that have a value, each cut to a length that can be read."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from typing import Any


class _Shortener(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = 120  # characters; the middle of a longer text is left out
        self.maxother = 240
        self.maxlist = self.maxtuple = self.maxdict = 4  # elements

    def repr_bytes(self, value: bytes, level: int) -> str:
        return f"<{len(value)} bytes>"


_SHORTENER = _Shortener()


class Shortened:
    """A value whose ``repr`` is short, for the fields of classes that others print, such as pydantic and rich."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __repr__(self) -> str:
        return _SHORTENER.repr(self._value)


def short_fields(fields: Iterable[tuple[str, Any, Any]]) -> list[tuple[str, Any]]:
    """Return the names and the shortened values of fields that do not have their default.

    Args:
        fields: Name, value and default of each field.
    """
    return [(name, Shortened(value)) for name, value, default in fields if not _equal(value, default)]


def _equal(value: Any, default: Any) -> bool:
    return value is default or (type(value) is type(default) and value == default)  # of arrays, == is an array


def short_repr(owner: object, fields: Iterable[tuple[str, Any, Any]]) -> str:
    """Return the ``repr`` of an object with the fields that do not have their default.

    Args:
        owner: The object.
        fields: Name, value and default of each field.

    >>> short_repr(1, [("content", "Io" * 100, ""), ("audio", bytes(48_000), b""), ("id", None, None)])[-40:]
    "oIoIoIoIoIoIoIoIo', audio=<48000 bytes>)"
    """
    return f"{type(owner).__name__}({', '.join(f'{name}={value!r}' for name, value in short_fields(fields))})"
