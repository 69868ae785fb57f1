"""Operators that select one field of chunks, and the check that an element is a chunk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, Unpack, cast

from reactivex import Observable, abc

from ...chunk import Chunk
from ...errors import ConfigurationError
from .machine import operator
from .marks import MarkFields

T = TypeVar("T")


def select_field(
    take: Callable[[Chunk], T], choice: int, **mark: Unpack[MarkFields]
) -> Callable[[Observable[Chunk]], Observable[T]]:
    """Make an operator that emits one field of each chunk, unless the field is empty.

    Args:
        take: Function that reads the field; an ``attrgetter`` costs least.
        choice: Index of the answer whose chunks are read.
        mark: ``emits``, which is required, and ``gives`` and ``name``; see ``marks.py``.
    """
    name = mark.get("name", "")

    @operator(**{**mark, "reads": "chunks"})
    def select(
        source: Observable[Chunk], observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        emit = observer.on_next

        def on_next(chunk: Chunk) -> None:
            try:
                value = take(chunk)
            except AttributeError as error:
                raise not_a_chunk(chunk, error, name) from None
            if value and chunk.index == choice:
                emit(value)

        return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

    return select


def is_choice(chunk: Chunk, choice: int, name: str = "") -> bool:
    """Whether a chunk belongs to a choice.

    Args:
        chunk: The element.
        choice: Index of the answer.
        name: The operator as its user wrote it, for the error.

    Raises:
        ConfigurationError: The element is not a chunk.
    """
    try:
        index = chunk.index
    except AttributeError as error:
        raise not_a_chunk(chunk, error, name) from None
    if index == choice:
        return True
    if not isinstance(cast("object", chunk), Chunk):  # text has an index, too
        raise not_a_chunk(chunk, AttributeError(), name)
    return False


def not_a_chunk(item: object, error: Exception, name: str = "") -> Exception:
    """Return the error for an element without the attributes of a chunk; for a chunk, the given error."""
    if isinstance(item, Chunk):
        return error
    kind, reader = type(cast("Any", item)).__name__, name or "This operator"
    return ConfigurationError(f"{reader} reads chunks, and {kind} came: put it before ops.text() and the like.")
