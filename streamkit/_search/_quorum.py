"""``sk.quorum``: sends several calls until enough of their answers agree."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Never, TypeAlias, TypeVar, cast, overload

from ..errors import ConfigurationError
from ..response import Response
from ._acceptors import Acceptor, Answer
from ._candidate import CandidateConfig, Reader
from ._ledger import Ledger
from ._race import checked, end, raise_if_all_failed
from ._result import Candidate, Pending, SearchHit, SearchMiss, SearchResult, V_co
from ._task_pool import TaskPool

Key: TypeAlias = Callable[[Response], "Hashable | Awaitable[Hashable | None] | None"]


H = TypeVar("H", bound=Hashable)


@dataclass(frozen=True, slots=True, repr=False)
class QuorumResult(SearchResult[V_co]):
    """The result of ``quorum``; true if ``k`` answers agree.

    After ``if result:`` type checkers know that ``answer`` and ``response`` are not None.

    Args:
        answer: The answer that ``k`` calls gave; None if there is none.
        votes: Pairs of an answer and its count, the most frequent first.
    """

    answer: V_co | None = None
    votes: tuple[tuple[V_co, int], ...] = ()

    def _shown(self) -> list[tuple[str, Any, Any]]:
        names = ("answer", "votes", "response", "ledger")
        return [(name, getattr(self, name), None) for name in names]


class QuorumHit(QuorumResult[V_co], SearchHit[V_co]):
    """A result with an answer that enough calls gave; it is true."""

    __slots__ = ()

    if TYPE_CHECKING:
        answer: V_co


class QuorumMiss(QuorumResult[Never], SearchMiss):
    """A result without agreement; it is false."""

    __slots__ = ()

    if TYPE_CHECKING:
        answer: None


Quorum = QuorumResult  # the older name


@overload
def quorum(
    streams: Iterable[Candidate], *, key: Callable[[Response], Awaitable[H | None]], k: int
) -> Pending[QuorumHit[H] | QuorumMiss]: ...


@overload
def quorum(
    streams: Iterable[Candidate], *, key: Callable[[Response], H | None], k: int
) -> Pending[QuorumHit[H] | QuorumMiss]: ...


def quorum(streams: Iterable[Candidate], *, key: Key, k: int) -> Pending[QuorumHit[Any] | QuorumMiss]:
    """Send several calls and stop as soon as ``k`` answers agree, or cannot agree any more.

    Args:
        streams: Streams, or functions or coroutines that make them.
        key: Function of a whole Response that returns the normalized answer to compare, or None without an answer;
            async too.
        k: Number of answers that must agree.

    Returns:
        A ``QuorumResult`` to ``await``, or to ``run()`` in synchronous code; once. ``response`` is the first one with
        the agreed answer.

    Raises:
        ConfigurationError: There are fewer streams than ``k``.
        StreamError: All calls failed; the first one's error.
        Exception: Raised by ``key``; everything is closed then.

    >>> from streamkit.testing import Script, chat_events
    >>> streams = [Script(chat_events(text)).stream() for text in ("Io", "io ", "Titan")]
    >>> quorum(streams, key=lambda response: response.content.strip().lower(), k=2).run().answer
    'io'
    """
    candidates = checked("quorum", streams)
    if not isinstance(cast("object", k), int) or isinstance(k, bool) or not 1 <= k <= len(candidates):
        raise ConfigurationError(f"quorum(k={k!r}) of {len(candidates)} streams: k is from 1 to their number.")
    return Pending("quorum(…)", lambda: _quorum(candidates, key, k))


async def _quorum(candidates: list[Candidate], key: Key, k: int) -> QuorumHit[Any] | QuorumMiss:
    ledger, votes, voters = Ledger(), Counter[Hashable](), dict[Hashable, list[Reader]]()
    config = CandidateConfig("quorum()", lambda: _Vote(key))
    best = 0
    async with TaskPool[Reader]() as pool:
        readers = [Reader(ledger, each, each, config) for each in candidates]
        for reader in readers:
            pool.start(reader.row.index, reader.run)
        while best < k <= best + pool.undecided:
            for reader in await pool.next_reports():
                if reader.accepted is not None:
                    votes[reader.value] += 1
                    voters.setdefault(reader.value, []).append(reader)
            best = max(votes.values(), default=0)
        await end(pool, ledger, readers)
    raise_if_all_failed(readers)
    answer = next((each for each, count in votes.most_common(1) if count >= k), None)
    agreed = voters.get(answer, [])
    for reader in (each for readers in voters.values() for each in readers if each not in agreed):
        reader.settle("rejected")
    accepted = tuple(each.accepted for each in agreed if each.accepted is not None)
    ended_by = "accepted" if accepted else "exhausted"
    kind: Any = QuorumHit if accepted else QuorumMiss
    result: QuorumHit[Any] | QuorumMiss = kind(
        accepted, ledger, ended_by, pool, answer=answer, votes=tuple(votes.most_common())
    )
    return result


class _Vote(Acceptor):
    """Reads an answer to its end, and accepts it if ``key`` finds an answer."""

    def __init__(self, key: Key) -> None:
        self._key = key

    async def check_whole(self, answer: Answer) -> bool:
        answered: Any = self._key(answer.response)
        self.value = await answered if inspect.isawaitable(answered) else answered
        return self.value is not None
