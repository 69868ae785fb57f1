"""Arguments of a tool call that are told value by value, each with its path, as one growing JSON text."""

from __future__ import annotations

import json
import re
from typing import Any

from ..lenient_json import as_text

# `.name`, `[0]`, `['any name']` or `["any name"]`
_STEP = re.compile(r"""\.([^.\[\]]+)|\[(\d{1,9})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]""", re.DOTALL)

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class ArgumentsText:
    r"""Write values as JSON in the order in which they come.

    What has been written cannot be changed, so values must come as they stand in the text: a place that has
    been left is not told again.

    >>> text = ArgumentsText()
    >>> told = {"jsonPath": "$.moons[0]", "stringValue": "Euro"}, {"jsonPath": "$.moons[0]", "stringValue": "pa"}
    >>> text.opening, *map(text.add, told), text.close()
    ('{', '"moons":["Euro', 'pa', '"]}')
    """

    opening = "{"
    """With what every text begins: as long as nothing closes it, it is not whole."""

    __slots__ = ("_names", "_path", "_quoted")

    def __init__(self) -> None:
        self._path: list[str | int] = []
        """The place of the last value."""
        self._names: list[set[str | int]] = [set()]
        """What each open object holds already."""
        self._quoted = False

    def add(self, told: dict[str, Any]) -> str:
        """Return the text that one value, or one piece of a string, adds.

        Args:
            told: One of ``partialArgs``.

        Raises:
            ValueError: It has no place behind what has been written.
        """
        text = told.get("stringValue")
        literal = "" if isinstance(text, str) else _literal(told)
        if literal is None:
            return ""  # a path alone says nothing
        path = _steps(as_text(told.get("jsonPath")))
        if isinstance(text, str) and self._quoted and path == self._path:
            return json.dumps(text, ensure_ascii=False)[1:-1]
        written = self._move(path)
        self._quoted = isinstance(text, str)
        return written + (json.dumps(text, ensure_ascii=False)[:-1] if self._quoted else literal)

    def close(self) -> str:
        """Return the text that ends the arguments."""
        return self._leave(0) if self._path else "}"

    def _leave(self, depth: int) -> str:
        """End the last value and every container that is open below a depth."""
        quote = '"' if self._quoted else ""
        self._quoted = False
        return quote + "".join("]" if isinstance(step, int) else "}" for step in reversed(self._path[depth:]))

    def _move(self, path: list[str | int]) -> str:
        """Go from the place of the last value to that of the next one."""
        shared = 0
        while shared < min(len(path), len(self._path)) and path[shared] == self._path[shared]:
            shared += 1
        if shared == len(path) or (self._path and shared == len(self._path)):
            raise ValueError("a value stands where another one does")
        written = self._leave(shared + 1)
        if self._path:
            self._check_next(shared, path[shared])
            written += ","
        elif isinstance(path[0], int):
            raise ValueError("arguments are an object")
        del self._names[shared + 1 :]
        for depth in range(shared, len(path)):
            step = path[depth]
            if depth > shared:
                if isinstance(step, int) and step != 0:
                    raise ValueError("an array does not begin with its first value")
                self._names.append(set())
                written += "[" if isinstance(step, int) else "{"
            self._names[depth].add(step)
            written += "" if isinstance(step, int) else json.dumps(step, ensure_ascii=False) + ":"
        self._path = path
        return written

    def _check_next(self, depth: int, step: str | int) -> None:
        last = self._path[depth]
        if isinstance(step, int) and isinstance(last, int):
            in_order = step == last + 1
        else:
            in_order = type(step) is type(last) and step not in self._names[depth]
        if not in_order:
            raise ValueError("a value comes out of order")


def _literal(told: dict[str, Any]) -> str | None:
    for name in ("numberValue", "boolValue"):
        if isinstance(value := told.get(name), (int, float)):
            return json.dumps(value)
    return "null" if "nullValue" in told else None


def _steps(path: str) -> list[str | int]:
    """Read a JSON path of names and indexes.

    >>> _steps("$.moons[0]['the name']")
    ['moons', 0, 'the name']
    """
    found: list[str | int] = []
    at = 1
    while path[:1] == "$" and (step := _STEP.match(path, at)):
        at = step.end()
        name, index, *quoted = step.groups()
        if index is not None:
            found.append(int(index))
        else:
            found.append(name or _ESCAPE.sub(r"\1", next(each for each in (*quoted, "") if each is not None)))
    if at != len(path):
        raise ValueError(f"a path that cannot be read: {path[:40]!r}")
    return found
