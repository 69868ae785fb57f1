"""A second call when the first is slow to answer; the first with content wins."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from typing import cast

from .._stream import Stream
from ..errors import ConfigurationError
from ._candidate import CandidateConfig, Reader
from ._judge import Accept, make_acceptor
from ._ledger import Ledger
from ._race import checked, end, result
from ._result import Candidate, Make, Pending, SearchResult
from ._task_pool import TaskPool

_TICK = 1e-3  # seconds that a timer may be early


def hedge(
    make: Stream | Make | Iterable[Candidate],
    *,
    after: float,
    accept: Accept | None = None,
    finish: bool | None = None,
) -> Pending[SearchResult]:
    """Ask once, and once more if there is no content in time; the loser is closed.

    A call that fails before that has the next one sent at once.

    Args:
        make: A Stream, which is asked again, or a function that makes one; or several, to be asked one after the
            other: the same question to two providers.
        after: Seconds without content before the next one is asked.
        accept: What is waited for instead of the first content, as in ``race``.
        finish: Whether the winner is read to its end; by default only where no ``accept`` is given.

    Returns:
        Something to ``await``, or to ``run()``: a result with ``response``, ``winner`` and ``ledger``.

    Raises:
        ConfigurationError: ``after`` is no number of seconds above 0, or there is nothing to ask.
        StreamError: All of them failed: the first one's error. Or the winner, while it was read to its end.

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
    terms = CandidateConfig("hedge()", make_acceptor(accept), finish=accept is None if finish is None else finish)
    return Pending("hedge(…)", lambda: _hedge(candidates, after, terms))


async def _hedge(candidates: list[Candidate], after: float, terms: CandidateConfig) -> SearchResult:
    ledger, clock = Ledger(), asyncio.get_running_loop().time
    readers = [Reader(ledger, each, each, terms) for each in candidates]
    waiting, winner, due = iter(readers), None, 0.0
    async with TaskPool[Reader]() as crowd:
        while winner is None:
            following = next(waiting, None) if clock() >= due - _TICK else None
            if following is not None:
                crowd.start(following.row.index, following.run)
                due = clock() + after
            elif not crowd.undecided:
                break
            decided = await crowd.some(within=max(0.0, due - clock()) if clock() < due else None)
            winner = next((each for each in decided if each.accepted is not None), None)
            due = 0.0 if decided else due  # it has failed, or was not good enough
        await end(crowd, ledger, readers, keep=[winner] if winner and terms.finish else ())
    return result(winner, ledger, readers, crowd)
