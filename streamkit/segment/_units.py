"""Units of a text that comes in pieces: each is let go as soon as nothing that may still come can change it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import ClassVar, cast

from ..clusters import border, joins
from ..errors import ConfigurationError

_VISIBLE = re.compile(r"\S")
_SHORT = 512  # characters that are soon copied
# White space behind a unit, up to and with the first blank line; the group is that line's end.
SPACE = re.compile(r"[^\S\r\n]{0,200}+(?:(?>\r\n?|\n)[^\S\r\n]{0,200}+(\r\n?|\n)?+)?+")


class Units(ABC):
    """Cuts text into units which, joined, are the text again, wherever that was cut before.

    Args:
        strip: Whether to leave out the white space around a unit, and units that are nothing else.
    """

    error = None
    cap: int = 65_536
    """Characters after which a unit that does not end is cut, between two grapheme clusters."""
    candidate: ClassVar[re.Pattern[str]] = re.compile("[\r\n]")
    """A character without which no unit ends."""
    may_be_blank: ClassVar[bool] = False
    """Whether a unit can end before something visible has come."""

    def __init__(self, *, strip: bool = False) -> None:
        self.done = False
        self._strip = strip
        self._plain = not strip
        self._may_end = self.candidate.search
        self._text: str = ""  # from the beginning of the unit that has not ended
        self._scan = 0  # before here it does not end
        self._shown = self.may_be_blank

    @abstractmethod
    def _find(self, text: str, begin: int, scan: int, final: bool) -> tuple[int, int]:
        """Find the next end of a unit.

        Args:
            text: What is held.
            begin: Where the unit begins.
            scan: Before here it does not end.
            final: Whether no more text comes.

        Returns:
            Where the unit ends, and where the next one begins; or -1, and the place before which it does not end.
        """

    def _bare(self, unit: str) -> str:
        """Leave out the white space around a unit."""
        start = 0
        while start < len(unit) and unit[start].isspace() and not (start + 1 < len(unit) and joins(unit, start + 1)):
            start += 1
        return unit[start:].rstrip()

    def _ended(self, unit: str) -> None:  # noqa: B027 - most kinds of units have nothing to note
        """Take note of a unit that has ended."""

    def feed(self, piece: str) -> list[str]:
        """Take the next piece; return the units that have become certain.

        Raises:
            ConfigurationError: It is no text.
        """
        try:
            return self._feed(piece)
        except TypeError as error:
            if isinstance(cast("object", piece), str):
                raise
            came = type(piece).__name__
            raise ConfigurationError(f"Text is cut, and {came} came: put text() before this operator.") from error

    def _feed(self, piece: str) -> list[str]:
        if self._shown and self._scan == len(self._text) < _SHORT and not self._may_end(piece):
            self._text += piece
            self._scan += len(piece)
            return []
        return self._take(piece, final=False)

    def flush(self) -> list[str]:
        """Return what is still held back, when no more text comes."""
        units = self._take("", final=True)
        units += self._shaped(self._text)
        self._text, self._scan, self._shown = "", 0, self.may_be_blank
        return units

    def _take(self, piece: str, *, final: bool) -> list[str]:
        text, self._text = self._text, ""  # the only reference, so that adding to it need not copy it
        text += piece
        begin, scan, shown = 0, self._scan, self._shown
        units: list[str] = []
        while begin < len(text):
            end, after = -1, min(len(text), begin + self.cap + 1)
            if not shown and (visible := _VISIBLE.search(text, scan, after)):
                shown, scan = True, visible.start()
            if shown:
                end, after = self._find(text, begin, scan, final)
            if (after if end < 0 else end) > begin + self.cap:
                text, begin = text[begin:], 0  # what was cut off must look to no rule as if it had not been
                after = border(text[: self.cap + 1], self.cap) or self.cap
            elif end < 0:
                scan = after
                break
            unit = text[begin:after]
            if self._plain:
                units.append(unit)
            else:
                units += self._shaped(unit)
            begin = scan = after
            shown = self.may_be_blank or (begin < len(text) and not text[begin].isspace())
        self._text, self._scan, self._shown = text[begin:] if begin else text, scan - begin, shown
        return units

    def _shaped(self, unit: str) -> list[str]:
        self._ended(unit)
        if self._strip:
            unit = self._bare(unit)
        return [unit] if unit else []


def space_after(text: str, at: int, final: bool) -> int:
    """Say where the white space at a place ends, at most one blank line on; -1 if that is not known yet.

    Args:
        text: What has come.
        at: Where the white space begins.
        final: Whether no more text comes.

    Returns:
        The place, or -1. It is ``at`` where a mark makes a visible character of the space.
    """
    found = SPACE.match(text, at)
    assert found is not None
    after = found.end()
    if after == len(text):
        blank_line = found.lastindex is not None and text[-1] != "\r"
        return after if final or blank_line else -1
    if text[after] >= "\u0300" and text[after - 1] not in "\r\n" and joins(text, after):
        return max(after - 1, at)
    return after


class Lines(Units):
    r"""Cuts text into lines, which end with ``\n``, ``\r\n`` or ``\r``.

    >>> lines = Lines()
    >>> lines.feed("Io\r"), lines.feed("\nEuro"), lines.flush()
    ([], ['Io\r\n'], ['Euro'])
    """

    cap = 2**20
    may_be_blank = True
    _END = re.compile(r"\r\n?+|\n")

    def _find(self, text: str, begin: int, scan: int, final: bool) -> tuple[int, int]:
        limit = min(len(text), begin + self.cap + 2)
        found = self._END.search(text, scan, limit)
        if found is None:
            return -1, limit
        if found.end() == len(text) and text[-1] == "\r" and not final:
            return -1, found.start()
        return found.start(), found.end()

    def _shaped(self, unit: str) -> list[str]:
        if self._strip and unit[-1:] in ("\n", "\r"):
            return [unit.removesuffix("\n").removesuffix("\r")]
        return [unit] if unit else []


class Paragraphs(Units):
    r"""Cuts text into paragraphs, which end with a blank line.

    >>> paragraphs = Paragraphs()
    >>> paragraphs.feed("Io\n"), paragraphs.feed("\nEuro"), paragraphs.feed("pa\nis icy."), paragraphs.flush()
    ([], ['Io\n\n'], [], ['Europa\nis icy.'])
    """

    cap = 2**20
    _BLANK_LINE = re.compile(r"(?>\r\n?|\n)[^\S\r\n]{0,200}+(?>\r\n?|\n)")
    _OPEN = re.compile(r"(?>\r\n?|\n)[^\S\r\n]{0,200}+\Z")
    _BLANK_LINES = re.compile(r"(?:[^\S\r\n]*+(?>\r\n?|\n))*+")

    def _find(self, text: str, begin: int, scan: int, final: bool) -> tuple[int, int]:
        limit = min(len(text), begin + self.cap + 500)
        found = self._BLANK_LINE.search(text, scan, limit)
        if found is not None and (final or found.end() < len(text) or text[-1] != "\r"):
            return found.start(), found.end()
        if found is None and text[limit - 1].isspace():
            found = self._OPEN.search(text, max(scan, limit - 202), limit)
        return -1, limit if found is None else found.start()

    def _bare(self, unit: str) -> str:
        blank = self._BLANK_LINES.match(unit)
        return unit[blank.end() if blank else 0 :].rstrip()
