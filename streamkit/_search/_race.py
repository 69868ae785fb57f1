"""The first of several streams that is good enough."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterable, Sequence
from typing import cast

from .._stream import Stream
from ..errors import ConfigurationError
from ._candidate import CandidateConfig, Reader
from ._judge import Accept, make_acceptor
from ._ledger import Ledger
from ._result import Candidate, Pending, SearchResult
from ._task_pool import TaskPool


def race(
    streams: Iterable[Candidate], *, accept: Accept | None = None, finish: bool | None = None
) -> Pending[SearchResult]:
    """Ask several at once and take the first that is good enough; the others are closed at once.

    A stream that somebody else reads too is left to them. Of those that are good enough at the same moment, the
    first of the list wins.

    Args:
        streams: Streams, or functions or coroutines that make them.
        accept: What is good enough, judged on what has arrived so far: a text or a pattern in the answer; a pydantic
            model for JSON in it; an ``sk.Tool`` for a call of it; or a condition on the Response, async too. If not
            given, the first with content.
        finish: Whether the winner is read to its end; by default only where no ``accept`` is given.

    Returns:
        Something to ``await``, or to ``run()``: a result with ``response``, ``winner``, ``value`` and ``ledger``.

    Raises:
        ConfigurationError: There is nothing to race, or nothing can be made of ``accept``.
        StreamError: All of them failed: the first one's error. Or the winner, while it was read to its end.
        Exception: What ``accept`` has raised; everything is closed then.

    >>> from streamkit.testing import Script, chat_events
    >>> slow, fast = Script([0.5, *chat_events("Io")]), Script(chat_events("Europa"))
    >>> found = race([slow.stream(), fast.stream()]).run()
    >>> found.winner, found.response.content
    (1, 'Europa')
    """
    candidates = checked("race", streams)
    terms = CandidateConfig("race()", make_acceptor(accept), finish=accept is None if finish is None else finish)
    return Pending("race(…)", lambda: _race(candidates, terms))


async def _race(candidates: list[Candidate], terms: CandidateConfig) -> SearchResult:
    ledger = Ledger()
    async with TaskPool[Reader]() as crowd:
        readers = [Reader(ledger, each, each, terms) for each in candidates]
        for reader in readers:
            crowd.start(reader.row.index, reader.run)
        winner = await first_accepted(crowd)
        await end(crowd, ledger, readers, keep=[winner] if winner and terms.finish else ())
    return result(winner, ledger, readers, crowd)


def checked(name: str, streams: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates as a list.

    Args:
        name: The function, as its user wrote it.
        streams: What was given.

    Raises:
        ConfigurationError: There are none, or one is no Stream and cannot make one.
    """
    if isinstance(streams, (Stream, str)) or not isinstance(cast("object", streams), Iterable):
        raise ConfigurationError(f"{name}(…) takes a list of streams, or of functions that make them.")
    candidates = list(streams)
    if not candidates:
        raise ConfigurationError(f"{name}([]): give at least one stream.")
    for each in candidates:
        if not (isinstance(each, Stream) or callable(each) or inspect.iscoroutine(each)):
            raise ConfigurationError(f"{name}(…) takes Streams and functions that make them, not {_kind(each)}.")
    return candidates


def _kind(given: object) -> str:
    return f"a {type(given).__name__}"


async def first_accepted(crowd: TaskPool[Reader]) -> Reader | None:
    """Wait until one is accepted, or all are decided; return which."""
    while crowd.undecided:
        for reader in await crowd.some():
            if reader.accepted is not None:
                return reader
    return None


async def end(
    crowd: TaskPool[Reader],
    ledger: Ledger,
    readers: Iterable[Reader],
    *,
    keep: Sequence[Reader] = (),
    within: float | None = None,
) -> None:
    """Leave those that are not wanted any more, and let the caller go on.

    Args:
        crowd: Those that run.
        ledger: Where their rows are.
        readers: The readers that may still be open.
        keep: Those of them that are to be read to their end; they are waited for.
        within: Seconds that this may take.
    """
    ledger.decided = asyncio.get_running_loop().time()
    open_ones = list(readers)
    if keep:
        for reader in open_ones:
            if reader not in keep:
                reader.drop()
        await crowd.narrow({reader.row.index for reader in keep}, within=within)
    for reader in open_ones:
        reader.drop()
    await crowd.leave()
    for reader in open_ones:
        reader.refresh()


def result(winner: Reader | None, ledger: Ledger, readers: list[Reader], crowd: TaskPool[Reader]) -> SearchResult:
    """Say what was found.

    Raises:
        StreamError: There is nothing, since all of them failed, or the winner was cut off.
    """
    raise_if_all_failed(readers if winner is None else [winner])
    if winner is None or winner.accepted is None:
        return SearchResult((), ledger, "exhausted", crowd)
    for reader in readers:
        if reader is not winner and reader.accepted is not None:
            reader.settle("stopped")  # good enough too, at the same moment
    return SearchResult((winner.accepted,), ledger, "accepted", crowd)


def raise_if_all_failed(readers: list[Reader]) -> None:
    """Raise the first one's error.

    Raises:
        StreamError: All of them have failed.
    """
    errors = [reader.error for reader in readers if reader.error is not None]
    if len(errors) == len(readers):
        raise errors[0].with_traceback(None)
