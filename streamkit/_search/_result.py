"""What a race or a search has found, and the two ways to wait for it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from ..flow import refuse_inside_loop
from ..response import Response
from ..runtime import Crowd, home_loop, wait_for
from ._ledger import Ledger

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A candidate that is good enough.

    Args:
        index: Its place among the candidates.
        response: Its answer, as far as it was read.
        value: What was looked for: the match, or the object.
    """

    index: int
    response: Response
    value: Any = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a race or a search has found.

    Args:
        accepted: The candidates that are good enough, in the order in which that was known.
        ledger: What every candidate cost.
        ended_by: ``accepted`` (enough of them), ``budget``, or ``exhausted`` (there are no more).
    """

    accepted: tuple[Accepted, ...]
    ledger: Ledger
    ended_by: Literal["accepted", "budget", "exhausted"]
    _crowd: Crowd[Any] = field(default_factory=Crowd[Any], repr=False)

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
        """What was looked for in it: the match, or the object."""
        return self.accepted[0].value if self.accepted else None

    def __bool__(self) -> bool:
        return bool(self.accepted)

    async def closed(self) -> SearchResult:
        """Wait until the connection of every loser is closed; the ledger is final then."""
        await self._crowd.gone()
        return self


class Pending(Generic[T]):
    """Something to ``await``, or to ``run()`` in code without an event loop; nothing is sent before that.

    Args:
        work: Makes the coroutine.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._work = work

    def __await__(self) -> Generator[Any, None, T]:
        return self._work().__await__()

    def run(self) -> T:
        """Block until it is there, with every connection of the losers closed.

        Raises:
            ConfigurationError: An event loop runs on this thread.
        """
        refuse_inside_loop("run()")

        async def whole() -> T:
            found = await self._work()
            return await found.closed() if isinstance(found, SearchResult) else found  # pyright: ignore[reportReturnType]

        return wait_for(whole, home_loop())
