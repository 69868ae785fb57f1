"""``sk.race``: sends several calls at once and takes the first accepted answer."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, TypeVar, cast, overload

from .._stream import Stream
from ..errors import ConfigurationError
from ..text.matcher import TextMatch
from ..tool import Tool, ToolCall
from ._acceptors import Accept, Condition, TextOrPattern, make_acceptor
from ._candidate import CandidateConfig, Reader
from ._ledger import Ledger
from ._result import Candidate, Pending, SearchHit, SearchMiss, search_result
from ._task_pool import TaskPool

V = TypeVar("V")

Result: TypeAlias = "Pending[SearchHit[V] | SearchMiss]"


@overload
def race(streams: Iterable[Candidate], *, accept: type[V], finish: bool | None = None) -> Result[V]: ...


@overload
def race(streams: Iterable[Candidate], *, accept: TextOrPattern, finish: bool | None = None) -> Result[TextMatch]: ...


@overload
def race(streams: Iterable[Candidate], *, accept: Tool[..., Any], finish: bool | None = None) -> Result[ToolCall]: ...


@overload
def race(
    streams: Iterable[Candidate], *, accept: Condition | None = None, finish: bool | None = None
) -> Result[None]: ...


@overload
def race(streams: Iterable[Candidate], *, accept: Accept, finish: bool | None = None) -> Result[Any]: ...


def race(streams: Iterable[Candidate], *, accept: Accept | None = None, finish: bool | None = None) -> Result[Any]:
    """Send several calls at once and take the first accepted answer; the other calls are closed at once.

    A stream with another subscriber is left open. If several answers are accepted at the same moment, the first of the
    list wins.

    Args:
        streams: Streams, or functions or coroutines that make them.
        accept: Condition on the answer so far: a text or a pattern in the answer; a pydantic model for JSON in the
            answer; an ``sk.Tool`` for a call of the tool; or a function of the Response, async too. By default the
            first content is accepted.
        finish: True to read the winner to its end; by default only without ``accept``.

    Returns:
        A ``SearchResult`` to ``await``, or to ``run()`` in synchronous code; once.

    Raises:
        ConfigurationError: There are no streams, or ``accept`` has no valid form.
        StreamError: All calls failed (the first one's error), or the winner failed while being read to its end.
        Exception: Raised by ``accept``; everything is closed then.

    >>> from streamkit.testing import Script, chat_events
    >>> slow, fast = Script([0.5, *chat_events("Io")]), Script(chat_events("Europa"))
    >>> found = race([slow.stream(), fast.stream()]).run()
    >>> found.winner, found.response.content
    (1, 'Europa')
    """
    candidates = checked("race", streams)
    config = CandidateConfig("race()", make_acceptor(accept), finish=accept is None if finish is None else finish)
    return Pending("race(…)", lambda: _race(candidates, config))


async def _race(candidates: list[Candidate], config: CandidateConfig) -> SearchHit[Any] | SearchMiss:
    ledger = Ledger()
    async with TaskPool[Reader]() as pool:
        readers = [Reader(ledger, each, each, config) for each in candidates]
        for reader in readers:
            pool.start(reader.row.index, reader.run)
        winner = await first_accepted(pool)
        await end(pool, ledger, readers, keep=[winner] if winner and config.finish else ())
    return result(winner, ledger, readers, pool)


def checked(name: str, streams: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates as a list.

    Raises:
        ConfigurationError: There are no candidates, or one is neither a Stream nor a function that makes one.
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


async def first_accepted(pool: TaskPool[Reader]) -> Reader | None:
    """Wait until a reader is accepted or all are decided; return the accepted one or None."""
    while pool.undecided:
        for reader in await pool.next_reports():
            if reader.accepted is not None:
                return reader
    return None


async def end(
    pool: TaskPool[Reader],
    ledger: Ledger,
    readers: Iterable[Reader],
    *,
    keep: Sequence[Reader] = (),
    within: float | None = None,
) -> None:
    """Stop all readers except some, and return without waiting until the stopped ones are closed.

    Args:
        pool: The pool in which the readers run.
        ledger: Ledger with the readers' rows.
        readers: Readers that may still be open.
        keep: Readers that run to the end of their answers, which this function waits for.
        within: Timeout in seconds.
    """
    ledger.decided = asyncio.get_running_loop().time()
    open_ones = list(readers)
    if keep:
        for reader in open_ones:
            if reader not in keep:
                reader.drop()
        await pool.cancel_except({reader.row.index for reader in keep}, within=within)
    for reader in open_ones:
        reader.drop()
    await pool.cancel_all()
    for reader in open_ones:
        reader.refresh()


def result(
    winner: Reader | None, ledger: Ledger, readers: list[Reader], pool: TaskPool[Reader]
) -> SearchHit[Any] | SearchMiss:
    """Return the result of a race.

    Raises:
        StreamError: All readers failed, or the winner did.
    """
    raise_if_all_failed(readers if winner is None else [winner])
    if winner is None or winner.accepted is None:
        return search_result((), ledger, "exhausted", pool)
    for reader in readers:
        if reader is not winner and reader.accepted is not None:
            reader.settle("stopped")  # accepted too, at the same moment
    return search_result((winner.accepted,), ledger, "accepted", pool)


def raise_if_all_failed(readers: list[Reader]) -> None:
    """Raise the first reader's error if all readers have failed.

    Raises:
        StreamError: All readers have failed.
    """
    errors = [reader.error for reader in readers if reader.error is not None]
    if len(errors) == len(readers):
        raise errors[0].with_traceback(None)
