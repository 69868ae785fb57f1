"""Several answers to one question, until so many of them agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from .._stream import Stream
from ..errors import ConfigurationError
from ..response import Response
from ..runtime import Crowd
from ._candidate import Make, Reader
from ._judge import judge_of
from ._ledger import Ledger
from ._result import Accepted, Pending, SearchResult


@dataclass(frozen=True, slots=True)
class Quorum(SearchResult):
    """What was agreed on.

    Args:
        answer: The answer that so many have given; None if it was not reached.
        votes: How often each answer was given, the most frequent first.
    """

    answer: Any = None
    votes: tuple[tuple[Any, int], ...] = ()


def quorum(streams: Iterable[Stream | Make], *, key: Callable[[Response], Hashable | None], k: int) -> Pending[Quorum]:
    """Ask several and stop as soon as ``k`` of them agree, or no ``k`` can agree any more.

    Args:
        streams: Streams, or functions that make them.
        key: Makes of a whole Response the answer that is compared, normalized; None if there is none in it.
        k: How many have to agree.

    Returns:
        Something to ``await``, or to ``run()``: a result with ``answer``, ``votes``, ``response`` (the first that gave
        that answer), ``winner`` and ``ledger``.

    Raises:
        ConfigurationError: There are fewer streams than ``k``.

    >>> from streamkit.testing import Script, chat_events
    >>> streams = [Script(chat_events(text)).stream() for text in ("Io", "io ", "Titan")]
    >>> quorum(streams, key=lambda response: response.content.strip().lower(), k=2).run().answer
    'io'
    """
    candidates = list(streams)
    if not 1 <= k <= len(candidates):
        raise ConfigurationError(f"quorum({len(candidates)} streams, k={k}): k is from 1 to the number of streams.")
    return Pending(lambda: _quorum(candidates, key, k))


async def _quorum(candidates: list[Stream | Make], key: Callable[[Response], Hashable | None], k: int) -> Quorum:
    ledger = Ledger()
    never = judge_of(_never)
    readers = [Reader(ledger.open(at), each, never) for at, each in enumerate(candidates)]
    votes: Counter[Hashable] = Counter()
    agreed: dict[Hashable, list[Accepted]] = {}
    async with Crowd[bool]() as crowd:
        for at, reader in enumerate(readers):
            crowd.start(at, reader.read())
        best = 0
        while crowd and best < k <= best + len(crowd):
            for index, _ in await crowd.some():
                reader = readers[index]
                answer = None if reader.error is not None else key(reader.response)
                if answer is not None:
                    votes[answer] += 1
                    agreed.setdefault(answer, []).append(Accepted(index, reader.response, answer))
            best = max(votes.values(), default=0)
    answer = next((each for each, count in votes.most_common(1) if count >= k), None)
    for accepted in agreed.get(answer, ()):
        ledger[accepted.index].verdict = "accepted"
    reached = answer is not None
    return Quorum(
        tuple(agreed[answer]) if reached else (),
        ledger,
        "accepted" if reached else "exhausted",
        crowd,
        answer=answer,
        votes=tuple(votes.most_common()),
    )


def _never(_: Response) -> bool:
    return False
