"""Neighbouring pieces joined into fewer, for example for a screen with a fixed refresh rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reactivex import Observable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..settings import is_positive
from ..text.joining import Joiner
from ._base.transform import transform_timed

T = TypeVar("T", str, Chunk)


def coalesce(seconds: float = 0.05) -> Callable[[Observable[T]], Observable[T]]:
    r"""Join neighbouring pieces that arrive within a time; nothing is lost.

    Text is joined with text, and a chunk that has only text, thinking or refusal with the next such chunk of its
    choice. Any other chunk (tool calls, a finish reason, usage, media) is emitted at once, behind the buffered ones.
    So text is emitted at most once in ``seconds``, or every 65,536 characters.

    .. marble::
        :alt: coalesce

        --Eu--ro--pa--------Titan--|
        [        coalesce()        ]
        ------------Europa---------Titan|

    Args:
        seconds: Seconds from the first piece on, on the subscriber's scheduler.

    Returns:
        An operator on pieces of text or on chunks. Joined chunks have no ``raw`` event. Buffered elements are emitted
        before the end, and before an error.

    Raises:
        ConfigurationError: ``seconds`` is not a number above 0.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Eu", "ro", "pa")).pipe(coalesce(0.1)))
    ['Europa']
    """
    if not is_positive(seconds):
        raise ConfigurationError(f"coalesce({seconds!r}): give a number of seconds above 0.")
    return transform_timed(Joiner[T], seconds=seconds, emits="same", gives="same", name="coalesce()")
