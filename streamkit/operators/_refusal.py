"""What a model says to refuse, piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from reactivex import Observable

from ..chunk import Chunk
from ..runtime import select_field


def refusal(*, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[str]]:
    r"""Take out of chunks what the model says to refuse; chunks without any are left out.

    Only some providers tell a refusal from an answer; those of the others are text.

    .. marble::
        :alt: refusal

        --Eu--{I can}--{not}--|
        [      refusal()      ]
        ------I can----not----|

    Args:
        choice: Which of several answers.

    Returns:
        An operator from chunks to the pieces of the refusal as they came.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of(sk.Chunk(refusal="I can"), sk.Chunk(refusal="not"))).pipe(refusal()))
    ['I can', 'not']
    """
    take: Callable[[Chunk], str] = attrgetter("refusal")
    return select_field(take, choice)
