"""The words of what a stream speaks, piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from reactivex import Observable

from ..chunk import Chunk
from ..runtime import select_field


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
    take: Callable[[Chunk], str] = attrgetter("audio_transcript")
    return select_field(take, choice)
