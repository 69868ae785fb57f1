"""The search for the index at which JSON begins in a text: behind prose, inside a fence, or at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import regex


_NESTED = 3  # levels of containers whose elements are part of the pattern
# Bounded, since a possible beginning is matched again with every fragment: 256 characters of space, and 256 of a name
# (or 64 escapes in it), are more than anybody writes there.
_SPACE = r"[ \t\n\r]{0,256}+"

_NAME = rf'{_SPACE}"[^"\\\x00-\x1f]{{0,256}}+(?:\\.[^"\\\x00-\x1f]{{0,32}}+){{0,64}}+"{_SPACE}:'
# Text that may stand before a scalar: a byte order mark, space, and the beginning of a fence.
_HEAD = r"\ufeff?\s{0,256}+(?:```\w{0,32}+\s{1,256}+)?"

_BRACKET = re.compile(r"[\[{]")

_SCALARS = {"string": '"', "number": "-?[0-9]", "integer": "-?[0-9]", "boolean": "true|false", "null": "null"}

_TYPES: dict[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}

FILLED = rf"\{{{_NAME}"

"""Pattern of the beginning of an object with members."""

OBJECT = rf"\{{(?:{_NAME}|\}})"

"""Pattern of the beginning of an object."""


def array_of(element: str) -> str:
    """Return the pattern of the beginning of an array, given the pattern of its elements.

    An empty array has nothing between its brackets: ``[ ]`` is a check box in a list of things to do.
    """
    return rf"\[(?:\]|{_SPACE}(?:{element}))"


VALUE = r'"|-?[0-9]|true|false|null|[\[{]'

"""Pattern of the beginning of any value, without its elements."""

ANY = f"{OBJECT}|{array_of(VALUE)}"

"""Pattern of the beginning of an object or an array."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The patterns of the beginning of a value.

    Args:
        anywhere: Pattern of objects and arrays, which may follow prose; empty if the value is neither.
        first: Pattern of scalars, which may not follow prose; empty if the value is no scalar.
    """

    anywhere: str = ""
    first: str = ""

    def compiled(self) -> tuple[regex.Pattern[str] | None, regex.Pattern[str] | None]:
        """Compile both patterns, for text of which more may come."""
        return _compiled(self.anywhere), _compiled(rf"{_HEAD}({self.first})" if self.first else "")


ANYTHING = Opening(ANY)

"""The opening of any object or array."""


def opening(schema: dict[str, Any]) -> Opening:
    """Return the opening of the values that a JSON schema describes.

    >>> opening({"type": "integer"})
    Opening(anywhere='', first='-?[0-9]')
    """
    containers, scalars = _beginnings(schema, schema.get("$defs", {}), 0)
    return Opening("|".join(containers), "|".join(scalars))


def _beginnings(schema: Any, defs: dict[str, Any], depth: int) -> tuple[list[str], list[str]]:
    """Return the patterns of the containers, and those of the scalars, that a schema allows."""
    if not isinstance(schema, dict) or depth > _NESTED:
        return ([VALUE], []) if depth else ([ANY], [])
    schema = cast("dict[str, Any]", schema)
    if "$ref" in schema:
        return _beginnings(defs.get(schema["$ref"].rpartition("/")[2]), defs, depth + (depth > 0))
    alternatives: list[Any] = schema.get("anyOf") or schema.get("oneOf") or []
    if alternatives:
        return _merged(_beginnings(each, defs, depth) for each in alternatives)
    kinds = _kinds(schema)
    if not kinds:
        return _beginnings(None, defs, depth)
    containers: list[str] = []
    if "object" in kinds:
        containers.append(FILLED if schema.get("required") else OBJECT)
    if "array" in kinds:
        inner: list[Any] = schema.get("prefixItems") or [schema.get("items")]
        element = _beginnings(inner[0], defs, depth + 1)
        containers.append(array_of("|".join([*element[0], *element[1]])))
    return containers, [_SCALARS[kind] for kind in kinds if kind in _SCALARS]


def _kinds(schema: dict[str, Any]) -> list[str]:
    if "type" in schema:
        return [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    values: list[object] = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    return list(dict.fromkeys(_TYPES[type(value)] for value in values if type(value) in _TYPES))


def _merged(found: Iterable[tuple[list[str], list[str]]]) -> tuple[list[str], list[str]]:
    pairs = list(found)
    containers = dict.fromkeys(each for pair in pairs for each in pair[0])
    return list(containers), list(dict.fromkeys(each for pair in pairs for each in pair[1]))


class Locator:
    """Finds the first index at which a value may begin.

    An object begins with a name in quotes and a colon, an array with a possible first element. Braces and brackets
    in prose rarely look like that, and are skipped.

    >>> locator = Locator(opening({"type": "object"}))
    >>> locator.feed("The {set} you asked for: ```json {"), locator.feed('"a": 1')
    (None, '{"a": 1')
    """

    __slots__ = ("_anywhere", "_buffer", "_first")

    def __init__(self, start: Opening) -> None:
        self._anywhere, self._first = start.compiled()
        self._buffer = ""  # a possible beginning

    def feed(self, fragment: str) -> str | None:
        """Take the next characters; return the text from the beginning of the value on, once that is certain."""
        text = self._buffer = self._buffer + fragment
        if self._first is not None:
            head = self._first.match(text, partial=True)
            if head is not None:
                return None if head.partial else text[head.start(1) :]
            self._first = None
        bracket = _BRACKET.search(text) if self._anywhere else None
        while bracket is not None and self._anywhere is not None:
            match = self._anywhere.match(text, bracket.start(), partial=True)
            if match is not None:
                self._buffer = text[bracket.start() :]
                return None if match.partial else self._buffer
            bracket = _BRACKET.search(text, bracket.end())
        self._buffer = ""
        return None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> regex.Pattern[str] | None:
    # The standard module has no partial matches.
    import regex

    return regex.compile(pattern) if pattern else None
