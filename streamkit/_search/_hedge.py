"""A second call when the first is slow to answer; the first with content wins."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .._stream import Stream
from ..errors import ConfigurationError
from ..runtime import Crowd
from ._candidate import Make, Reader
from ._judge import Accept, judge_of
from ._ledger import Ledger
from ._race import first_accepted, result
from ._result import Pending, SearchResult


def hedge(make: Make | Iterable[Stream | Make], *, after: float, accept: Accept | None = None) -> Pending[SearchResult]:
    """Ask once, and once more if there is no content in time; the loser is closed.

    A call that fails before its content has the next one sent at once.

    Args:
        make: Makes a Stream, twice if need be; or Streams, or functions that make them, to be tried one after
            the other.
        after: Seconds without content before the next one is sent.
        accept: What counts instead of the first content, as in ``race``.

    Returns:
        Something to ``await``, or to ``run()``: a result with ``response``, ``winner`` and ``ledger``.

    Raises:
        ConfigurationError: ``after`` is not a number of seconds above 0, or there is nothing to ask.
        StreamError: All of them failed: the first one's error.

    >>> from streamkit.testing import Script, chat_events
    >>> stuck, fast = Script([None]), Script(chat_events("Europa"))
    >>> hedge([stuck.stream(), fast.stream()], after=0.01).run().winner
    1
    """
    candidates: list[Stream | Make] = list((make, make) if callable(make) else make)
    if not candidates or not after > 0:
        raise ConfigurationError(f"hedge(…, after={after!r}): give one stream at least, and seconds above 0.")
    judge = judge_of(accept)
    return Pending(
        lambda: _hedge(
            candidates, after, lambda at, ledger: Reader(ledger.open(at), candidates[at], judge, finish=accept is None)
        )
    )


async def _hedge(
    candidates: list[Stream | Make], after: float, reader_of: Callable[[int, Ledger], Reader]
) -> SearchResult:
    ledger, readers = Ledger(), list[Reader]()
    winner: int | None = None
    async with Crowd[bool]() as crowd:
        while winner is None and len(readers) < len(candidates):
            readers.append(reader_of(len(readers), ledger))
            crowd.start(len(readers) - 1, readers[-1].read())
            ended = await crowd.some(within=after)
            winner = next((index for index, accepted in ended if accepted), None)
        if winner is None:
            winner = await first_accepted(crowd, readers)
    return await result(winner, readers, ledger, crowd)
