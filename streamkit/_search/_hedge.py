"""``sk.hedge``: sends a second call if the first is slow; the first call with content wins."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from typing import Any, TypeAlias, TypeVar, cast, overload

from .._stream import Stream
from ..errors import ConfigurationError
from ..text.matcher import TextMatch
from ..tool import Tool, ToolCall
from ._acceptors import Accept, Condition, TextOrPattern, make_acceptor
from ._candidate import CandidateConfig, Reader
from ._ledger import Ledger
from ._race import Result, checked, end, result
from ._result import Candidate, Make, Pending, SearchHit, SearchMiss
from ._task_pool import TaskPool

_TICK = 1e-3  # seconds by which a timer may fire early

V = TypeVar("V")

Makes: TypeAlias = "Stream | Make | Iterable[Candidate]"


@overload
def hedge(make: Makes, *, after: float, accept: type[V], finish: bool | None = None) -> Result[V]: ...


@overload
def hedge(make: Makes, *, after: float, accept: TextOrPattern, finish: bool | None = None) -> Result[TextMatch]: ...


@overload
def hedge(make: Makes, *, after: float, accept: Tool[..., Any], finish: bool | None = None) -> Result[ToolCall]: ...


@overload
def hedge(
    make: Makes, *, after: float, accept: Condition | None = None, finish: bool | None = None
) -> Result[None]: ...


@overload
def hedge(make: Makes, *, after: float, accept: Accept, finish: bool | None = None) -> Result[Any]: ...


def hedge(
    make: Makes,
    *,
    after: float,
    accept: Accept | None = None,
    finish: bool | None = None,
) -> Result[Any]:
    """Send a call, and another one if no content arrives in time; the loser is closed.

    If a call fails before that, the next one is sent at once.

    Args:
        make: A Stream, which is sent again, or a function that makes one; or several of them, to be sent one after the
            other, such as the same prompt to two providers.
        after: Seconds without content before the next call is sent.
        accept: Condition to wait for instead of the first content, as in ``race``.
        finish: True to read the winner to its end; by default only without ``accept``.

    Returns:
        A ``SearchResult`` to ``await``, or to ``run()`` in synchronous code; once.

    Raises:
        ConfigurationError: ``after`` is no number of seconds above 0, or there is no call to send.
        StreamError: All calls failed (the first one's error), or the winner failed while being read to its end.

    >>> from streamkit.testing import Script, chat_events
    >>> stuck, fast = Script([None]), Script(chat_events("Europa"))
    >>> hedge([stuck.stream(), fast.stream()], after=0.01).run().winner
    1
    """
    number = isinstance(cast("object", after), (int, float)) and not isinstance(after, bool)
    if not number or not 0 < after < math.inf:
        raise ConfigurationError(f"hedge(after={after!r}): give a number of seconds above 0.")
    if isinstance(make, Stream):
        candidates: list[Candidate] = [make, make.again]
    else:
        candidates = [make, make] if callable(make) else checked("hedge", make)
    config = CandidateConfig("hedge()", make_acceptor(accept), finish=accept is None if finish is None else finish)
    return Pending("hedge(…)", lambda: _hedge(candidates, after, config))


async def _hedge(candidates: list[Candidate], after: float, config: CandidateConfig) -> SearchHit[Any] | SearchMiss:
    ledger, clock = Ledger(), asyncio.get_running_loop().time
    readers = [Reader(ledger, each, each, config) for each in candidates]
    waiting, winner, due = iter(readers), None, 0.0
    async with TaskPool[Reader]() as pool:
        while winner is None:
            following = next(waiting, None) if clock() >= due - _TICK else None
            if following is not None:
                pool.start(following.row.index, following.run)
                due = clock() + after
            elif not pool.undecided:
                break
            decided = await pool.next_reports(within=max(0.0, due - clock()) if clock() < due else None)
            winner = next((each for each in decided if each.accepted is not None), None)
            due = 0.0 if decided else due  # the call has failed or was rejected
        await end(pool, ledger, readers, keep=[winner] if winner and config.finish else ())
    return result(winner, ledger, readers, pool)
