"""Pieces that come close together, joined into fewer: for a screen that is drawn only so often."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reactivex import Observable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..portion import Joined
from ..runtime import transform_timed
from ..settings import is_positive

T = TypeVar("T", str, Chunk)


def coalesce(seconds: float = 0.05) -> Callable[[Observable[T]], Observable[T]]:
    r"""Join neighbouring pieces that come within a time into one, and lose nothing.

    Text is joined with text, and a chunk that is nothing but a piece of text, thinking or refusal with the next one
    of the same choice. Any other chunk (tool calls, a finish reason, usage, media) passes at once, behind what came
    before it. So text comes at most once in ``seconds``, or every 65,536 characters.

    .. marble::
        :alt: coalesce

        --Eu-ro-pa----------Titan--|
        [        coalesce()        ]
        ------------Europa---------Titan|

    Args:
        seconds: Seconds from the first piece on, on the subscriber's scheduler.

    Returns:
        An operator on pieces of text or on chunks. Joined chunks have no ``raw`` event. What is held is emitted
        before the end, and before an error.

    Raises:
        ConfigurationError: ``seconds`` is not a number above 0.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Eu", "ro", "pa")).pipe(coalesce(0.1)))
    ['Europa']
    """
    if not is_positive(seconds):
        raise ConfigurationError(f"coalesce({seconds!r}): give a number of seconds above 0.")
    return transform_timed(Joined[T], seconds=seconds)
