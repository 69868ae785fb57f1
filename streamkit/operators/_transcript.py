"""The words of what a stream speaks, piece by piece."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..chunk import Chunk


def transcript(*, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[str]]:
    r"""Take the transcript of the sound out of chunks; chunks without any are left out.

    It comes ahead of the sound. What is written and not spoken is ``text()``.

    .. marble::
        :alt: transcript

        --Eu--{audio}--ropa--|
        [    transcript()    ]
        --Eu-----------ropa--|

    Args:
        choice: Which of several answers.

    Returns:
        An operator from chunks to the pieces of the transcript as they came.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of(sk.Chunk(audio_transcript="Io"), sk.Chunk(audio=b"\1\2"))).pipe(transcript()))
    ['Io']
    """

    def operator(source: Observable[Chunk]) -> Observable[str]:
        def subscribe(
            observer: abc.ObserverBase[str], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            emit = observer.on_next

            def on_next(chunk: Chunk) -> None:
                words = chunk.audio_transcript
                if words and chunk.index == choice:
                    emit(words)

            return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

        return Observable(subscribe)

    return operator
