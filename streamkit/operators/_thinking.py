"""The reasoning of a stream, as received."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from reactivex import Observable

from ..chunk import Chunk
from ._base.select import select_field


def thinking(*, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[str]]:
    r"""Emit the reasoning of chunks; chunks without reasoning are skipped.

    Some providers do not send their reasoning.

    .. marble::
        :alt: thinking

        --{hm}--Eu--{so}--ro--|
        [      thinking()     ]
        --hm--------so--------|

    Args:
        choice: Index of the answer, where the call asked for several.

    Returns:
        An operator from chunks to pieces of reasoning, as they arrived.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of(sk.Chunk(thinking="hm"), sk.Chunk(content="Io"))).pipe(thinking()))
    ['hm']
    """
    take: Callable[[Chunk], str] = attrgetter("thinking")
    return select_field(take, choice, emits="many", gives="text", name="thinking()")
