"""The sound of a stream, piece by piece."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..chunk import Chunk


def audio(*, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[bytes]]:
    r"""Take the sound out of chunks; chunks without any are left out.

    The bytes are what was asked for, decoded from base64 and otherwise untouched: raw samples for ``pcm16``,
    for any other format a piece of that format's file. A piece may end in the middle of a sample.

    .. marble::
        :alt: audio

        --a--{text}--b--c--|
        [     audio()      ]
        --a----------b--c--|

    Args:
        choice: Which of several answers.

    Returns:
        An operator from chunks to the pieces of sound as they came.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of(sk.Chunk(audio_transcript="Io"), sk.Chunk(audio=b"\1\2"))).pipe(audio()))
    [b'\x01\x02']
    """

    def operator(source: Observable[Chunk]) -> Observable[bytes]:
        def subscribe(
            observer: abc.ObserverBase[bytes], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            emit = observer.on_next

            def on_next(chunk: Chunk) -> None:
                sound = chunk.audio
                if sound and chunk.index == choice:
                    emit(sound)

            return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

        return Observable(subscribe)

    return operator
