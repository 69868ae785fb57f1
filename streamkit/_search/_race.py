"""The first of several streams that is good enough."""

from __future__ import annotations

from collections.abc import Iterable

from .._stream import Stream
from ..errors import ConfigurationError
from ..runtime import Crowd
from ._candidate import Make, Reader
from ._judge import Accept, judge_of
from ._ledger import Ledger
from ._result import Accepted, Pending, SearchResult


def race(
    streams: Iterable[Stream | Make], *, accept: Accept | None = None, finish: bool | None = None
) -> Pending[SearchResult]:
    """Ask several at once and take the first that is good enough; the others are closed at once.

    A stream that somebody else reads too is left to them. Of those that are good enough at the same moment, the
    first of the list wins.

    Args:
        streams: Streams, or functions that make them.
        accept: What is good enough, judged on what has arrived so far: a text or a pattern in the answer, a pydantic
            model for JSON in it, or a condition on the Response, async too. If not given, the first with content.
        finish: Whether the winner is read to its end; by default only where nothing is to be accepted.

    Returns:
        Something to ``await``, or to ``run()``: a result with ``response``, ``winner`` and ``ledger``.

    Raises:
        ConfigurationError: There is nothing to race, or nothing to accept can be made of ``accept``.
        StreamError: All of them failed: the first one's error.

    >>> from streamkit.testing import Script, chat_events
    >>> slow, fast = Script([0.5, *chat_events("Io")]), Script(chat_events("Europa"))
    >>> found = race([slow.stream(), fast.stream()]).run()
    >>> found.winner, found.response.content
    (1, 'Europa')
    """
    candidates = list(streams)
    if not candidates:
        raise ConfigurationError("race([]): give at least one stream.")
    judge, to_the_end = judge_of(accept), accept is None if finish is None else finish
    return Pending(lambda: _race(candidates, Ledger(), judge=judge, finish=to_the_end))


async def _race(candidates: list[Stream | Make], ledger: Ledger, **options: object) -> SearchResult:
    readers = [Reader(ledger.open(at), each, **options) for at, each in enumerate(candidates)]  # pyright: ignore[reportArgumentType]
    async with Crowd[bool]() as crowd:
        for at, reader in enumerate(readers):
            crowd.start(at, reader.read())
        winner = await first_accepted(crowd, readers)
    return await result(winner, readers, ledger, crowd)


async def first_accepted(crowd: Crowd[bool], readers: list[Reader]) -> int | None:
    """Wait until one is accepted, or all have ended; return which."""
    while crowd:
        for index, accepted in await crowd.some():
            if accepted:
                return index
    return None


async def result(winner: int | None, readers: list[Reader], ledger: Ledger, crowd: Crowd[bool]) -> SearchResult:
    """Read the winner to its end if that is wished, and say what was found.

    Raises:
        StreamError: There is none, since all of them failed.
    """
    if winner is None:
        if all(reader.error is not None for reader in readers):
            raise next(reader.error for reader in readers if reader.error is not None)
        return SearchResult((), ledger, "exhausted", crowd)
    reader = readers[winner]
    if reader.finish:
        await reader.rest()
    return SearchResult((Accepted(winner, reader.response, reader.value),), ledger, "accepted", crowd)
