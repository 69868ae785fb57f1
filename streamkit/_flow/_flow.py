"""A Flow: the Observable that operators make of a stream, with loops, ``await``, ``run()`` and ``close()``."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Generator, Iterator
from typing import Any, Generic, cast, overload

import reactivex
from reactivex import Observable, abc
from typing_extensions import TypeVar

from .._compat.private import inner_subscribe, no_elements_error
from ..errors import ConfigurationError
from ..operators._base.partials import PartialObservable
from ..runtime import SyncDoorError, may_block, wait_for
from ._buffer import Buffer, FlowIterator, SyncFlowIterator, fresh

T = TypeVar("T")

T_co = TypeVar("T_co", covariant=True)

W_co = TypeVar("W_co", covariant=True, default=T_co)

A = TypeVar("A")

B = TypeVar("B")

C = TypeVar("C")

D = TypeVar("D")

E = TypeVar("E")

F = TypeVar("F")

G = TypeVar("G")

R = TypeVar("R")

W = TypeVar("W")


def refuse_inside_loop(door: str, instead: str = "'await' for the result or 'async for' to loop") -> None:
    """Raise if an event loop runs on this thread, unless this is the code of a notebook's cell.

    Raises:
        ConfigurationError: An event loop runs on this thread.
    """
    if not may_block():
        raise SyncDoorError(f"{door} would block the event loop that runs here: use {instead}.")


class PipeMixin(Observable[T_co]):
    """An Observable whose ``pipe`` returns a Flow."""

    @property
    def stream(self) -> Any:
        """The Stream that this came from; None if there is none."""
        return None

    @overload
    def pipe(self, op1: Callable[[Observable[T_co]], PartialObservable[A, W]], /) -> Flow[A, W]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A]],
        op2: Callable[[Observable[A]], PartialObservable[B, W]],
        /,
    ) -> Flow[B, W]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A]],
        op2: Callable[[Observable[A]], Observable[B]],
        op3: Callable[[Observable[B]], PartialObservable[C, W]],
        /,
    ) -> Flow[C, W]: ...
    @overload
    def pipe(self, op1: Callable[[Observable[T_co]], Observable[A]], /) -> Flow[A]: ...
    @overload
    def pipe(
        self, op1: Callable[[Observable[T_co]], Observable[A]], op2: Callable[[Observable[A]], Observable[B]], /
    ) -> Flow[B]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A]],
        op2: Callable[[Observable[A]], Observable[B]],
        op3: Callable[[Observable[B]], Observable[C]],
        /,
    ) -> Flow[C]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A]],
        op2: Callable[[Observable[A]], Observable[B]],
        op3: Callable[[Observable[B]], Observable[C]],
        op4: Callable[[Observable[C]], Observable[D]],
        /,
    ) -> Flow[D]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A]],
        op2: Callable[[Observable[A]], Observable[B]],
        op3: Callable[[Observable[B]], Observable[C]],
        op4: Callable[[Observable[C]], Observable[D]],
        op5: Callable[[Observable[D]], Observable[E]],
        /,
    ) -> Flow[E]: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[T_co]], Observable[A]],
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
        op1: Callable[[Observable[T_co]], Observable[A]],
        op2: Callable[[Observable[A]], Observable[B]],
        op3: Callable[[Observable[B]], Observable[C]],
        op4: Callable[[Observable[C]], Observable[D]],
        op5: Callable[[Observable[D]], Observable[E]],
        op6: Callable[[Observable[E]], Observable[F]],
        op7: Callable[[Observable[F]], Observable[G]],
        /,
    ) -> Flow[G]: ...
    @overload
    def pipe(self, op1: Callable[[Observable[T_co]], R], /) -> R: ...
    @overload
    def pipe(self, op1: Callable[[Observable[T_co]], A], op2: Callable[[A], R], /) -> R: ...
    @overload
    def pipe(self, op1: Callable[[Observable[T_co]], A], op2: Callable[[A], B], op3: Callable[[B], R], /) -> R: ...

    def pipe(self, *operators: Callable[[Any], Any]) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Apply operators one after the other; the result has the same doors as a stream.

        Args:
            operators: Functions from Observable to Observable; for more than seven, use ``reactivex.compose``.
        """
        return as_flow(reactivex.pipe(self, *operators), self.stream)

    def run(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - ours has its own loop
        """Block until the end and return the result."""
        raise NotImplementedError

    def __await__(self) -> Generator[Any, None, Any]:
        raise NotImplementedError


class Flow(PipeMixin[T_co], Generic[T_co, W_co]):
    """The result of ``.pipe`` on a Stream or a Flow: an Observable with doors.

    Loop over a Flow with ``for`` or ``async for``, get its last element with ``run()`` or ``await``, or subscribe.
    The second type is that of the last element, if it differs: ``Flow[Partial[Book] | Book, Book]``.

    Args:
        source: The Observable that the operators have made.
        stream: The Stream at its beginning; None if there is none.
    """

    def __init__(self, source: Observable[T_co], stream: Any = None) -> None:
        super().__init__(_subscription_of(source))
        self._stream = stream
        self._readers: weakref.WeakSet[Buffer[Any]] = weakref.WeakSet()

    @property
    def stream(self) -> Any:
        """The Stream that this came from; None if there is none."""
        return self._stream

    def subscribe(
        self,
        on_next: abc.ObserverBase[T_co] | Callable[[T_co], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
        on_completed: Callable[[], None] | None = None,
        *,
        scheduler: abc.SchedulerBase | None = None,
    ) -> abc.DisposableBase:
        """Subscribe as to any Observable.

        Raises:
            ConfigurationError: The chain of operators is too long for Python's stack.
        """
        subscribing = True
        if isinstance(on_next, abc.ObserverBase):
            observer = cast("abc.ObserverBase[T_co]", on_next)
            on_next, on_error, on_completed = observer.on_next, observer.on_error, observer.on_completed

        def fail(error: Exception) -> None:
            error = _readable_error(error) if subscribing else error
            if on_error is None:
                raise error
            on_error(error)

        try:
            return super().subscribe(on_next, fail, on_completed, scheduler=scheduler)
        except RecursionError as error:
            raise _readable_error(error) from None
        finally:
            subscribing = False

    def __aiter__(self) -> FlowIterator[T_co]:
        return FlowIterator(self._read())

    def __iter__(self) -> Iterator[T_co]:
        refuse_inside_loop("A 'for' loop")
        return SyncFlowIterator(self._read)

    def run(self) -> W_co:
        """Block until the end and return the last element.

        Raises:
            ConfigurationError: An event loop runs on this thread.
            SequenceContainsNoElementsError: The flow was empty.
        """
        refuse_inside_loop("run()")
        return wait_for(self._last)

    def __await__(self) -> Generator[Any, None, W_co]:
        return self._last().__await__()

    async def aclose(self) -> None:
        """Leave every loop over this flow; if that stops a call, wait until the call is closed."""
        for reader in list(self._readers):
            reader.dispose()
            await reader.wait_left()

    async def __aenter__(self) -> Flow[T_co, W_co]:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def close(self) -> None:
        """Do what ``aclose`` does, from sync code."""
        refuse_inside_loop("close()", "'await ….aclose()'")
        wait_for(self.aclose)

    def __enter__(self) -> Flow[T_co, W_co]:
        refuse_inside_loop("Leaving 'with'", "'async with'")
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, *, pulls: bool = True) -> Buffer[T_co]:
        reader = Buffer(self, pulls=pulls)
        self._readers.add(reader)
        return reader

    async def _last(self) -> W_co:
        reader = self._read(pulls=False)
        last: Any = _NOTHING
        try:
            while True:
                await reader.more()
                over = reader.over  # read first: elements may arrive until the end
                while reader.items:
                    last = reader.take()
                if over:
                    break
        finally:
            reader.dispose()
            await asyncio.shield(asyncio.ensure_future(reader.wait_left()))
        if reader.error is not None:
            raise fresh(reader.error)
        if last is _NOTHING:
            raise no_elements_error()()
        return cast("W_co", last)


_NOTHING = object()


def _readable_error(error: Exception) -> Exception:
    """Return a ConfigurationError for a chain of operators that exhausts Python's stack; other errors unchanged."""
    if isinstance(error, RecursionError):
        return ConfigurationError("This chain of operators is too long for Python's stack: split it.")
    return error


def _subscription_of(source: Observable[T]) -> Any:
    """Return the operator's own subscribe function; through ``subscribe`` each element would pass one more observer."""
    if type(source) is Observable:
        return inner_subscribe(source)

    def subscribe(observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        return source.subscribe(observer, scheduler=scheduler)

    return subscribe


def as_flow(found: Any, stream: Any) -> Any:
    """Return a Flow for a plain Observable, a list of Flows for a list of them, and any other result unchanged."""
    if type(found) is Observable:
        return Flow(cast("Observable[Any]", found), stream)
    if isinstance(found, list):
        return [as_flow(each, stream) for each in cast("list[Any]", found)]
    return found


def flow(observable: Observable[T]) -> Flow[T]:
    """Return a Flow of any Observable, which can be looped over, awaited and run like a stream.

    Args:
        observable: The Observable.

    >>> import reactivex as rx
    >>> list(flow(rx.of("Io", "Europa")))
    ['Io', 'Europa']
    """
    return cast("Flow[T]", observable) if isinstance(observable, Flow) else Flow(observable)
