"""The Response so far, for every chunk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reactivex import Observable, abc

from ..chunk import Chunk
from ..fold import Fold
from ._base.machine import operator
from ._base.select import not_a_chunk

if TYPE_CHECKING:
    from ..response import Response


def responses() -> Callable[[Observable[Chunk]], Observable[Response]]:
    r"""Fold chunks, and emit the Response so far after each of them.

    .. marble::
        :alt: responses

        --Eu------ro--------pa----------|
        [         responses()           ]
        --("Eu")--("Euro")--("Europa")--|

    A Response costs about 30 µs and the joining of its text, and growing tool arguments are parsed again each time.
    That is cheap for a few thousand chunks; to display text as it arrives, use ``text()``.

    Returns:
        An operator that emits a Response for each chunk. Its state is ``streaming`` until every choice has its finish
        reason, then ``complete``.

    >>> import reactivex as rx, streamkit as sk
    >>> [str(each) for each in sk.flow(rx.of(sk.Chunk(content="Euro"), sk.Chunk(content="pa"))).pipe(responses())]
    ['Euro', 'Europa']
    """

    @operator(emits="one", reads="chunks", gives="other", name="responses()")  # the last one is the whole
    def fold_each(
        source: Observable[Chunk], observer: abc.ObserverBase[Response], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        fold = Fold()

        def on_next(chunk: Chunk) -> None:
            try:
                fold.add((chunk,))
            except AttributeError as error:
                raise not_a_chunk(chunk, error, "responses()") from None
            observer.on_next(fold.response("complete" if fold.finished else "streaming"))

        return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

    return fold_each
