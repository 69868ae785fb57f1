"""Grapheme clusters: what a reader takes for one character, though it may be made of several."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex


# What goes on with the cluster before it: marks, joiners, skin tones.
JOINS = r"[\p{GCB=Extend}\p{GCB=SpacingMark}\p{GCB=ZWJ}]"


@cache
def compiled(pattern: str) -> regex.Pattern[str]:
    """Compile a pattern that asks for properties of characters; the package for it is loaded when first needed."""
    import regex

    return regex.compile(pattern)


def joins(text: str, at: int) -> bool:
    """Whether the character at a place belongs to the cluster of the one before it, were that a space.

    Args:
        text: Any text.
        at: A place in it.
    """
    return text[at] >= "\u0300" and compiled(JOINS).match(text, at) is not None


def border(text: str, limit: int) -> int:
    r"""Say where the last cluster that fits ends; 0 if not even the first one does.

    Args:
        text: A text that begins with a whole cluster and goes on beyond the limit.
        limit: How many characters there is room for.

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
    """Say where the first cluster ends, as far as the text goes.

    Args:
        text: A text that begins with a whole cluster.
    """
    cluster = compiled(r"\X").match(text)
    return cluster.end() if cluster else 0
