"""The transcript of a stream's sound, as received."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from reactivex import Observable

from ..chunk import Chunk
from ._base.select import select_field


def transcript(*, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[str]]:
    r"""Emit the transcript of the sound; chunks without a transcript are skipped.

    The transcript arrives before the sound. For text that is written and not spoken, use ``text()``.

    .. marble::
        :alt: transcript

        --Eu--{audio}--ropa--|
        [    transcript()    ]
        --Eu-----------ropa--|

    Args:
        choice: Index of the answer, where the call asked for several.

    Returns:
        An operator from chunks to pieces of the transcript, as they arrived.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of(sk.Chunk(audio_transcript="Io"), sk.Chunk(audio=b"\1\2"))).pipe(transcript()))
    ['Io']
    """
    take: Callable[[Chunk], str] = attrgetter("audio_transcript")
    return select_field(take, choice, emits="many", gives="text", name="transcript()")
