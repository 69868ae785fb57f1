"""What a model says to refuse, piece by piece."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..chunk import Chunk


def refusal(*, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[str]]:
    r"""Take out of chunks what the model says to refuse; chunks without any are left out.

    Only some providers tell a refusal from an answer; those of the others are text.

    .. marble::
        :alt: refusal

        --Eu--{I can}--{not}--|
        [      refusal()      ]
        ------I can----not----|

    Args:
        choice: Which of several answers.

    Returns:
        An operator from chunks to the pieces of the refusal as they came.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of(sk.Chunk(refusal="I can"), sk.Chunk(refusal="not"))).pipe(refusal()))
    ['I can', 'not']
    """

    def operator(source: Observable[Chunk]) -> Observable[str]:
        def subscribe(
            observer: abc.ObserverBase[str], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            emit = observer.on_next

            def on_next(chunk: Chunk) -> None:
                piece = chunk.refusal
                if piece and chunk.index == choice:
                    emit(piece)

            return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

        return Observable(subscribe)

    return operator
