"""The base of the segmenters: a unit is released as soon as no further text can change the unit."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import ClassVar, cast

from ..errors import ConfigurationError
from .graphemes import border, joins

_VISIBLE = re.compile(r"\S")

_SHORT = 512  # characters that are cheap to copy
# White space behind a unit, up to and including the first blank line; the group is the end of that line.
SPACE = re.compile(r"[^\S\r\n]{0,200}+(?:(?>\r\n?|\n)[^\S\r\n]{0,200}+(\r\n?|\n)?+)?+")


class Units(ABC):
    """Splits text into units; joined, the units are the text again, however the text arrived.

    Args:
        strip: True to remove the white space around units, and units of white space only.
    """

    error = None
    operator: str = ""
    """The operator as its user wrote it, for the error of an element that is no text; by default that of the class."""
    cap: int = 65_536
    """Number of characters after which a unit is cut, between two grapheme clusters."""
    candidate: ClassVar[re.Pattern[str]] = re.compile("[\r\n]")
    """Pattern of the characters at which a unit may end."""
    may_be_blank: ClassVar[bool] = False
    """Whether a unit may consist of white space only."""

    def __init__(self, *, strip: bool = False) -> None:
        self.done = False
        self._strip = strip
        self._plain = not strip
        self._may_end = self.candidate.search
        self._text: str = ""  # the text of the unit that has not ended
        self._scan = 0  # index before which the unit does not end
        self._shown = self.may_be_blank

    @abstractmethod
    def _find(self, text: str, begin: int, scan: int, final: bool) -> tuple[int, int]:
        """Find the next end of a unit.

        Args:
            text: The buffered text.
            begin: Index at which the unit begins.
            scan: Index before which the unit does not end.
            final: True if no more text can come.

        Returns:
            The end of the unit and the beginning of the next; or -1, and the index before which the unit does not end.
        """

    def _stripped(self, unit: str) -> str:
        """Return a unit without surrounding white space."""
        start = 0
        while start < len(unit) and unit[start].isspace() and not (start + 1 < len(unit) and joins(unit, start + 1)):
            start += 1
        return unit[start:].rstrip()

    def _ended(self, unit: str) -> None:  # noqa: B027 - most kinds of units have nothing to note
        """Note a unit that has ended."""

    def feed(self, fragment: str) -> list[str]:
        """Take the next fragment; return the units that have become certain.

        Raises:
            ConfigurationError: The element is not text.
        """
        try:
            return self._feed(fragment)
        except TypeError as error:
            if isinstance(cast("object", fragment), str):
                raise
            name = self.operator or f"{type(self).__name__.lower()}()"  # Words is the class of words()
            kind = type(fragment).__name__
            raise ConfigurationError(f"{name} reads text, and {kind} came: put ops.text() before it.") from error

    def _feed(self, fragment: str) -> list[str]:
        if self._shown and self._scan == len(self._text) < _SHORT and not self._may_end(fragment):
            self._text += fragment
            self._scan += len(fragment)
            return []
        return self._take(fragment, final=False)

    def flush(self) -> list[str]:
        """Return the text that is still buffered, as units."""
        units = self._take("", final=True)
        units += self._shaped(self._text)
        self._text, self._scan, self._shown = "", 0, self.may_be_blank
        return units

    def _take(self, fragment: str, *, final: bool) -> list[str]:
        text, self._text = self._text, ""  # the only reference: appending need not copy the text
        text += fragment
        begin, scan, shown = 0, self._scan, self._shown
        units: list[str] = []
        while begin < len(text):
            end, after = -1, min(len(text), begin + self.cap + 1)
            if not shown and (visible := _VISIBLE.search(text, scan, after)):
                shown, scan = True, visible.start()
            if shown:
                end, after = self._find(text, begin, scan, final)
            if (after if end < 0 else end) > begin + self.cap:
                text, begin = text[begin:], 0  # no rule may look back behind the cut
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
            unit = self._stripped(unit)
        return [unit] if unit else []


def space_after(text: str, at: int, final: bool) -> int:
    """Return the end of the white space at an index, at most one blank line on; -1 if that is not known yet.

    Args:
        text: The text so far.
        at: Index at which the white space begins.
        final: True if no more text can come.

    Returns:
        The index, or -1. The index is ``at`` where a combining mark makes a visible character of the space.
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
    r"""Splits text into lines, which end with ``\n``, ``\r\n`` or ``\r``.

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
    r"""Splits text into paragraphs, which end with a blank line.

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

    def _stripped(self, unit: str) -> str:
        blank = self._BLANK_LINES.match(unit)
        return unit[blank.end() if blank else 0 :].rstrip()


class Spans(Units):
    """Splits text into units of one length; a span ends before a grapheme cluster that does not fit.

    Args:
        chars: Number of characters of a span. A cluster that is longer than that is cut.

    >>> spans = Spans(4)
    >>> spans.feed("Io, Eur"), spans.feed("opa"), spans.flush()
    (['Io, '], ['Euro'], ['pa'])
    """

    candidate = re.compile("")
    may_be_blank = True

    def __init__(self, chars: int) -> None:
        super().__init__()
        self.cap = chars

    def _find(self, text: str, begin: int, scan: int, final: bool) -> tuple[int, int]:
        return -1, min(len(text), begin + self.cap + 1)
