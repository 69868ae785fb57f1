"""The running search: pulls candidates as slots become free, and ends as soon as enough are accepted."""

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
from ._progress import ProgressCallback, ProgressLine
from ._race import end
from ._result import AcceptedResult, Candidate, EndedBy
from ._task_pool import TaskPool

SearchInput: TypeAlias = "Prompt | Candidate"

Candidates: TypeAlias = "Iterable[SearchInput] | AsyncIterable[SearchInput] | Observable[SearchInput]"


async def iterate(candidates: Candidates) -> AsyncGenerator[SearchInput, None]:
    """Yield the candidates one by one; closing this generator closes a generator and disposes an Observable."""
    observed = isinstance(candidates, Observable)
    if observed or isinstance(candidates, AsyncIterable):
        source = flow(candidates) if observed else candidates
        iterator: Any = aiter(cast("AsyncIterable[SearchInput]", source))
        try:
            async for each in iterator:
                yield each
        finally:
            if observed or inspect.isasyncgen(iterator):
                await iterator.aclose()
        return
    given = iter(candidates)
    try:
        for each in given:
            yield each
    finally:
        if inspect.isgenerator(given):
            given.close()


_FEEDER = -1  # index in the pool of the task that pulls candidates


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """The settings of a search; see ``search``.

    Args:
        candidate_config: Settings that all candidates share.
        model: Model for prompts, as ``provider/model``.
        params: Parameters of ``sk.stream`` for prompts.
        width: Number of candidates open at a time.
        keep: Number of candidates to accept.
        calls: Largest number of requests; None for no limit.
        total: Number of candidates; None if unknown.
        progress: Progress line, or a callback for the ledger.
        on_accepted: Callback for each accepted candidate.
    """

    candidate_config: CandidateConfig
    model: str | None
    params: dict[str, Any]
    width: int
    keep: int
    calls: int | None
    total: int | None
    progress: ProgressCallback | None
    on_accepted: Callable[[AcceptedResult], object] | None

    def make(self, candidate: SearchInput) -> Candidate:
        """Return the Stream of a candidate, or a function that makes it.

        Raises:
            ConfigurationError: The candidate is a prompt, and no model is given.
        """
        if isinstance(candidate, Stream) or callable(candidate) or inspect.isawaitable(candidate):
            return cast("Candidate", candidate)
        if self.model is None:
            raise ConfigurationError("search(…): there are prompts among the candidates; say whom to ask by model=.")
        return partial(stream, self.model, candidate, **self.params)


