"""``sk.search``: sends many candidates, a few at a time, until enough answers are accepted."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sized
from typing import Any, TypeVar, cast, overload

from reactivex import Observable

from .._stream import Stream, context_options
from ..errors import ConfigurationError
from ..providers import find
from ..runtime import Limits, to_thread
from ..text.matcher import TextMatch
from ..tool import Tool, ToolCall
from ..usage.budget import Budget
from ..usage.prices import require_prices
from ._acceptors import Accept, Condition, TextOrPattern, make_acceptor
from ._candidate import CandidateConfig, Reader
from ._fingerprint import fingerprint
from ._journal import Journal
from ._progress import ProgressCallback, ProgressLine
from ._race import Result
from ._result import AcceptedResult, Pending, SearchHit, SearchMiss, search_result
from ._running import Candidates, Running, SearchConfig, iterate
from ._task_pool import TaskPool

V = TypeVar("V")


@overload
def search(
    candidates: Candidates,
    *,
    accept: type[V],
    model: str | None = None,
    concurrency: int = 8,
    keep: int = 1,
    budget: Budget | None = None,
    calls: int | None = None,
    limits: Limits | None = None,
    retries: int = 3,
    finish: bool = False,
    journal: str | os.PathLike[str] | None = None,
    progress: bool | ProgressCallback = False,
    on_accepted: Callable[[AcceptedResult[V]], object] | None = None,
    **params: Any,
) -> Result[V]: ...


@overload
def search(
    candidates: Candidates,
    *,
    accept: TextOrPattern,
    model: str | None = None,
    concurrency: int = 8,
    keep: int = 1,
    budget: Budget | None = None,
    calls: int | None = None,
    limits: Limits | None = None,
    retries: int = 3,
    finish: bool = False,
    journal: str | os.PathLike[str] | None = None,
    progress: bool | ProgressCallback = False,
    on_accepted: Callable[[AcceptedResult[TextMatch]], object] | None = None,
    **params: Any,
) -> Result[TextMatch]: ...


@overload
def search(
    candidates: Candidates,
    *,
    accept: Tool[..., Any],
    model: str | None = None,
    concurrency: int = 8,
    keep: int = 1,
    budget: Budget | None = None,
    calls: int | None = None,
    limits: Limits | None = None,
    retries: int = 3,
    finish: bool = False,
    journal: str | os.PathLike[str] | None = None,
    progress: bool | ProgressCallback = False,
    on_accepted: Callable[[AcceptedResult[ToolCall]], object] | None = None,
    **params: Any,
) -> Result[ToolCall]: ...


@overload
def search(
    candidates: Candidates,
    *,
    accept: Condition,
    model: str | None = None,
    concurrency: int = 8,
    keep: int = 1,
    budget: Budget | None = None,
    calls: int | None = None,
    limits: Limits | None = None,
    retries: int = 3,
    finish: bool = False,
    journal: str | os.PathLike[str] | None = None,
    progress: bool | ProgressCallback = False,
    on_accepted: Callable[[AcceptedResult[None]], object] | None = None,
    **params: Any,
) -> Result[None]: ...


@overload
def search(
    candidates: Candidates,
    *,
    accept: Accept,
    model: str | None = None,
    concurrency: int = 8,
    keep: int = 1,
    budget: Budget | None = None,
    calls: int | None = None,
    limits: Limits | None = None,
    retries: int = 3,
    finish: bool = False,
    journal: str | os.PathLike[str] | None = None,
    progress: bool | ProgressCallback = False,
    on_accepted: Callable[[AcceptedResult[Any]], object] | None = None,
    **params: Any,
) -> Result[Any]: ...


def search(
    candidates: Candidates,
    *,
    accept: Accept,
    model: str | None = None,
    concurrency: int = 8,
    keep: int = 1,
    budget: Budget | None = None,
    calls: int | None = None,
    limits: Limits | None = None,
    retries: int = 3,
    finish: bool = False,
    journal: str | os.PathLike[str] | None = None,
    progress: bool | ProgressCallback = False,
    on_accepted: Callable[[AcceptedResult[Any]], object] | None = None,
    **params: Any,
) -> Result[Any]:
    """Send candidates, a few at a time, until enough answers are accepted; then stop all other calls at once.

    Candidates are pulled only when a slot is free, so the iterable may be endless; it is closed at the end. A call that
    fails is recorded in the ledger; a call that is refused before its content is sent again.

    Args:
        candidates: Prompts, Streams, or functions or coroutines that make a Stream; any iterable of them, async or
            not, or an Observable. A synchronous iterable runs on the event loop, so it must be fast.
        accept: Condition on the answer so far: a text or a pattern in the answer; a pydantic model for JSON in the
            answer; an ``sk.Tool`` for a call of the tool; or a function of the Response, async too.
        model: Model for prompts, as ``provider/model``.
        concurrency: Number of candidates open at a time.
        keep: Number of candidates to accept.
        budget: Budget that all candidates share: tokens, characters, cost in US dollars, seconds.
        calls: Largest number of requests.
        limits: Rate limits of the calls for prompts. By default the calls share a brake: a refusal with a
            ``retry_after`` delays all of them.
        retries: Number of times that a refused call is sent again.
        finish: True to read accepted answers to their end, within the budget.
        journal: Path of a file that records answers, so that an interrupted search can resume.
        progress: True for a progress line, shown on a terminal only; or a function that is called with the ledger as
            candidates end.
        on_accepted: Function that is called with each accepted candidate once nothing more of it will be read.
        params: Other arguments of ``sk.stream``, for prompts.

    Returns:
        A ``SearchResult`` to ``await``, or to ``run()`` in synchronous code; once. Accepted candidates are in the
        order of their acceptance, and by index at the same moment.

    Raises:
        ConfigurationError: A number is invalid, there are prompts but no ``model``, the journal cannot be used, or
            the first candidates could not be sent at all.
        AuthenticationFailed: Every provider refused the key.
        Exception: Raised by ``accept`` or the candidates; everything is closed then.

    >>> from streamkit.testing import Script, chat_events
    >>> answers = [[None], chat_events("Titan"), chat_events("Europa"), chat_events("Rhea")]
    >>> found = search((Script(each).stream() for each in answers), accept="ropa", concurrency=2).run()
    >>> found.winner, [row.verdict for row in found.ledger]
    (2, ['stopped', 'rejected', 'accepted'])
    """
    if limits is not None or model is not None:
        params["limits"] = limits or context_options().limits or Limits()
    _check(candidates, model, params, concurrency=concurrency, keep=keep, calls=calls, retries=retries)
    if budget is not None and "cost" in budget.bounds:
        require_prices("search(budget=…)")
    total = len(candidates) if isinstance(candidates, Sized) else None
    callback: ProgressCallback | ProgressLine | None = ProgressLine(total) if progress is True else progress or None
    results = None if journal is None else Journal(journal, [fingerprint(accept), finish])
    config = SearchConfig(
        candidate_config=CandidateConfig(
            "search()", make_acceptor(accept), finish=finish, retries=retries, budget=budget, cache=results
        ),
        model=model,
        params=params,
        width=concurrency,
        keep=keep,
        calls=calls,
        total=total,
        progress=callback,
        on_accepted=on_accepted,
    )
    return Pending("search(…)", lambda: _search(candidates, config, results))


async def _search(candidates: Candidates, config: SearchConfig, results: Journal | None) -> SearchHit[Any] | SearchMiss:
    if isinstance(config.progress, ProgressLine):
        await to_thread(config.progress.load)
    with contextlib.ExitStack() as stack:
        for each in (results, config.progress):
            if isinstance(each, (Journal, ProgressLine)):
                stack.enter_context(each)
        async with TaskPool[Reader]() as pool:
            running = Running(config, iterate(candidates), pool)
            ended_by = await running.run()
        return search_result(running.accepted, running.ledger, ended_by, pool)


def _check(candidates: object, model: str | None, params: dict[str, Any], **numbers: int | None) -> None:
    """Raise for invalid arguments, before anything is sent."""
    for name, given in numbers.items():
        value: object = given
        least = 0 if name == "retries" else 1
        if value is None and name == "calls":
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ConfigurationError(f"search({name}={value!r}): give a whole number, {least} or more.")
    several = isinstance(candidates, (Iterable, AsyncIterable, Observable))
    if isinstance(candidates, (str, Mapping, Stream)) or not several:
        kind = type(cast("object", candidates)).__name__
        raise ConfigurationError(f"search(…) takes candidates in an iterable or an Observable, not a single {kind}.")
    if model is None and params:
        raise ConfigurationError(f"search({next(iter(params))}=…) goes with prompts: say whom to ask by model=.")
    if model is not None:
        find(model)  # raises at once if no provider has that name
