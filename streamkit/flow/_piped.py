"""What a Stream and a Flow share: ``pipe`` keeps the doors, and sync code is told where it may stand."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar, overload

import reactivex
from reactivex import Observable

from ..errors import ConfigurationError
from ..runtime import running_loop

if TYPE_CHECKING:
    from ._flow import Flow

T = TypeVar("T", covariant=True)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
R = TypeVar("R")


class SyncDoorError(ConfigurationError, RuntimeError):
    """A sync door was opened inside a running event loop, which it would block for ever."""


def refuse_inside_loop(door: str) -> None:
    """Raise if an event loop runs on this thread.

    Args:
        door: The sync door, as the user wrote it.

    Raises:
        ConfigurationError: One does.
    """
    if running_loop() is not None:
        raise SyncDoorError(
            f"{door} would block the event loop that runs here: use 'await' for the result or 'async for' to loop."
        )


class Piped(Observable[T]):
    """An Observable whose ``pipe`` leads to a Flow."""

    @property
    def stream(self) -> Any:
        """The Stream that this came from, if it came from one."""
        return None

    @overload
    def pipe(self, op1: Callable[[Observable[T]], Observable[A]], /) -> Flow[A]: ...
    @overload
    def pipe(
        self, op1: Callable[[Observable[T]], Observable[A]], op2: Callable[[Observable[A]], Observable[B]], /
    ) -> Flow[B]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T]], Observable[A]],
        op2: Callable[[Observable[A]], Observable[B]],
        op3: Callable[[Observable[B]], Observable[C]],
        /,
    ) -> Flow[C]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T]], Observable[A]],
        op2: Callable[[Observable[A]], Observable[B]],
        op3: Callable[[Observable[B]], Observable[C]],
        op4: Callable[[Observable[C]], Observable[D]],
        /,
    ) -> Flow[D]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T]], Observable[A]],
        op2: Callable[[Observable[A]], Observable[B]],
        op3: Callable[[Observable[B]], Observable[C]],
        op4: Callable[[Observable[C]], Observable[D]],
        op5: Callable[[Observable[D]], Observable[E]],
        /,
    ) -> Flow[E]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T]], Observable[A]],
        op2: Callable[[Observable[A]], Observable[B]],
        op3: Callable[[Observable[B]], Observable[C]],
        op4: Callable[[Observable[C]], Observable[D]],
        op5: Callable[[Observable[D]], Observable[E]],
        op6: Callable[[Observable[E]], Observable[F]],
        /,
    ) -> Flow[F]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T]], Observable[A]],
        op2: Callable[[Observable[A]], Observable[B]],
        op3: Callable[[Observable[B]], Observable[C]],
        op4: Callable[[Observable[C]], Observable[D]],
        op5: Callable[[Observable[D]], Observable[E]],
        op6: Callable[[Observable[E]], Observable[F]],
        op7: Callable[[Observable[F]], Observable[G]],
        /,
    ) -> Flow[G]: ...
    @overload
    def pipe(self, op1: Callable[[Observable[T]], R], /) -> R: ...
    @overload
    def pipe(self, op1: Callable[[Observable[T]], A], op2: Callable[[A], R], /) -> R: ...
    @overload
    def pipe(self, op1: Callable[[Observable[T]], A], op2: Callable[[A], B], op3: Callable[[B], R], /) -> R: ...

    def pipe(self, *operators: Callable[[Any], Any]) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Put operators in a row; the result has the same doors as a stream.

        Args:
            operators: Functions from Observable to Observable; more than seven go in by ``reactivex.compose``.
        """
        from ._flow import as_flow

        return as_flow(reactivex.pipe(self, *operators), self.stream)

    def run(self) -> Any:
        """Block until the end and return the result."""
        raise NotImplementedError

    def __await__(self) -> Generator[Any, None, Any]:
        raise NotImplementedError
