"""``sk.quorum``: sends several calls until enough of their answers agree."""

from __future__ import annotations

import inspect
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Never, TypeAlias, TypeVar, cast, overload

from ..errors import ConfigurationError
from ..response import Response
from ..settings import is_positive
from ._acceptors import Acceptor, Answer
from ._candidate import CandidateConfig, Reader
from ._evidence import confident_answer
from ._ledger import Ledger
from ._race import checked, end, raise_if_all_failed
from ._result import Candidate, Pending, SearchHit, SearchMiss, SearchResult, V_co
from ._task_pool import TaskPool

Key: TypeAlias = Callable[[Response], "Hashable | Awaitable[Hashable | None] | None"]


H = TypeVar("H", bound=Hashable)


@dataclass(frozen=True, slots=True, repr=False)
class QuorumResult(SearchResult[V_co]):
    """The result of ``quorum``; true if enough answers agree.

    After ``if result:`` type checkers know that ``answer`` and ``response`` are not None.

    Args:
        answer: The answer on which enough calls agree; None if there is none.
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
    streams: Iterable[Candidate],
    *,
    key: Callable[[Response], Awaitable[H | None]],
    k: int | None = None,
    confidence: float | None = None,
    concurrency: int | None = None,
) -> Pending[QuorumHit[H] | QuorumMiss]: ...


@overload
def quorum(
    streams: Iterable[Candidate],
    *,
    key: Callable[[Response], H | None],
    k: int | None = None,
    confidence: float | None = None,
    concurrency: int | None = None,
) -> Pending[QuorumHit[H] | QuorumMiss]: ...


def quorum(
    streams: Iterable[Candidate],
    *,
    key: Key,
    k: int | None = None,
    confidence: float | None = None,
    concurrency: int | None = None,
) -> Pending[QuorumHit[Any] | QuorumMiss]:
    """Send several calls and stop as soon as enough answers agree, or cannot agree any more.

    Give ``k``, or ``confidence``. With ``confidence`` the calls go on until one answer is the most frequent one with
    this probability: 0.95 needs five answers that all agree, and more where some differ. The probability holds however
    often you look and however close two answers are: if no answer reaches it, the result is false. Answers count in
    the order in which they end, so short ones count first.

    Args:
        streams: Streams, or functions or coroutines that make them.
        key: Function of a whole Response that returns the normalized answer to compare, or None without an answer;
            async too.
        k: Number of answers that must agree.
        confidence: Probability, from 0.5 to below 1, that the answer is the one that most answers would give.
        concurrency: Number of calls that are open at the same time; by default all with ``k``, and with
            ``confidence`` as many as would be enough if they all agreed.

    Returns:
        A ``QuorumResult`` to ``await``, or to ``run()`` in synchronous code; once. ``response`` is the first one with
        the agreed answer. The ledger says which calls were not sent.

    Raises:
        ConfigurationError: There are fewer streams than ``k``, or than ``confidence`` needs; or a number is wrong.
        StreamError: All calls failed; the first one's error.
        Exception: Raised by ``key``; everything is closed then.

    >>> from streamkit.testing import Script, chat_events
    >>> streams = [Script(chat_events(text)).stream() for text in ("Io", "io ", "Titan")]
    >>> quorum(streams, key=lambda response: response.content.strip().lower(), k=2).run().answer
    'io'
    >>> streams = [Script(chat_events("Io")).stream() for _ in range(20)]
    >>> found = quorum(streams, key=lambda response: response.content, confidence=0.95).run()
    >>> found.answer, found.votes, found.ledger.calls
    ('Io', (('Io', 5),), 5)
    """
    candidates = checked("quorum", streams)
    goal = _goal(len(candidates), k, confidence)
    width = concurrency or (len(candidates) if confidence is None else None)
    if concurrency is not None and not is_positive(concurrency, whole=True):
        raise ConfigurationError(f"quorum(concurrency={concurrency!r}): give a whole number above 0, or None.")
    return Pending("quorum(…)", lambda: _quorum(candidates, key, goal, width))


class _Goal:
    """What must hold of the votes: ``k`` equal ones, or the confidence that one answer is the most frequent."""

    def __init__(self, k: int | None, confidence: float | None) -> None:
        self._k = k
        self._confidence = confidence

    def answer(self, votes: Counter[Hashable]) -> Hashable | None:
        """Return the answer that has enough votes; None while none has."""
        if self._confidence is not None:
            return confident_answer(votes, self._confidence)
        return next((each for each, count in votes.most_common(1) if count >= (self._k or 0)), None)

    def is_reachable(self, votes: Counter[Hashable], left: int) -> bool:
        """Return whether some answer has enough votes if it gets all that are left."""
        leader = votes.most_common(1)[0][0] if votes else ""
        return self.answer(votes + Counter({leader: left})) is not None

    def fewest(self, votes: Counter[Hashable], most: int) -> int:
        """Return the number of further votes that are enough if all are for one answer; ``most + 1`` if none is."""
        return next((each for each in range(1, most + 1) if self.is_reachable(votes, each)), most + 1)


def _goal(number: int, k: object, confidence: object) -> _Goal:
    if (k is None) == (confidence is None):
        raise ConfigurationError(
            "quorum(…): give k= (so many equal answers) or confidence= (a probability), one of them."
        )
    if k is not None:
        if not is_positive(k, whole=True) or cast("int", k) > number:
            raise ConfigurationError(f"quorum(k={k!r}) of {number} streams: k is from 1 to their number.")
        return _Goal(cast("int", k), None)
    if not is_positive(confidence) or not 0.5 <= cast("float", confidence) < 1:
        raise ConfigurationError(f"quorum(confidence={confidence!r}): give a probability from 0.5 to below 1.")
    goal = _Goal(None, cast("float", confidence))
    if goal.fewest(Counter(), number) > number:
        needed = goal.fewest(Counter(), 1_000)
        raise ConfigurationError(
            f"quorum(confidence={confidence}) of {number} streams: it needs {needed} equal answers or more. "
            "Give more streams, or a lower confidence."
        )
    return goal


async def _quorum(candidates: list[Candidate], key: Key, goal: _Goal, width: int | None) -> QuorumHit[Any] | QuorumMiss:
    ledger, votes, voters = Ledger(), Counter[Hashable](), dict[Hashable, list[Reader]]()
    config = CandidateConfig("quorum()", lambda: _Vote(key))
    async with TaskPool[Reader]() as pool:
        readers = [Reader(ledger, each, each, config) for each in candidates]
        unsent = deque(readers)
        while goal.answer(votes) is None and goal.is_reachable(votes, pool.undecided + len(unsent)):
            wide = width or goal.fewest(votes, pool.undecided + len(unsent))
            while unsent and pool.undecided < wide:
                reader = unsent.popleft()
                pool.start(reader.row.index, reader.run)
            for reader in await pool.next_reports():
                if reader.accepted is not None:
                    votes[reader.value] += 1
                    voters.setdefault(reader.value, []).append(reader)
        await end(pool, ledger, readers)
    raise_if_all_failed(readers)
    return _result(goal.answer(votes), votes, voters, ledger, pool)


def _result(
    answer: Hashable | None,
    votes: Counter[Hashable],
    voters: dict[Hashable, list[Reader]],
    ledger: Ledger,
    pool: TaskPool[Reader],
) -> QuorumHit[Any] | QuorumMiss:
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
