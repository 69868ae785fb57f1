"""Several answers to one question, until so many of them agree."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from ..errors import ConfigurationError
from ..response import Response
from ._candidate import CandidateConfig, Reader
from ._judge import Acceptor, Answer
from ._ledger import Ledger
from ._race import checked, end, raise_if_all_failed
from ._result import Candidate, Pending, SearchResult
from ._task_pool import TaskPool

Key: TypeAlias = Callable[[Response], "Hashable | Awaitable[Hashable | None] | None"]


@dataclass(frozen=True, slots=True)
class QuorumResult(SearchResult):
    """What was agreed on; true if anything was.

    Args:
        answer: The answer that so many have given; None if it was not reached.
        votes: How often each answer was given, the most frequent first.
    """

    answer: Any = None
    votes: tuple[tuple[Any, int], ...] = ()


Quorum = QuorumResult  # the older name


def quorum(streams: Iterable[Candidate], *, key: Key, k: int) -> Pending[QuorumResult]:
    """Ask several and stop as soon as ``k`` of them agree, or no ``k`` can agree any more.

    Args:
        streams: Streams, or functions or coroutines that make them.
        key: Makes of a whole Response the answer that is compared, normalized; None if there is none in it. Async
            too.
        k: How many have to agree.

    Returns:
        Something to ``await``, or to ``run()``: a result with ``answer``, ``votes``, ``response`` (the first that gave
        that answer), ``winner`` and ``ledger``.

    Raises:
        ConfigurationError: There are fewer streams than ``k``.
        StreamError: All of them failed: the first one's error.
        Exception: What ``key`` has raised; everything is closed then.

    >>> from streamkit.testing import Script, chat_events
    >>> streams = [Script(chat_events(text)).stream() for text in ("Io", "io ", "Titan")]
    >>> quorum(streams, key=lambda response: response.content.strip().lower(), k=2).run().answer
    'io'
    """
    candidates = checked("quorum", streams)
    if not isinstance(cast("object", k), int) or isinstance(k, bool) or not 1 <= k <= len(candidates):
        raise ConfigurationError(f"quorum(k={k!r}) of {len(candidates)} streams: k is from 1 to their number.")
    return Pending("quorum(…)", lambda: _quorum(candidates, key, k))


async def _quorum(candidates: list[Candidate], key: Key, k: int) -> QuorumResult:
    ledger, votes, gave = Ledger(), Counter[Hashable](), dict[Hashable, list[Reader]]()
    terms = CandidateConfig("quorum()", lambda: _Vote(key))
    best = 0
    async with TaskPool[Reader]() as crowd:
        readers = [Reader(ledger, each, each, terms) for each in candidates]
        for reader in readers:
            crowd.start(reader.row.index, reader.run)
        while best < k <= best + crowd.undecided:
            for reader in await crowd.some():
                if reader.accepted is not None:
                    votes[reader.value] += 1
                    gave.setdefault(reader.value, []).append(reader)
            best = max(votes.values(), default=0)
        await end(crowd, ledger, readers)
    raise_if_all_failed(readers)
    answer = next((each for each, count in votes.most_common(1) if count >= k), None)
    agreed = gave.get(answer, [])
    for reader in (each for readers in gave.values() for each in readers if each not in agreed):
        reader.settle("rejected")
    accepted = tuple(each.accepted for each in agreed if each.accepted is not None)
    ended_by = "accepted" if accepted else "exhausted"
    return QuorumResult(accepted, ledger, ended_by, crowd, answer=answer, votes=tuple(votes.most_common()))


class _Vote(Acceptor):
    """Reads an answer to its end, and takes what it says."""

    def __init__(self, key: Key) -> None:
        self._key = key

    async def whole(self, answer: Answer) -> bool:
        told: Any = self._key(answer.response)
        self.value = await told if inspect.isawaitable(told) else told
        return self.value is not None
