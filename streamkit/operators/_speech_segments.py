"""The spoken sentences of a stream, each with the sound."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..audio.pcm import Pcm
from ..audio.speech import SpeechSegment, segments_of
from ..chunk import Chunk
from ._base.machine import flush, operator
from ._base.select import is_choice


def speech_segments(
    *, choice: int = 0, rate: int = 24_000, channels: int = 1, width: int = 2
) -> Callable[[Observable[Chunk]], Observable[SpeechSegment]]:
    r"""Split speech into sentences with their sound, and emit them at completion.

    No provider sends the times of words, so the ends of sentences in the sound are estimates, and marked so. The
    sound is divided in proportion to the characters, and each cut is moved to the quietest point nearby. The length of
    the sound is known only at the end; until then use ``transcript()`` and ``audio()``.

    .. marble::
        :alt: speech_segments

        --Io. Eu--{audio}--ropa.--{audio}--|
        [        speech_segments()         ]
        -----------------------------------(Io.)-(Europa.)|

    Args:
        choice: Index of the answer, where the call asked for several.
        rate: Samples a second of one channel.
        channels: Number of channels.
        width: Bytes of one sample.

    Returns:
        An operator from chunks to segments: joined, their texts are the transcript and their audio is the sound.
        Of a WAV file the samples are taken, at its own rate. After an error no segment is emitted.

    Raises:
        ConfigurationError: A number is out of range; by ``on_error``, the sound is neither raw nor a WAV file.

    >>> import reactivex as rx, streamkit as sk
    >>> chunks = rx.of(sk.Chunk(audio_transcript="Io. Europa."), sk.Chunk(audio=bytes(52_800)))
    >>> for segment in sk.flow(chunks).pipe(speech_segments()):
    ...     print(segment.text, round(segment.end_ms), segment.estimated)
    Io.  400 True
    Europa. 1100 True
    """
    pcm = Pcm(rate, channels, width)

    @operator(emits="many", reads="chunks", gives="other", name="speech_segments()")
    def segment(
        source: Observable[Chunk], observer: abc.ObserverBase[SpeechSegment], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        words: list[str] = []
        sound: list[bytes] = []

        def on_next(chunk: Chunk) -> None:
            if is_choice(chunk, choice, "speech_segments()"):
                words.append(chunk.audio_transcript)
                sound.append(chunk.audio)

        def on_completed() -> None:
            flush(observer, lambda: segments_of("".join(words), b"".join(sound), pcm))
            observer.on_completed()

        return source.subscribe(on_next, observer.on_error, on_completed, scheduler=scheduler)

    return segment
