"""A queue of texts or chunks, from which text is taken by characters, in order and across the borders of elements."""

from __future__ import annotations

from collections import deque
from typing import Any, Generic, TypeVar, cast

from ...chunk import Chunk
from ...errors import ConfigurationError
from .batcher import part

T = TypeVar("T")


class ElementQueue(Generic[T]):
    """Keeps elements in order until the characters of their text are taken.

    An element without text leaves with the text in front of it. Texts are joined when they are taken; a chunk of which
    only a part is taken is cut.

    Args:
        name: Name of the operator, for error messages.
        choice: Index of the answer whose text is counted; chunks of other answers count as chunks without text.

    >>> queue = ElementQueue[str]("smooth")
    >>> queue.add("Io, Eur"), queue.add("opa"), queue.take(6), queue.take_all()
    ('Io, Eur', 'opa', ['Io, Eu'], ['ropa'])
    """

    __slots__ = ("_choice", "_items", "_name", "_start", "size")

    def __init__(self, name: str, *, choice: int = 0) -> None:
        self._name = name
        self._choice = choice
        self._items: deque[tuple[T, str]] = deque()
        self._start = 0  # number of characters of the first element that have been taken
        self.size = 0
        """Number of characters of text in the queue."""

    def __bool__(self) -> bool:
        return bool(self._items)

    @property
    def text(self) -> str:
        """The text in the queue."""
        return "".join(text for _, text in self._items)[self._start :]

    def add(self, item: T) -> str:
        """Add an element; return its text, which is empty for a chunk of another answer.

        Raises:
            ConfigurationError: The element is neither text nor a chunk.
        """
        text = text_of(item, self._choice, self._name)
        self._items.append((item, text))
        self.size += len(text)
        return text

    def take(self, chars: int) -> list[T]:
        """Take characters, with the elements without text that stand among and behind them."""
        taken: list[T] = []
        while self._items:
            item, text = self._items[0]
            start, left = self._start, len(text) - self._start
            if left > chars:
                if chars:
                    self._start += chars
                    self.size -= chars
                    taken.append(part(item, text, start, self._start))
                break
            self._items.popleft()
            self._start = 0
            self.size -= left
            chars -= left
            taken.append(part(item, text, start, len(text)))
        return _join_texts(taken)

    def take_all(self) -> list[T]:
        """Take everything."""
        return self.take(self.size)


def text_of(item: object, choice: int, name: str) -> str:
    """Return the text of an element; a chunk of another answer has none.

    Args:
        item: A text or a chunk.
        choice: Index of the answer whose text is read.
        name: Name of the operator, for the error.

    Raises:
        ConfigurationError: The element is neither text nor a chunk.
    """
    if isinstance(item, str):
        return item
    if not isinstance(item, Chunk):
        kind = type(item).__name__
        raise ConfigurationError(
            f"{name} reads texts or chunks, and {kind} came: put it behind an operator that emits them."
        )
    chunk = cast("Chunk[Any]", item)
    return chunk.content if chunk.index == choice else ""


def _join_texts(taken: list[T]) -> list[T]:
    """Join texts into one; chunks stay as they are."""
    if len(taken) < 2 or not isinstance(taken[0], str):
        return taken
    return [cast("T", "".join(cast("list[str]", taken)))]
