"""Where in a text the wanted JSON begins: behind prose, inside a fence, or at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import regex


_NESTED = 3  # containers that are looked into
# Bounded, since the beginning of what may be the value is looked at again with every piece: 256 characters of
# space, and of a name (or 64 escapes in it), are more than anybody writes there.
_SPACE = r"[ \t\n\r]{0,256}+"

_NAME = rf'{_SPACE}"[^"\\\x00-\x1f]{{0,256}}+(?:\\.[^"\\\x00-\x1f]{{0,32}}+){{0,64}}+"{_SPACE}:'
# What may stand before a scalar: a byte order mark, space, and the beginning of a fence.
_HEAD = r"\ufeff?\s{0,256}+(?:```\w{0,32}+\s{1,256}+)?"

_BRACKET = re.compile(r"[\[{]")

_SCALARS = {"string": '"', "number": "-?[0-9]", "integer": "-?[0-9]", "boolean": "true|false", "null": "null"}

_TYPES: dict[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}

FILLED = rf"\{{{_NAME}"

"""How an object with members begins."""

OBJECT = rf"\{{(?:{_NAME}|\}})"

"""How an object begins."""


def array_of(element: str) -> str:
    """How an array begins whose elements begin so.

    An empty one has nothing between its brackets: ``[ ]`` is a box in a list of things to do.
    """
    return rf"\[(?:\]|{_SPACE}(?:{element}))"


VALUE = r'"|-?[0-9]|true|false|null|[\[{]'

"""How any value begins, as far as one may be looked into."""

ANY = f"{OBJECT}|{array_of(VALUE)}"

"""How an object or an array begins."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How the wanted value may begin.

    Args:
        anywhere: A pattern of the beginnings of objects and arrays; nothing, if it is neither.
        first: A pattern of the beginnings of scalars, which stand where no prose comes before them.
    """

    anywhere: str = ""
    first: str = ""

    def compiled(self) -> tuple[regex.Pattern[str] | None, regex.Pattern[str] | None]:
        """Compile both, for text of which more may come."""
        return _compiled(self.anywhere), _compiled(rf"{_HEAD}({self.first})" if self.first else "")


ANYTHING = Opening(ANY)

"""Any object or array."""


def opening(schema: dict[str, Any]) -> Opening:
    """How a value begins that a JSON schema describes.

    Args:
        schema: The schema.

    >>> opening({"type": "integer"})
    Opening(anywhere='', first='-?[0-9]')
    """
    containers, scalars = _beginnings(schema, schema.get("$defs", {}), 0)
    return Opening("|".join(containers), "|".join(scalars))


def _beginnings(schema: Any, defs: dict[str, Any], depth: int) -> tuple[list[str], list[str]]:
    """The patterns of containers, and those of scalars, that a schema allows."""
    if not isinstance(schema, dict) or depth > _NESTED:
        return ([VALUE], []) if depth else ([ANY], [])
    told = cast("dict[str, Any]", schema)
    if "$ref" in told:
        return _beginnings(defs.get(told["$ref"].rpartition("/")[2]), defs, depth + (depth > 0))
    several: list[Any] = told.get("anyOf") or told.get("oneOf") or []
    if several:
        return _together(_beginnings(each, defs, depth) for each in several)
    kinds = _kinds(told)
    if not kinds:
        return _beginnings(None, defs, depth)
    containers: list[str] = []
    if "object" in kinds:
        containers.append(FILLED if told.get("required") else OBJECT)
    if "array" in kinds:
        inner: list[Any] = told.get("prefixItems") or [told.get("items")]
        element = _beginnings(inner[0], defs, depth + 1)
        containers.append(array_of("|".join([*element[0], *element[1]])))
    return containers, [_SCALARS[kind] for kind in kinds if kind in _SCALARS]


def _kinds(schema: dict[str, Any]) -> list[str]:
    if "type" in schema:
        return [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    values: list[object] = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    return list(dict.fromkeys(_TYPES[type(value)] for value in values if type(value) in _TYPES))


def _together(found: Iterable[tuple[list[str], list[str]]]) -> tuple[list[str], list[str]]:
    pairs = list(found)
    containers = dict.fromkeys(each for pair in pairs for each in pair[0])
    return list(containers), list(dict.fromkeys(each for pair in pairs for each in pair[1]))


class Finder:
    """Looks for the first place at which the wanted value begins.

    An object begins with a name in quotes and a colon, an array with what may be its first element: a brace
    or a bracket in prose rarely looks so. What does not is passed over.

    Args:
        wanted: How the value may begin.

    >>> finder = Finder(opening({"type": "object"}))
    >>> finder.feed("The {set} you asked for: ```json {"), finder.feed('"a": 1')
    (None, '{"a": 1')
    """

    __slots__ = ("_anywhere", "_first", "_held")

    def __init__(self, wanted: Opening) -> None:
        self._anywhere, self._first = wanted.compiled()
        self._held = ""  # what may be the beginning

    def feed(self, piece: str) -> str | None:
        """Take the next characters; return the text from where the value begins, once that is certain."""
        text = self._held = self._held + piece
        if self._first is not None:
            head = self._first.match(text, partial=True)
            if head is not None:
                return None if head.partial else text[head.start(1) :]
            self._first = None
        bracket = _BRACKET.search(text) if self._anywhere else None
        while bracket is not None and self._anywhere is not None:
            begun = self._anywhere.match(text, bracket.start(), partial=True)
            if begun is not None:
                self._held = text[bracket.start() :]
                return None if begun.partial else self._held
            bracket = _BRACKET.search(text, bracket.end())
        self._held = ""
        return None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> regex.Pattern[str] | None:
    # The stock module cannot tell whether a match may still come.
    import regex

    return regex.compile(pattern) if pattern else None
