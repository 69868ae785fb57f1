"""An operator that takes one thing out of chunks, and leaves out those that have none of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from reactivex import Observable, abc

from ..chunk import Chunk
from ..errors import ConfigurationError

T = TypeVar("T")


def picked(take: Callable[[Chunk], T], choice: int) -> Callable[[Observable[Chunk]], Observable[T]]:
    """Make an operator that emits what it takes out of each chunk, unless that is empty.

    Args:
        take: Takes it; an ``attrgetter`` costs least.
        choice: Which of several answers.
    """

    def operator(source: Observable[Chunk]) -> Observable[T]:
        def subscribe(observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            emit = observer.on_next

            def on_next(chunk: Chunk) -> None:
                try:
                    piece = take(chunk)
                except AttributeError as error:
                    raise unfit(chunk, error) from None
                if piece and chunk.index == choice:
                    emit(piece)

            return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

        return Observable(subscribe)

    return operator


def unfit(item: object, error: Exception) -> Exception:
    """Say what is wrong with an element that an operator on chunks cannot read: that it is none, or else the error."""
    if isinstance(item, Chunk):
        return error
    came = type(item).__name__
    return ConfigurationError(f"Chunks are read, and {came} came: put this operator before text() and the like.")


def choose(chunk: Chunk, choice: int) -> bool:
    """Whether a chunk is of this choice.

    Raises:
        ConfigurationError: It is no chunk.
    """
    try:
        index = chunk.index
    except AttributeError as error:
        raise unfit(chunk, error) from None
    if index == choice:
        return True
    if not isinstance(cast("object", chunk), Chunk):  # text has an index, too
        raise unfit(chunk, AttributeError())
    return False
