"""Untrusted text made safe for a terminal.

Control characters are removed (line feeds and tabs stay), and terminal sequences are removed as a whole. Characters
that would change the direction of reading are replaced by their names.
"""

from __future__ import annotations

import re
from collections.abc import Callable

# C0 without tab and line feed, DEL, C1; embeddings, overrides and isolates of direction; halves of surrogate pairs.
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_STRINGS = frozenset("]PX^_\x9d\x90\x98\x9e\x9f")  # OSC, DCS, SOS, PM, APC: their text runs up to a terminator


class Sanitizer:
    r"""Makes streamed text safe for a terminal; a sequence may be cut anywhere.

    An unfinished control string ends with the line, so that it cannot swallow the rest of an answer.

    >>> clean = Sanitizer()
    >>> clean.feed("Io \x1b[3") + clean.feed("1mis hot\x1b[0m")
    'Io is hot'
    """

    def __init__(self) -> None:
        self._state: Callable[[str], str] | None = None  # None between sequences

    def feed(self, fragment: str) -> str:
        """Take the next fragment; return the text that may be shown."""
        if self._state is None and not _UNSAFE.search(fragment):
            return fragment
        return "".join([self._take(each) for each in fragment])

    def _take(self, each: str) -> str:
        return (self._state or self._plain)(each)

    def _plain(self, each: str) -> str:
        self._state = None
        if not _UNSAFE.match(each):
            return each
        if each == "\x1b":
            self._state = self._escape
        elif each == "\x9b":
            self._state = self._csi
        elif each in _STRINGS:
            self._state = self._string
        elif each in _BIDI:
            return f"<U+{ord(each):04X}>"
        elif "\ud800" <= each <= "\udfff":
            return "\ufffd"
        return ""

    def _escape(self, each: str) -> str:
        """Choose the state by the character behind an ESC."""
        if each == "[":
            self._state = self._csi
        elif each in _STRINGS and each < "\x80":
            self._state = self._string
        elif "\x30" <= each <= "\x7e":
            self._state = None
        elif not "\x20" <= each <= "\x2f":
            return self._plain(each)
        return ""

    def _csi(self, each: str) -> str:
        if "\x40" <= each <= "\x7e":
            self._state = None
        elif not "\x20" <= each <= "\x3f":
            return self._plain(each)
        return ""

    def _string(self, each: str) -> str:
        if each in "\x07\x18\x1a\x9c":
            self._state = None
        elif each == "\x1b":
            self._state = self._escape  # of its terminator, ESC \
        elif each == "\n":
            return self._plain(each)
        return ""


def sanitize(text: str) -> str:
    r"""Make a complete text safe for a terminal.

    >>> sanitize("\x1b]0;title\x07safe \u202etxt.exe")
    'safe <U+202E>txt.exe'
    """
    return Sanitizer().feed(text)
