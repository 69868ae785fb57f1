"""Grapheme clusters: sequences of code points that a reader sees as one character."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex


# Code points that continue the cluster before them: marks, joiners, skin tones.
JOINS = r"[\p{GCB=Extend}\p{GCB=SpacingMark}\p{GCB=ZWJ}]"


@cache
def compiled(pattern: str) -> regex.Pattern[str]:
    """Compile a pattern with properties of characters; the package ``regex`` is imported when first needed."""
    import regex

    return regex.compile(pattern)


def joins(text: str, at: int) -> bool:
    """Whether a character would continue the cluster of a preceding space."""
    return text[at] >= "\u0300" and compiled(JOINS).match(text, at) is not None


def border(text: str, limit: int) -> int:
    r"""Return the end of the last cluster that fits within a limit; 0 if the first cluster does not fit.

    Args:
        text: Text that begins with a complete cluster and is longer than the limit.
        limit: Number of characters.

    >>> border("e\u0301le\u0301ve", 4), border("a\r\nb", 2), border("🇮🇹🇮🇹", 3), border("e\u0301", 1)
    (3, 1, 2, 0)
    """
    if text.isascii():
        return limit - (text[limit - 1 : limit + 1] == "\r\n")
    last = 0
    for cluster in compiled(r"\X").finditer(text, endpos=limit + 1):
        last = cluster.start()
    return last


def first_border(text: str) -> int:
    """Return the end of the first cluster of a text, as far as the text goes."""
    cluster = compiled(r"\X").match(text)
    return cluster.end() if cluster else 0


_LONGEST = 64  # characters of one cluster; a longer one is released in parts


class Graphemes:
    r"""Splits text into grapheme clusters; the last one is complete when the next one begins.

    >>> graphemes = Graphemes()
    >>> graphemes.feed("le"), graphemes.feed("\u0308a") == ["e\u0308"], graphemes.flush()
    (['l'], True, ['a'])
    """

    def __init__(self) -> None:
        self._tail = ""

    def feed(self, fragment: str) -> list[str]:
        """Take the next fragment; return the clusters that are complete."""
        text = self._tail + fragment
        clusters = list(text) if text.isascii() and "\r" not in text else compiled(r"\X").findall(text)
        self._tail = clusters.pop() if clusters and len(clusters[-1]) < _LONGEST else ""
        return clusters

    def flush(self) -> list[str]:
        """Return the cluster that is still buffered."""
        tail, self._tail = self._tail, ""
        return [tail] if tail else []
