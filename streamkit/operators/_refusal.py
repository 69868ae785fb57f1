"""The refusal of a model, as received."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from reactivex import Observable

from ..chunk import Chunk
from ._base.select import select_field


def refusal(*, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[str]]:
    r"""Emit the text of a refusal; chunks without a refusal are skipped.

    Only some providers mark a refusal; with the others it is text.

    .. marble::
        :alt: refusal

        --Eu--{I can}--{not}--|
        [      refusal()      ]
        ------I can----not----|

    Args:
        choice: Index of the answer, where the call asked for several.

    Returns:
        An operator from chunks to pieces of the refusal, as they arrived.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of(sk.Chunk(refusal="I can"), sk.Chunk(refusal="not"))).pipe(refusal()))
    ['I can', 'not']
    """
    take: Callable[[Chunk], str] = attrgetter("refusal")
    return select_field(take, choice, emits="many", gives="text", name="refusal()")
