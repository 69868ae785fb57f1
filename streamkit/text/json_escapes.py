"""JSON in fragments, with its escapes undone, so that a search finds the text of its strings, and done again."""

from __future__ import annotations

import re
from collections import deque

_PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"

_ESCAPE = re.compile(rf"{_PAIR}|\\u[0-9a-fA-F]{{4}}|\\[^u]", re.DOTALL)

# The beginning of an escape, or of a pair of them, at the end of what has arrived.
_BEGUN = re.compile(r"(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[dD]?[0-9a-fA-F]{0,2})?)?|\\(?:u[0-9a-fA-F]{0,3})?)\Z")

_SHORT = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class JsonEscapes:
    r"""Undoes escapes such as ``\n`` and ``\u0040``, and remembers how each of them was written.

    >>> escapes = JsonEscapes()
    >>> text = escapes.feed(r'{"to": "io\u0040example.org\n"}')
    >>> text
    '{"to": "io@example.org\n"}'
    >>> escapes.as_written(text[7:], escapes.read)
    '"io\\u0040example.org\\n"}'
    """

    __slots__ = ("_escapes", "_tail", "read")

    def __init__(self) -> None:
        self._tail = ""
        self._escapes: deque[tuple[int, str]] = deque()  # position of each character that was escaped, and the escape
        self.read = 0
        """Number of characters that have been returned."""

    def feed(self, fragment: str) -> str:
        """Take the next fragment; return the text up to an escape that is incomplete."""
        if not self._tail and "\\" not in fragment:
            self.read += len(fragment)
            return fragment
        text = self._tail + fragment
        self._tail = ""
        found: list[str] = []
        at = 0
        for match in _ESCAPE.finditer(text):
            if _BEGUN.fullmatch(text, match.start()):  # the second half of a pair may come
                break
            self._add(text[at : match.start()], found)
            self._add_escape(match.group(), found)
            at = match.end()
        rest = text[at:]
        begun = rest.find("\\")
        if begun >= 0 and _BEGUN.fullmatch(rest, begun):
            rest, self._tail = rest[:begun], rest[begun:]
        self._add(rest, found)
        return "".join(found)

    def _add(self, text: str, found: list[str]) -> None:
        found.append(text)
        self.read += len(text)

    def _add_escape(self, escape: str, found: list[str]) -> None:
        character = _undone(escape)
        if character is not None:
            self._escapes.append((self.read, escape))
        self._add(escape if character is None else character, found)

    def flush(self) -> str:
        """Return an escape that stays incomplete."""
        tail, self._tail = self._tail, ""
        self.read += len(tail)
        return tail

    def as_written(self, text: str, end: int) -> str:
        """Return a text with its escapes; what stands before it is forgotten.

        Args:
            text: A text that has been returned, or a part of it.
            end: Number of characters that had been returned up to its end.
        """
        escapes, at = self._escapes, end - len(text)
        found: list[str] = []
        start = at
        while escapes and escapes[0][0] < end:
            position, escape = escapes.popleft()
            if position >= start:
                found += text[at - start : position - start], escape
                at = position + 1
        return "".join([*found, text[at - start :]]) if found else text


def _undone(escape: str) -> str | None:
    """Return the character that an escape stands for; None for half of a pair, and for what is no escape."""
    if escape[1] != "u":
        return _SHORT.get(escape[1])
    code = int(escape[2:6], 16)
    if len(escape) == 12:
        return chr(0x10000 + ((code & 0x3FF) << 10) + (int(escape[8:], 16) & 0x3FF))
    return None if 0xD800 <= code <= 0xDFFF else chr(code)