class Running:
    """A running search."""

    def __init__(
        self, config: SearchConfig, candidates: AsyncGenerator[SearchInput, None], pool: TaskPool[Reader]
    ) -> None:
        self.ledger = Ledger()
        self._config = config
        self._candidate_config = replace(config.candidate_config, may_send=self._may_send, on_done=self._announce)
        self._candidates = candidates
        self._pool = pool
        self._clock = LoopScheduler(asyncio.get_running_loop())
        self._open: dict[int, Reader] = {}
        self._won: list[Reader] = []
        self._unannounced: list[Reader] = []
        self._exhausted = False
        self._reserved = 0  # number of requests sent, or allowed
        self._any_sent = False  # a provider accepted the key and the request
        self._refused: list[StreamError] = []
        self._has_news = False

    @property
    def accepted(self) -> tuple[AcceptedResult, ...]:
        """The accepted candidates."""
        return tuple(each.accepted for each in self._won if each.accepted is not None)

    async def run(self) -> EndedBy:
        """Run the search and return the reason of its end.

        Raises:
            StreamError: The first candidates could not be sent at all.
        """
        self._pool.start(_FEEDER, self._feed)
        ended_by: EndedBy | None = None
        while ended_by is None:
            for reader in await self._pool.next_reports(within=self._wait_seconds()):
                self._take(reader)
            self._show()
            ended_by = self._ended_by()
        keep = self._won if self._config.candidate_config.finish and ended_by != "budget" else ()
        await end(self._pool, self.ledger, list(self._open.values()), keep=keep, within=self._seconds_left())
        for reader in list(self._unannounced):
            self._notify_user(reader)  # nothing more will be read
        self._show(at_last=True)
        return ended_by

    def _ended_by(self) -> EndedBy | None:
        budget = self._config.candidate_config.budget
        if len(self._won) >= self._config.keep:
            return "accepted"
        if (budget is not None and budget.exhausted is not None) or self._seconds_left() == 0:
            return "budget"
        if self._open or not (self._exhausted or self._full):
            return None
        if self._refused and not self._any_sent:
            raise self._refused[0].with_traceback(None)
        return "exhausted" if self._exhausted or len(self.ledger) == self._config.total else "budget"

    async def _feed(self, _: object) -> None:
        """Pull candidates while there are free slots."""
        try:
            while True:
                while self._full:
                    await self._pool.wait_for_change()
                candidate = await anext(self._candidates)
                self._start(candidate)
        except StopAsyncIteration:
            self._exhausted = True
        finally:
            await shielded(self._close_candidates())

    async def _close_candidates(self) -> None:
        await self._candidates.aclose()

    def _start(self, candidate: SearchInput) -> None:
        reader = Reader(self.ledger, candidate, self._config.make(candidate), self._candidate_config)
        self._open[reader.row.index] = reader
        self._reserved += reader.reserved
        self._pool.start(reader.row.index, partial(self._read, reader))

    async def _read(self, reader: Reader, progress: Callable[[Reader], None]) -> None:
        try:
            await reader.run(progress)
        finally:
            del self._open[reader.row.index]
            self._reserved -= reader.reserved - (0 if reader.row.remembered else reader.row.calls)

    @property
    def _full(self) -> bool:
        return len(self._open) >= self._config.width or not self._calls_left

    @property
    def _calls_left(self) -> bool:
        return self._config.calls is None or self._reserved < self._config.calls

    def _may_send(self, reader: Reader) -> bool:
        """Reserve one more request for a reader; return False if none is left."""
        if not self._calls_left:
            return False
        reader.reserved += 1
        self._reserved += 1
        return True

    def _take(self, reader: Reader) -> None:
        """Handle a reader that has been decided."""
        self._has_news = True
        if isinstance(reader.error, (ConfigurationError, AuthenticationFailed)):
            self._refused.append(reader.error)
            if not self._any_sent and len(self._refused) >= self._config.width:
                raise self._refused[0].with_traceback(None)
        elif not reader.row.remembered:
            self._any_sent = True
            self._refused.clear()
        if reader.accepted is not None and len(self._won) < self._config.keep:
            self._won.append(reader)
            self._unannounced.append(reader)
            self._announce(reader)
        elif reader.accepted is not None:
            reader.settle("stopped")  # accepted too, at the same moment

    def _announce(self, reader: Reader) -> None:
        """Call ``on_accepted`` with an accepted candidate that has been read as far as needed."""
        if reader.done and reader in self._unannounced:
            self._notify_user(reader)

    def _notify_user(self, reader: Reader) -> None:
        self._unannounced.remove(reader)
        if self._config.on_accepted is not None and reader.accepted is not None:
            self._config.on_accepted(reader.accepted)

    def _show(self, *, at_last: bool = False) -> None:
        """Update the progress line, or call the progress callback."""
        progress = self._config.progress
        if progress is not None and (self._has_news or at_last or isinstance(progress, ProgressLine)):
            self._has_news = False
            progress(self.ledger)

    def _wait_seconds(self) -> float | None:
        """Return the seconds until the budget ends or the progress line is due; None to wait for reports only."""
        tick = self._config.progress.every if isinstance(self._config.progress, ProgressLine) else None
        times = [each for each in (self._seconds_left(), tick) if each is not None]
        return min(times, default=None)

    def _seconds_left(self) -> float | None:
        budget = self._config.candidate_config.budget
        if budget is None or "seconds" not in budget.bounds:
            return None
        return budget.seconds_left(self._clock.now)
