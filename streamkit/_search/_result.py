"""Results of a race or a search, and Pending, which is awaited or run to get one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Never, TypeAlias

from typing_extensions import TypeVar

from .._flow import refuse_inside_loop
from .._stream import Stream
from ..errors import ConfigurationError
from ..reprs import short_repr
from ..response import Response
from ..runtime import asyncio_loop, wait_for
from ._ledger import Ledger
from ._task_pool import TaskPool

Make: TypeAlias = Callable[[], "Stream | Awaitable[Stream]"]

Candidate: TypeAlias = "Stream | Make | Awaitable[Stream]"


V_co = TypeVar("V_co", covariant=True, default=Any)

_NO_VALUE: Any = None


@dataclass(frozen=True, slots=True, repr=False)
class AcceptedResult(Generic[V_co]):
    """An accepted candidate.

    Args:
        index: Position among the candidates, from 0.
        response: The candidate's answer, as far as it was read.
        value: The match, the object or the tool call that ``accept`` found; None for a condition.
        candidate: The candidate as the user gave it: a prompt, a Stream, or a function that makes one.
    """

    index: int
    response: Response
    value: V_co = _NO_VALUE
    candidate: Any = None

    def __repr__(self) -> str:
        names = ("index", "value", "response", "candidate")
        return short_repr(self, [(name, getattr(self, name), None) for name in names])


Accepted = AcceptedResult  # the older name

T_co = TypeVar("T_co", covariant=True)

EndedBy: TypeAlias = Literal["accepted", "budget", "exhausted"]


@dataclass(frozen=True, slots=True, repr=False)
class SearchResult(Generic[V_co]):
    """The result of a race or a search; true if any candidate was accepted.

    After ``if result:`` type checkers know that ``winner``, ``response`` and ``value`` are not None.

    Args:
        accepted: Accepted candidates in the order of their acceptance.
        ledger: Calls, usage and verdict of every candidate.
        ended_by: ``accepted`` (enough candidates), ``budget``, or ``exhausted`` (no more candidates).
    """

    accepted: tuple[AcceptedResult[V_co], ...]
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
    def value(self) -> V_co | None:
        """The match, the object or the tool call of the first accepted candidate; None without one."""
        return self.accepted[0].value if self.accepted else None

    def __bool__(self) -> bool:
        return bool(self.accepted)

    def __repr__(self) -> str:
        return short_repr(self, self._shown())

    def _shown(self) -> list[tuple[str, Any, Any]]:
        """Return name, value and default of the fields that the ``repr`` has."""
        names = ("winner", "value", "response", "ended_by", "ledger")
        return [(name, getattr(self, name), None) for name in names]

    async def closed(self) -> None:
        """Wait until all connections are closed, except those with other subscribers; the ledger is final then."""
        if self._pool is not None:
            await self._pool.wait_ended()


class SearchHit(SearchResult[V_co]):
    """A result with an accepted candidate; it is true."""

    __slots__ = ()

    @property
    def winner(self) -> int:
        """The index of the first accepted candidate."""
        return self.accepted[0].index

    @property
    def response(self) -> Response:
        """The answer of the first accepted candidate, as far as it was read."""
        return self.accepted[0].response

    @property
    def value(self) -> V_co:
        """The match, the object or the tool call of the first accepted candidate; None for a condition."""
        return self.accepted[0].value

    def __bool__(self) -> Literal[True]:
        return True


class SearchMiss(SearchResult[Never]):
    """A result without an accepted candidate; it is false."""

    __slots__ = ()

    @property
    def winner(self) -> None:
        """No candidate was accepted."""

    @property
    def response(self) -> None:
        """No candidate was accepted."""

    @property
    def value(self) -> None:
        """No candidate was accepted."""

    def __bool__(self) -> Literal[False]:
        return False


def search_result(
    accepted: tuple[AcceptedResult[Any], ...], ledger: Ledger, ended_by: EndedBy, pool: TaskPool[Any]
) -> SearchHit[Any] | SearchMiss:
    """Return the result of a race or a search, whose type tells whether a candidate was accepted."""
    kind: Any = SearchHit if accepted else SearchMiss
    found: SearchHit[Any] | SearchMiss = kind(accepted, ledger, ended_by, pool)
    return found


class Pending(Generic[T_co]):
    """A call to ``await``, or to ``run()`` in synchronous code, once; nothing is sent before that."""

    def __init__(self, name: str, work: Callable[[], Coroutine[Any, Any, T_co]]) -> None:
        self._name = name
        self._work: Callable[[], Coroutine[Any, Any, T_co]] | None = work

    def __await__(self) -> Generator[Any, None, T_co]:
        asyncio_loop()  # before anything is sent
        return self._once()().__await__()

    def run(self) -> T_co:
        """Block until the result is known and all connections are closed, except those with other subscribers.

        Raises:
            ConfigurationError: An event loop runs on this thread, or the call was awaited or run before.
        """
        refuse_inside_loop("run()")
        work = self._once()

        async def whole() -> T_co:
            found = await work()
            pool: TaskPool[Any] | None = getattr(found, "_pool", None)
            if pool is not None:
                await pool.wait_ended()
            return found

        return wait_for(whole)

    def _once(self) -> Callable[[], Coroutine[Any, Any, T_co]]:
        work, self._work = self._work, None
        if work is None:
            raise ConfigurationError(f"{self._name} was started before: keep its result, or call it again.")
        return work
