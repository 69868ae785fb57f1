"""The sentences of what a stream speaks, each with its sound."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..chunk import Chunk
from ..pcm import Pcm
from ..runtime import flush, is_choice, operator
from ..speech import SpeechSegment, segments_of


def speech_segments(
    *, choice: int = 0, rate: int = 24_000, channels: int = 1, width: int = 2
) -> Callable[[Observable[Chunk]], Observable[SpeechSegment]]:
    r"""Cut speech into sentences, each with its sound, and emit them at completion.

    Where a sentence ends in the sound is an estimate, and the segment says so: no provider tells. The sound is
    shared out in proportion to the characters, each cut moved to the quietest place nearby. Only at the end
    is it known how long the sound is; until then take ``transcript()`` and ``audio()``.

    .. marble::
        :alt: speech_segments

        --Io. Eu--{audio}--ropa.--{audio}--|
        [        speech_segments()         ]
        -----------------------------------(Io. Europa.)|

    Args:
        choice: Which of several answers.
        rate: Samples a second of one channel.
        channels: How many there are.
        width: Bytes of one sample.

    Returns:
        An operator from chunks to segments: their texts make the transcript, their audio the sound. An error
        passes through without any.

    Raises:
        ConfigurationError: A number is none that sound can have.

    >>> import reactivex as rx, streamkit as sk
    >>> chunks = rx.of(sk.Chunk(audio_transcript="Io. Europa."), sk.Chunk(audio=bytes(52_800)))
    >>> for segment in sk.flow(chunks).pipe(speech_segments()):
    ...     print(segment.text, round(segment.end_ms), segment.estimated)
    Io.  400 True
    Europa. 1100 True
    """
    pcm = Pcm(rate, channels, width)

    @operator
    def segment(
        source: Observable[Chunk], observer: abc.ObserverBase[SpeechSegment], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        words: list[str] = []
        sound: list[bytes] = []

        def on_next(chunk: Chunk) -> None:
            if is_choice(chunk, choice):
                words.append(chunk.audio_transcript)
                sound.append(chunk.audio)

        def on_completed() -> None:
            flush(observer, lambda: segments_of("".join(words), b"".join(sound), pcm))
            observer.on_completed()

        return source.subscribe(on_next, observer.on_error, on_completed, scheduler=scheduler)

    return segment
