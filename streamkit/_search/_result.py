"""Results of a race or a search, and Pending, which is awaited or run to get one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from .._flow import refuse_inside_loop
from .._stream import Stream
from ..errors import ConfigurationError
from ..response import Response
from ..runtime import asyncio_loop, wait_for
from ._ledger import Ledger
from ._task_pool import TaskPool

Make: TypeAlias = Callable[[], "Stream | Awaitable[Stream]"]

Candidate: TypeAlias = "Stream | Make | Awaitable[Stream]"


@dataclass(frozen=True, slots=True)
class AcceptedResult:
    """An accepted candidate.

    Args:
        index: Position among the candidates, from 0.
        response: The candidate's answer, as far as it was read.
        value: The match, the object or the tool call that ``accept`` found; None for a condition.
        candidate: The candidate as the user gave it: a prompt, a Stream, or a function that makes one.
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
    """The result of a race or a search; true if any candidate was accepted.

    Args:
        accepted: Accepted candidates in the order of their acceptance.
        ledger: Calls, usage and verdict of every candidate.
        ended_by: ``accepted`` (enough candidates), ``budget``, or ``exhausted`` (no more candidates).
    """

    accepted: tuple[AcceptedResult, ...]
    ledger: Ledger
    ended_by: EndedBy
    _pool: TaskPool[Any] | None = field(default=None, repr=False, compare=False)

    @property
    def winner(self) -> int | None:
        """The index of the first accepted candidate; None without one."""
        return self.accepted[0].index if self.accepted else None

    @property
    def response(self) -> Response | None:
        """The answer of the first accepted candidate, as far as it was read; None without one."""
        return self.accepted[0].response if self.accepted else None

    @property
    def value(self) -> Any:
        """The match, the object or the tool call of the first accepted candidate; None without one."""
        return self.accepted[0].value if self.accepted else None

    def __bool__(self) -> bool:
        return bool(self.accepted)

    async def closed(self) -> None:
        """Wait until all connections are closed, except those with other subscribers; the ledger is final then."""
        if self._pool is not None:
            await self._pool.wait_ended()


class Pending(Generic[T]):
    """A call to ``await``, or to ``run()`` in synchronous code, once; nothing is sent before that."""

    def __init__(self, name: str, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._name = name
        self._work: Callable[[], Coroutine[Any, Any, T]] | None = work

    def __await__(self) -> Generator[Any, None, T]:
        asyncio_loop()  # before anything is sent
        return self._once()().__await__()

    def run(self) -> T:
        """Block until the result is known and all connections are closed, except those with other subscribers.

        Raises:
            ConfigurationError: An event loop runs on this thread, or the call was awaited or run before.
        """
        refuse_inside_loop("run()")
        work = self._once()

        async def whole() -> T:
            found = await work()
            if isinstance(found, SearchResult):
                await found.closed()
            return found

        return wait_for(whole)

    def _once(self) -> Callable[[], Coroutine[Any, Any, T]]:
        work, self._work = self._work, None
        if work is None:
            raise ConfigurationError(f"{self._name} was started before: keep its result, or call it again.")
        return work
