"""The sound of a stream, piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from reactivex import Observable

from ..chunk import Chunk
from ..runtime import select_field


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
    take: Callable[[Chunk], bytes] = attrgetter("audio")
    return select_field(take, choice)
