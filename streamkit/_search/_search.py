"""Many candidates, so many at a time, until enough of them are good enough."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Sized
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast

from reactivex import Observable

from .._stream import Stream, stream
from ..errors import ConfigurationError
from ..flow import flow
from ..messages import Prompt
from ..runtime import Budget, Crowd, Limits
from ._candidate import Make, Reader
from ._journal import Journal
from ._judge import Accept, Judge, judge_of
from ._ledger import Ledger
from ._progress import ProgressLine, Tell
from ._result import Accepted, Pending, SearchResult

Candidate: TypeAlias = "Prompt | Stream | Make"
Candidates: TypeAlias = "Iterable[Candidate] | AsyncIterable[Candidate] | Observable[Candidate]"


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
    **params: Any,
) -> Pending[SearchResult]:
    """Ask candidate after candidate, so many at a time, until enough are good enough; then stop paying at once.

    Candidates are pulled as there is room for them, so they may be endless. One that fails is written down and no
    more; one that was refused before its content is sent again.

    Args:
        candidates: Prompts, Streams, or functions that make a Stream; any iterable, async or not, or an Observable.
        accept: What is good enough, judged on what has arrived so far: a text or a pattern in the answer, a pydantic
            model for JSON in it, or a condition on the Response, async too.
        model: Whom prompts are sent to, as ``provider/model``.
        concurrency: How many are open at a time.
        keep: How many have to be good enough.
        budget: What all of them may use together: tokens, cost in US dollars, seconds.
        calls: How many requests may be sent.
        limits: What the calls for prompts share with others.
        retries: How often a refused call is sent again.
        finish: Whether accepted answers are read to their end.
        journal: A file that remembers what was answered, so that a search can go on where it was broken off.
        progress: True for a line on the terminal; or a function that is given the ledger whenever one has ended.
        params: For prompts, everything else that ``sk.stream`` takes.

    Returns:
        Something to ``await``, or to ``run()``: a result with ``accepted``, ``response``, ``winner`` and ``ledger``.
        Those that were accepted stand in the order in which that was known, and by index at the same moment.

    Raises:
        ConfigurationError: A number makes no sense, or there are prompts but no ``model``.
        Exception: What ``accept`` or the candidates have raised; everything is closed then.

    >>> from streamkit.testing import Script, chat_events
    >>> answers = [[None], chat_events("Titan"), chat_events("Europa"), chat_events("Rhea")]
    >>> found = search((Script(each).stream() for each in answers), accept="ropa", concurrency=2).run()
    >>> found.winner, [row.verdict for row in found.ledger]
    (2, ['stopped', 'rejected', 'accepted'])
    """
    for name, value in (("concurrency", concurrency), ("keep", keep), ("calls", calls or 1)):
        if value < 1:
            raise ConfigurationError(f"search({name}={value}): at least 1.")
    if model is not None:
        params["limits"] = limits
    plan = _Plan(
        model=model,
        params=params,
        judge=judge_of(accept),
        width=concurrency,
        keep=keep,
        budget=budget,
        calls=calls,
        retries=retries,
        finish=finish,
    )
    total = len(candidates) if isinstance(candidates, Sized) else None
    tell: Tell | ProgressLine | None = ProgressLine(total) if progress is True else progress or None
    return Pending(lambda: _search(candidates, plan, Journal(journal, (model, accept)) if journal else None, tell))


@dataclass(slots=True)
class _Plan:
    """How a search goes."""

    model: str | None
    params: dict[str, Any]
    judge: Callable[[], Judge]
    width: int
    keep: int
    budget: Budget | None
    calls: int | None
    retries: int
    finish: bool

    def make(self, candidate: Candidate) -> Stream | Make:
        """Make what is asked of a candidate."""
        if isinstance(candidate, Stream) or callable(candidate):
            return cast("Stream | Make", candidate)
        if self.model is None:
            raise ConfigurationError("search(...): there are prompts among the candidates; say whom to ask by model=.")
        model, prompt, params = self.model, candidate, self.params
        return lambda: stream(model, prompt, **params)


async def _search(
    candidates: Candidates, plan: _Plan, journal: Journal | None, tell: Tell | ProgressLine | None
) -> SearchResult:
    with contextlib.ExitStack() as stack:
        for each in (journal, tell):
            if isinstance(each, (Journal, ProgressLine)):
                stack.enter_context(each)
        async with Crowd[bool]() as crowd:
            running = _Running(plan, _pulled(candidates), crowd, journal, tell)
            ended_by = await running.run()
        if plan.finish:
            await running.read_the_rest()
        return SearchResult(tuple(running.accepted), running.ledger, ended_by, crowd)


@dataclass(slots=True)
class _Running:
    """A search that runs."""

    plan: _Plan
    candidates: AsyncIterator[Candidate]
    crowd: Crowd[bool]
    journal: Journal | None
    tell: Tell | None
    ledger: Ledger = field(default_factory=Ledger)
    accepted: list[Accepted] = field(default_factory=list[Accepted])
    _readers: dict[int, tuple[Reader, str]] = field(default_factory=dict[int, "tuple[Reader, str]"])
    _won: list[tuple[int, Reader]] = field(default_factory=list["tuple[int, Reader]"])
    _exhausted: bool = False
    _began: float = 0.0

    async def run(self) -> Literal["accepted", "budget", "exhausted"]:
        """Search, and say what has ended it."""
        while len(self.accepted) < self.plan.keep:
            while not self._exhausted and len(self.crowd) < self.plan.width and not self._spent:
                await self._start_next()
                if len(self.accepted) >= self.plan.keep:
                    return "accepted"
            if not self.crowd:
                return "exhausted" if self._exhausted else "budget"
            ended = await self.crowd.some(within=self._seconds_left())
            for index, accepted in ended:
                self._take(index, accepted)
            if not ended and self._spent:
                return "budget"
        return "accepted"

    async def read_the_rest(self) -> None:
        """Read the accepted answers to their end."""
        await asyncio.gather(*(reader.rest() for _, reader in self._won))
        readers = dict(self._won)
        self.accepted = [
            Accepted(each.index, readers[each.index].response, each.value) if each.index in readers else each
            for each in self.accepted
        ]

    @property
    def _spent(self) -> bool:
        plan, left = self.plan, self._seconds_left()
        calls = plan.calls is not None and self.ledger.calls + self._unsent >= plan.calls
        return calls or left == 0 or (plan.budget is not None and plan.budget.exhausted is not None)

    @property
    def _unsent(self) -> int:
        """How many have been started and not been sent yet."""
        return sum(reader.row.calls == 0 for reader, _ in self._readers.values())

    def _seconds_left(self) -> float | None:
        seconds = self.plan.budget.bounds.get("seconds") if self.plan.budget else None
        now = asyncio.get_running_loop().time()
        self._began = self._began or now
        return None if seconds is None else max(0.0, seconds - (now - self._began))

    async def _start_next(self) -> None:
        candidate = await anext(self.candidates, _NO_MORE)
        if candidate is _NO_MORE:
            self._exhausted = True
            return
        made = self.plan.make(cast("Candidate", candidate))
        row = self.ledger.open(len(self.ledger))
        key = self.journal.key_of(candidate) if self.journal else ""
        answer = self.journal.recall(key, row) if self.journal else None
        if answer is not None:
            self.accepted.append(Accepted(row.index, answer))
        if row.remembered:
            return
        plan = self.plan
        reader = Reader(row, made, plan.judge, plan.finish, plan.retries, plan.budget)
        self._readers[row.index] = (reader, key)
        self.crowd.start(row.index, reader.read())

    def _take(self, index: int, accepted: bool) -> None:
        reader, key = self._readers.pop(index)
        if accepted:
            self.accepted.append(Accepted(index, reader.response, reader.value))
            if self.plan.finish:
                self._won.append((index, reader))
        if self.journal is not None:
            self.journal.note(key, reader.row, reader.response if accepted else None)
        if self.tell is not None:
            self.tell(self.ledger)


_NO_MORE: Any = object()


async def _pulled(candidates: Candidates) -> AsyncIterator[Candidate]:
    """Pull the candidates one by one, whatever they come from."""
    if isinstance(candidates, Observable):
        candidates = flow(candidates)
    if isinstance(candidates, AsyncIterable):
        async for each in candidates:
            yield each
    else:
        for each in candidates:
            yield each
