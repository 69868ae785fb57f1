"""What a race or a search has found, and the two ways to wait for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from .._flow import refuse_inside_loop
from .._stream import Stream
from ..errors import ConfigurationError
from ..response import Response
from ..runtime import asyncio_loop, current_or_background_loop, wait_for
from ._ledger import Ledger
from ._task_pool import TaskPool

Make: TypeAlias = Callable[[], "Stream | Awaitable[Stream]"]

Candidate: TypeAlias = "Stream | Make | Awaitable[Stream]"


@dataclass(frozen=True, slots=True)
class AcceptedResult:
    """A candidate that is good enough.

    Args:
        index: Its place among the candidates.
        response: Its answer, as far as it was read.
        value: What was looked for: the match, the object, the tool call.
        candidate: What was asked: the prompt, the Stream, or what made it.
    """

    index: int
    response: Response
    value: Any = None
    candidate: Any = None


Accepted = AcceptedResult  # the older name

T = TypeVar("T")

EndedBy: TypeAlias = Literal["accepted", "budget", "exhausted"]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a race or a search has found; true if it has found anything.

    Args:
        accepted: The candidates that are good enough, in the order in which that was known.
        ledger: What every candidate cost.
        ended_by: ``accepted`` (enough of them), ``budget``, or ``exhausted`` (there are no more).
    """

    accepted: tuple[AcceptedResult, ...]
    ledger: Ledger
    ended_by: EndedBy
    _crowd: TaskPool[Any] | None = field(default=None, repr=False, compare=False)

    @property
    def winner(self) -> int | None:
        """The index of the first that is good enough; None if there was none."""
        return self.accepted[0].index if self.accepted else None

    @property
    def response(self) -> Response | None:
        """Its answer, as far as it was read."""
        return self.accepted[0].response if self.accepted else None

    @property
    def value(self) -> Any:
        """What was looked for in it: the match, the object, the tool call."""
        return self.accepted[0].value if self.accepted else None

    def __bool__(self) -> bool:
        return bool(self.accepted)

    async def closed(self) -> None:
        """Wait until every connection is closed that is not left to others; the ledger is final then."""
        if self._crowd is not None:
            await self._crowd.gone()


class Pending(Generic[T]):
    """Something to ``await``, or to ``run()`` in code without an event loop, once; nothing is sent before that.

    Args:
        name: What it is, as its user wrote it.
        work: Makes the coroutine.
    """

    def __init__(self, name: str, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._name = name
        self._work: Callable[[], Coroutine[Any, Any, T]] | None = work

    def __await__(self) -> Generator[Any, None, T]:
        asyncio_loop()  # before anything is sent
        return self._once()().__await__()

    def run(self) -> T:
        """Block until it is there and every connection is closed that is not left to others.

        Raises:
            ConfigurationError: An event loop runs on this thread, or it was awaited or run before.
        """
        refuse_inside_loop("run()")
        work = self._once()

        async def whole() -> T:
            found = await work()
            if isinstance(found, SearchResult):
                await found.closed()
            return found

        return wait_for(whole, current_or_background_loop())

    def _once(self) -> Callable[[], Coroutine[Any, Any, T]]:
        work, self._work = self._work, None
        if work is None:
            raise ConfigurationError(f"{self._name} was started before: keep its result, or call it again.")
        return work
