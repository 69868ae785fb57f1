"""Batches: elements are collected until a batch is full, and each full batch is emitted."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

from msgspec.structs import replace

from ...chunk import Chunk
from ...errors import ConfigurationError
from ...text.graphemes import border, first_border

T = TypeVar("T")

_LONGEST = 64  # characters of one grapheme cluster; a longer cluster is cut


class Batches(Generic[T]):
    """Gathers elements into lists.

    Args:
        count: Number of elements of a full list.
        chars: Number of characters of a full list; an element that does not fit is cut between two grapheme clusters.
        whole: True if elements are never cut: an element that does not fit begins the next list.

    >>> batches = Batches(chars=4)
    >>> batches.feed("Euro"), batches.feed("pa"), batches.flush()
    ([], [['Euro']], [['pa']])
    """

    error = None

    def __init__(self, count: int | None = None, *, chars: int | None = None, whole: bool = False) -> None:
        self.done = False
        self._count = count
        self._chars = chars
        self._whole = whole
        self._items: list[T] = []
        self._size = 0

    @property
    def buffered(self) -> bool:
        """Whether elements wait for their list to be full."""
        return bool(self._items)

    def feed(self, item: T) -> list[list[T]]:
        """Take the next element; return the lists that have become full.

        Raises:
            ConfigurationError: Characters are counted, and the element is neither text nor a chunk.
        """
        full: list[list[T]] = []
        if self._chars is not None:
            text = _text(item)
            if self._whole:
                if self._items and self._size + len(text) > self._chars:
                    full += self.flush()
            elif self._size + len(text) > self._chars:
                start = self._fill(item, text, self._chars, full)
                item, text = part(item, text, start, len(text)), text[start:]
            self._size += len(text)
        self._items.append(item)
        if len(self._items) == self._count or (self._whole and self._size >= (self._chars or 0)):
            full += self.flush()
        return full

    def flush(self) -> list[list[T]]:
        """Return the buffered elements, as a list that is not full."""
        items, self._items, self._size = self._items, [], 0
        return [items] if items else []

    def _fill(self, item: T, text: str, chars: int, full: list[list[T]]) -> int:
        """Fill lists with parts of an element; return the number of characters in the lists."""
        start = 0
        while self._size + len(text) - start > chars:
            seen = "".join(map(_text, self._items)) + text[start : start + chars + _LONGEST]
            cut = border(seen, chars)
            if not cut:
                cut = first_border(seen)
                if cut > _LONGEST:
                    cut = chars
                elif cut == len(seen):
                    break  # a single cluster that may go on
            if cut > self._size:
                end = start + cut - self._size
                full.append([*self._items, part(item, text, start, end)])
                self._items, self._size, start = [], 0, end
            else:
                before, self._items = _divided(self._items, cut)
                full.append(before)
                self._size -= cut
        return start


def _divided(items: list[T], cut: int) -> tuple[list[T], list[T]]:
    """Divide elements behind a number of characters."""
    for at, item in enumerate(items):
        text = _text(item)
        if cut < len(text):
            parts = [part(item, text, 0, cut)] if cut else []
            return [*items[:at], *parts], [part(item, text, cut, len(text)), *items[at + 1 :]]
        cut -= len(text)
    return items, []


def _text(item: object) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, Chunk):
        return cast("Chunk[Any]", item).content
    raise ConfigurationError(f"batch(chars=…) counts characters of text and of chunks, not of {type(item).__name__}.")


def part(item: T, text: str, start: int, end: int) -> T:
    """Return an element with a part of its text; thinking goes with the first part, other fields with the last.

    Args:
        item: A text or a chunk.
        text: The element's whole text.
        start: Index at which the part begins.
        end: Index at which the part ends.
    """
    if (start, end) == (0, len(text)):
        return item
    found: Any = text[start:end]
    if isinstance(item, Chunk):
        chunk = cast("Chunk[Any]", item)
        found = replace(chunk, content=found, payload=None, api=None, plain=False)
        if end < len(text):
            found = replace(Chunk(), **{name: getattr(found, name) for name in _FIRST})
        if start:
            found = replace(found, thinking="", tool_plan="", signature=None, redacted_thinking="")
    return cast("T", found)


_FIRST = (
    *("content", "model", "id", "provider", "index", "block"),
    *("thinking", "tool_plan", "signature", "redacted_thinking"),
)
