"""Text of tool arguments that Gemini streams as ``partialArgs``: single values, each with a JSON path."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

from ..lenient_json import as_text, write

# `.name`, `[0]`, `['any name']` or `["any name"]`
_STEP = re.compile(r"""\.([^.\[\]]+)|\[(\d{1,9})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]""", re.DOTALL)

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class ArgumentsText:
    r"""Writes values as one JSON text, in the order in which they arrive.

    Emitted text cannot be changed, so the values must arrive in the order of the text: no value may follow for a
    path that is complete.

    >>> text = ArgumentsText()
    >>> args = {"jsonPath": "$.moons[0]", "stringValue": "Euro"}, {"jsonPath": "$.moons[0]", "stringValue": "pa"}
    >>> text.opening, *map(text.add, args), text.flush()
    ('{', '"moons":["Euro', 'pa', '"]}')
    """

    opening = "{"
    """The first character of every text; until ``flush`` closes it, the text is incomplete."""

    __slots__ = ("_given", "_names", "_path", "_quoted")

    def __init__(self) -> None:
        self._path: tuple[str | int, ...] = ()
        """The path of the last value."""
        self._given = ""
        """That path as it came."""
        self._names: list[set[str | int]] = [set()]
        """The names or indexes that each open container has."""
        self._quoted = False

    def add(self, arg: dict[str, Any]) -> str:
        """Return the text that one value, or one part of a string, adds.

        Raises:
            ValueError: The value's path cannot follow the emitted text.
        """
        text = arg.get("stringValue")
        literal = "" if isinstance(text, str) else _literal(arg)
        if literal is None:
            return ""  # a path without a value
        given = as_text(arg.get("jsonPath"))
        if isinstance(text, str) and self._quoted and given == self._given:
            return write(text)[1:-1]
        path = _steps(given)
        if isinstance(text, str) and self._quoted and path == self._path:
            return write(text)[1:-1]
        written = self._move(path)
        self._given = given
        self._quoted = isinstance(text, str)
        return written + (write(text)[:-1] if self._quoted else literal)

    def flush(self) -> str:
        """Return the text that closes the arguments."""
        return self._close_below(0) if self._path else "}"

    def _close_below(self, depth: int) -> str:
        """Return the text that closes the last value and every open container below a depth."""
        quote = '"' if self._quoted else ""
        self._quoted = False
        return quote + "".join("]" if isinstance(step, int) else "}" for step in reversed(self._path[depth:]))

    def _move(self, path: tuple[str | int, ...]) -> str:
        """Return the text between the last value and the next one, and set the new path."""
        shared = 0
        while shared < min(len(path), len(self._path)) and path[shared] == self._path[shared]:
            shared += 1
        if shared == len(path) or (self._path and shared == len(self._path)):
            raise ValueError("a value stands where another one does")
        written = self._close_below(shared + 1)
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
            written += "" if isinstance(step, int) else write(step) + ":"
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


def _literal(arg: dict[str, Any]) -> str | None:
    for name in ("numberValue", "boolValue"):
        if isinstance(value := arg.get(name), (int, float)):
            return json.dumps(value)
    return "null" if "nullValue" in arg else None


@functools.lru_cache(maxsize=256)  # a path comes at least twice: with its text, and with the end of it
def _steps(path: str) -> tuple[str | int, ...]:
    """Return the names and indexes of a JSON path.

    >>> _steps("$.moons[0]['the name']")
    ('moons', 0, 'the name')
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
    return tuple(found)
