"""The Response of a whole stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reactivex import Observable, abc

from ..chunk import Chunk
from ..errors import StreamError
from ..fold import Fold
from ..fold_turns import FoldedTurns
from ._base.machine import flush, operator
from ._base.select import not_a_chunk

if TYPE_CHECKING:
    from ..response import Response, State


def to_response() -> Callable[[Observable[Chunk]], Observable[Response]]:
    r"""Fold chunks into one Response, and emit the Response at completion.

    .. marble::
        :alt: to_response

        --Eu--ro--pa--|
        [to_response()]
        --------------(Response "Europa")|

    Returns:
        An operator that emits one Response. Its state is ``complete`` if every choice has its finish reason, else
        ``unknown``: an operator before this one may have cut the answer. That of a conversation is ``complete`` if its
        last turn calls no tool; a tool call without a result stands in ``history`` as one that may have run, or not.

    Raises:
        StreamError: By ``on_error``, the error of the source; without a ``partial`` it gets the Response so far.

    >>> import reactivex as rx, streamkit as sk
    >>> sk.flow(rx.of(sk.Chunk(content="Euro"), sk.Chunk(content="pa"))).pipe(to_response()).run().content
    'Europa'
    """

    @operator(emits="one", reads="chunks", gives="other", name="to_response()")
    def fold_all(
        source: Observable[Chunk], observer: abc.ObserverBase[Response], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        fold, turns = Fold(), FoldedTurns()

        def on_next(chunk: Chunk) -> None:
            try:
                fold.add((chunk,))
                if type(chunk) is not Chunk:
                    turns.add(chunk)
            except AttributeError as error:
                raise not_a_chunk(chunk, error, "to_response()") from None

        def on_error(error: Exception) -> None:
            if isinstance(error, StreamError) and error.partial is None:
                error.partial = turns.combined(fold.response("failed"))
            observer.on_error(error)

        def on_completed() -> None:
            state: State = "complete" if fold.finished else "unknown"
            flush(observer, lambda: [turns.combined(fold.response(state))])
            observer.on_completed()

        return source.subscribe(on_next, on_error, on_completed, scheduler=scheduler)

    return fold_all
