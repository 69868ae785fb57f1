"""Many candidates, so many at a time, until enough of them are good enough."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sized
from typing import Any, cast

from reactivex import Observable

from .._stream import Stream, context_options
from ..errors import ConfigurationError
from ..providers import find
from ..runtime import Limits, to_thread
from ..usage.budget import Budget
from ..usage.prices import require_prices
from ._candidate import CandidateConfig, Reader
from ._fingerprint import fingerprint
from ._journal import Journal
from ._judge import Accept, make_acceptor
from ._progress import ProgressLine, Tell
from ._result import AcceptedResult, Pending, SearchResult
from ._running import Candidates, Running, SearchConfig, iterate
from ._task_pool import TaskPool


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
    progress: bool | Tell = False,
    on_accepted: Callable[[AcceptedResult], object] | None = None,
    **params: Any,
) -> Pending[SearchResult]:
    """Ask candidate after candidate, so many at a time, until enough are good enough; then stop paying at once.

    Candidates are pulled as there is room for them, so they may be endless; the iterator is closed at the end. One
    that fails is written down and no more; one that was refused before its content is sent again.

    Args:
        candidates: Prompts, Streams, or functions or coroutines that make a Stream; any iterable of them, async or
            not, or an Observable. One that is not async is pulled on the event loop, so it must be quick.
        accept: What is good enough, judged on what has arrived so far: a text or a pattern in the answer; a pydantic
            model for JSON in it; an ``sk.Tool`` for a call of it; or a condition on the Response, async too.
        model: Whom prompts are sent to, as ``provider/model``.
        concurrency: How many are open at a time.
        keep: How many have to be good enough.
        budget: What all of them may use together: tokens, characters, cost in US dollars, seconds.
        calls: How many requests may be sent.
        limits: What the calls for prompts share with others. If not given, they share a brake: a refusal that says
            when to come back holds all of them.
        retries: How often a refused call is sent again.
        finish: Whether accepted answers are read to their end, within the budget.
        journal: A file that remembers what was answered, so that a search can go on where it was broken off.
        progress: True for a line on the terminal, which is quiet where there is none; or a function that is given the
            ledger as candidates end.
        on_accepted: Given each accepted candidate as soon as no more of it will be read.
        params: For prompts, everything else that ``sk.stream`` takes.

    Returns:
        Something to ``await``, or to ``run()``: a result with ``accepted``, ``response``, ``winner``, ``ledger`` and
        ``ended_by``. Those that were accepted stand in the order in which that was known, and by index at the same
        moment.

    Raises:
        ConfigurationError: A number makes no sense, there are prompts but no ``model``, the journal cannot be used,
            or the first candidates could not be asked at all.
        AuthenticationFailed: Nobody was let in.
        Exception: What ``accept`` or the candidates have raised; everything is closed then.

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
    tell: Tell | ProgressLine | None = ProgressLine(total) if progress is True else progress or None
    book = None if journal is None else Journal(journal, [fingerprint(accept), finish])
    plan = SearchConfig(
        terms=CandidateConfig(
            "search()", make_acceptor(accept), finish=finish, retries=retries, budget=budget, memory=book
        ),
        model=model,
        params=params,
        width=concurrency,
        keep=keep,
        calls=calls,
        total=total,
        tell=tell,
        on_accepted=on_accepted,
    )
    return Pending("search(…)", lambda: _search(candidates, plan, book))


async def _search(candidates: Candidates, plan: SearchConfig, book: Journal | None) -> SearchResult:
    if isinstance(plan.tell, ProgressLine):
        await to_thread(plan.tell.load)
    with contextlib.ExitStack() as stack:
        for each in (book, plan.tell):
            if isinstance(each, (Journal, ProgressLine)):
                stack.enter_context(each)
        async with TaskPool[Reader]() as crowd:
            running = Running(plan, iterate(candidates), crowd)
            ended_by = await running.run()
        return SearchResult(running.accepted, running.ledger, ended_by, crowd)


def _check(candidates: object, model: str | None, params: dict[str, Any], **numbers: int | None) -> None:
    """Say what cannot work, before anything is asked."""
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
        find(model)  # says at once if there is nobody of that name
