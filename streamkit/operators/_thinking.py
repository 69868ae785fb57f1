"""The reasoning of a stream, piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from reactivex import Observable

from ..chunk import Chunk
from ..runtime import select_field


def thinking(*, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[str]]:
    r"""Take the reasoning out of chunks; chunks without any are left out.

    A provider that keeps its reasoning to itself sends none.

    .. marble::
        :alt: thinking

        --{hm}--Eu--{so}--ro--|
        [      thinking()     ]
        --hm--------so--------|

    Args:
        choice: Which of several answers.

    Returns:
        An operator from chunks to the pieces of reasoning as they came.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of(sk.Chunk(thinking="hm"), sk.Chunk(content="Io"))).pipe(thinking()))
    ['hm']
    """
    take: Callable[[Chunk], str] = attrgetter("thinking")
    return select_field(take, choice)
