"""The sound of a stream, as received."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from reactivex import Observable

from ..chunk import Chunk
from ._base.select import select_field


def audio(*, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[bytes]]:
    r"""Emit the sound of chunks; chunks without sound are skipped.

    The bytes are decoded from base64 and otherwise unchanged: raw samples for ``pcm16``, else a part of a file in
    the format that was requested. A piece may end in the middle of a sample.

    .. marble::
        :alt: audio

        --a--{text}--b--c--|
        [     audio()      ]
        --a----------b--c--|

    Args:
        choice: Index of the answer, where the call asked for several.

    Returns:
        An operator from chunks to pieces of sound, as they arrived.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of(sk.Chunk(audio_transcript="Io"), sk.Chunk(audio=b"\1\2"))).pipe(audio()))
    [b'\x01\x02']
    """
    take: Callable[[Chunk], bytes] = attrgetter("audio")
    return select_field(take, choice, emits="many", gives="sound", name="audio()")
