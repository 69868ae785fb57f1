"""The reasoning of a stream, piece by piece."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..chunk import Chunk


def thinking(*, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[str]]:
    r"""Take the reasoning out of chunks; chunks without any are left out.

    A provider that keeps its reasoning to itself sends none.

    .. marble::
        :alt: thinking

        --{hm}--Eu--{so}--ro--|
        [      thinking()     ]
        --hm--------so--------|

    Args:
        choice: Which of several answers.

    Returns:
        An operator from chunks to the pieces of reasoning as they came.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of(sk.Chunk(thinking="hm"), sk.Chunk(content="Io"))).pipe(thinking()))
    ['hm']
    """

    def operator(source: Observable[Chunk]) -> Observable[str]:
        def subscribe(
            observer: abc.ObserverBase[str], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            emit = observer.on_next

            def on_next(chunk: Chunk) -> None:
                piece = chunk.thinking
                if piece and chunk.index == choice:
                    emit(piece)

            return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

        return Observable(subscribe)

    return operator
