"""A search that runs: candidates are pulled as there is room, and it ends as soon as it may."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias, cast

from reactivex import Observable

from .._flow import flow
from .._stream import Stream, stream
from ..errors import AuthenticationFailed, ConfigurationError, StreamError
from ..messages import Prompt
from ..runtime import LoopScheduler, shielded
from ._candidate import CandidateConfig, Reader
from ._ledger import Ledger
from ._progress import ProgressLine, Tell
from ._race import end
from ._result import AcceptedResult, Candidate, EndedBy
from ._task_pool import TaskPool

RequestInfoMixin: TypeAlias = "Prompt | Candidate"

Candidates: TypeAlias = "Iterable[RequestInfoMixin] | AsyncIterable[RequestInfoMixin] | Observable[RequestInfoMixin]"


async def iterate(candidates: Candidates) -> AsyncGenerator[RequestInfoMixin, None]:
    """Yield one candidate after the other; a generator is closed with this one, and an Observable left.

    Args:
        candidates: An iterable, async or not, or an Observable, which is held back while nobody pulls.
    """
    observed = isinstance(candidates, Observable)
    if observed or isinstance(candidates, AsyncIterable):
        source = flow(candidates) if observed else candidates
        waiting: Any = aiter(cast("AsyncIterable[RequestInfoMixin]", source))
        try:
            async for each in waiting:
                yield each
        finally:
            if observed or inspect.isasyncgen(waiting):
                await waiting.aclose()
        return
    given = iter(candidates)
    try:
        for each in given:
            yield each
    finally:
        if inspect.isgenerator(given):
            given.close()


_FEEDER = -1  # its index among those that run


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """How a search goes; see ``search``.

    Args:
        terms: What the candidates have in common.
        model: Whom prompts are sent to.
        params: What is sent with them.
        width: How many candidates are open at a time.
        keep: How many have to be good enough.
        calls: How many requests may be sent.
        total: How many candidates there are, if that is known.
        tell: What shows how far it has come.
        on_accepted: Given each accepted candidate.
    """

    terms: CandidateConfig
    model: str | None
    params: dict[str, Any]
    width: int
    keep: int
    calls: int | None
    total: int | None
    tell: Tell | None
    on_accepted: Callable[[AcceptedResult], object] | None

    def make(self, candidate: RequestInfoMixin) -> Candidate:
        """Return what makes the Stream of a candidate.

        Raises:
            ConfigurationError: It is a prompt, and nobody is named to ask.
        """
        if isinstance(candidate, Stream) or callable(candidate) or inspect.isawaitable(candidate):
            return cast("Candidate", candidate)
        if self.model is None:
            raise ConfigurationError("search(…): there are prompts among the candidates; say whom to ask by model=.")
        return partial(stream, self.model, candidate, **self.params)


class Running:
    """A search that runs.

    Args:
        plan: How it goes.
        candidates: Where they come from; closed with it.
        crowd: Those that run.
    """

    def __init__(
        self, plan: SearchConfig, candidates: AsyncGenerator[RequestInfoMixin, None], crowd: TaskPool[Reader]
    ) -> None:
        self.ledger = Ledger()
        self._plan = plan
        self._terms = replace(plan.terms, may_send=self._may_send, on_done=self._announce)
        self._candidates = candidates
        self._crowd = crowd
        self._clock = LoopScheduler(asyncio.get_running_loop())
        self._open: dict[int, Reader] = {}
        self._won: list[Reader] = []
        self._unannounced: list[Reader] = []
        self._exhausted = False
        self._reserved = 0  # requests that were sent, or will be
        self._asked = False  # somebody could be asked
        self._refused: list[StreamError] = []
        self._news = False

    @property
    def accepted(self) -> tuple[AcceptedResult, ...]:
        """Those that are good enough."""
        return tuple(each.accepted for each in self._won if each.accepted is not None)

    async def run(self) -> EndedBy:
        """Search, and say what has ended it.

        Raises:
            StreamError: The first candidates could not be asked at all.
        """
        self._crowd.start(_FEEDER, self._feed)
        ended_by: EndedBy | None = None
        while ended_by is None:
            for reader in await self._crowd.some(within=self._patience()):
                self._take(reader)
            self._show()
            ended_by = self._ended_by()
        keep = self._won if self._plan.terms.finish and ended_by != "budget" else ()
        await end(self._crowd, self.ledger, list(self._open.values()), keep=keep, within=self._seconds_left())
        for reader in list(self._unannounced):
            self._tell_user(reader)  # no more of it will be read
        self._show(at_last=True)
        return ended_by

    def _ended_by(self) -> EndedBy | None:
        budget = self._plan.terms.budget
        if len(self._won) >= self._plan.keep:
            return "accepted"
        if (budget is not None and budget.exhausted is not None) or self._seconds_left() == 0:
            return "budget"
        if self._open or not (self._exhausted or self._full):
            return None
        if self._refused and not self._asked:
            raise self._refused[0].with_traceback(None)
        return "exhausted" if self._exhausted or len(self.ledger) == self._plan.total else "budget"

    async def _feed(self, _: object) -> None:
        """Pull candidates as there is room for them."""
        try:
            while True:
                while self._full:
                    await self._crowd.turn()
                candidate = await anext(self._candidates)
                self._start(candidate)
        except StopAsyncIteration:
            self._exhausted = True
        finally:
            await shielded(self._close_candidates())

    async def _close_candidates(self) -> None:
        await self._candidates.aclose()

    def _start(self, candidate: RequestInfoMixin) -> None:
        reader = Reader(self.ledger, candidate, self._plan.make(candidate), self._terms)
        self._open[reader.row.index] = reader
        self._reserved += reader.reserved
        self._crowd.start(reader.row.index, partial(self._read, reader))

    async def _read(self, reader: Reader, tell: Callable[[Reader], None]) -> None:
        try:
            await reader.run(tell)
        finally:
            del self._open[reader.row.index]
            self._reserved -= reader.reserved - (0 if reader.row.remembered else reader.row.calls)

    @property
    def _full(self) -> bool:
        return len(self._open) >= self._plan.width or not self._calls_left

    @property
    def _calls_left(self) -> bool:
        return self._plan.calls is None or self._reserved < self._plan.calls

    def _may_send(self, reader: Reader) -> bool:
        """Reserve one more request, if there is one."""
        if not self._calls_left:
            return False
        reader.reserved += 1
        self._reserved += 1
        return True

    def _take(self, reader: Reader) -> None:
        """Take note of a candidate that is decided."""
        self._news = True
        if isinstance(reader.error, (ConfigurationError, AuthenticationFailed)):
            self._refused.append(reader.error)
            if not self._asked and len(self._refused) >= self._plan.width:
                raise self._refused[0].with_traceback(None)
        elif not reader.row.remembered:
            self._asked = True
            self._refused.clear()
        if reader.accepted is not None and len(self._won) < self._plan.keep:
            self._won.append(reader)
            self._unannounced.append(reader)
            self._announce(reader)
        elif reader.accepted is not None:
            reader.settle("stopped")  # good enough too, at the same moment

    def _announce(self, reader: Reader) -> None:
        """Give the user what is accepted, once no more of it will be read."""
        if reader.done and reader in self._unannounced:
            self._tell_user(reader)

    def _tell_user(self, reader: Reader) -> None:
        self._unannounced.remove(reader)
        if self._plan.on_accepted is not None and reader.accepted is not None:
            self._plan.on_accepted(reader.accepted)

    def _show(self, *, at_last: bool = False) -> None:
        """Show how far it has come."""
        tell = self._plan.tell
        if tell is not None and (self._news or at_last or isinstance(tell, ProgressLine)):
            self._news = False
            tell(self.ledger)

    def _patience(self) -> float | None:
        """How many seconds may pass without anything to do."""
        tick = self._plan.tell.every if isinstance(self._plan.tell, ProgressLine) else None
        times = [each for each in (self._seconds_left(), tick) if each is not None]
        return min(times, default=None)

    def _seconds_left(self) -> float | None:
        budget = self._plan.terms.budget
        if budget is None or "seconds" not in budget.bounds:
            return None
        return budget.seconds_left(self._clock.now)
