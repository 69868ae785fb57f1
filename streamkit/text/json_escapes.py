"""JSON in fragments, with every escape undone that need not be one, so that a search finds the text of its strings."""

from __future__ import annotations

import re

_PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"

_ESCAPE = re.compile(rf"{_PAIR}|\\u[0-9a-fA-F]{{4}}|\\[^u]", re.DOTALL)

# The beginning of an escape, or of a pair of them, at the end of what has arrived.
_BEGUN = re.compile(r"(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[dD]?[0-9a-fA-F]{0,2})?)?|\\(?:u[0-9a-fA-F]{0,3})?)\Z")


class JsonEscapes:
    r"""Undoes escapes such as ``\u0040`` and ``\/``; quotes, backslashes and control characters stay escaped.

    >>> JsonEscapes().feed(r'{"to": "io\u0040example.org"}')
    '{"to": "io@example.org"}'
    """

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail = ""

    def feed(self, fragment: str) -> str:
        """Take the next fragment; return the JSON up to an escape that is incomplete."""
        if not self._tail and "\\" not in fragment:
            return fragment
        text = self._tail + fragment
        self._tail = ""
        found: list[str] = []
        at = 0
        for match in _ESCAPE.finditer(text):
            if _BEGUN.fullmatch(text, match.start()):  # the second half of a pair may come
                break
            found += text[at : match.start()], _undone(match.group())
            at = match.end()
        rest = text[at:]
        begun = rest.find("\\")
        if begun >= 0 and _BEGUN.fullmatch(rest, begun):
            rest, self._tail = rest[:begun], rest[begun:]
        return "".join([*found, rest])

    def flush(self) -> str:
        """Return an escape that stays incomplete."""
        tail, self._tail = self._tail, ""
        return tail


def _undone(escape: str) -> str:
    if escape == r"\/":
        return "/"
    if escape[1] != "u":
        return escape
    code = int(escape[2:6], 16)
    if len(escape) == 12:
        return chr(0x10000 + ((code & 0x3FF) << 10) + (int(escape[8:], 16) & 0x3FF))
    if code < 0x20 or 0xD800 <= code <= 0xDFFF or chr(code) in '"\\\x7f':
        return escape
    return chr(code)
