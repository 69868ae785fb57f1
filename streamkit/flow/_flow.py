"""What operators make of a stream, with the stream's doors: loop it, await it, run it, close it."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any, Generic, TypeVar, cast

from reactivex import Observable, abc
from reactivex.internal.exceptions import SequenceContainsNoElementsError

from ..errors import ConfigurationError, StreamError
from ..runtime import home_loop, wait_for
from ._buffer import Buffer
from ._piped import Piped, refuse_inside_loop

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Flow(Piped[T_co]):
    """What ``.pipe`` on a Stream or a Flow returns: an Observable with doors.

    Loop it, loop it in async code, ``run()`` it or ``await`` it for its last element, or subscribe to it.

    Args:
        source: What it is made of.
        stream: The Stream that it came from, if it came from one.
    """

    def __init__(self, source: Observable[T_co], stream: Any = None) -> None:
        super().__init__(_subscription_of(source))
        self._stream = stream
        self._readers: weakref.WeakSet[Buffer[Any]] = weakref.WeakSet()

    @property
    def stream(self) -> Any:
        """The Stream that this came from, if it came from one."""
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
        try:
            return super().subscribe(on_next, on_error, on_completed, scheduler=scheduler)
        except RecursionError:
            raise ConfigurationError("This chain of operators is too long for Python's stack: split it.") from None

    def __aiter__(self) -> FlowIterator[T_co]:
        return FlowIterator(self._read())

    def __iter__(self) -> Iterator[T_co]:
        refuse_inside_loop("A 'for' loop")
        return SyncFlowIterator(self)

    def run(self) -> T_co:
        """Block until the end and return the last element.

        Raises:
            ConfigurationError: An event loop runs on this thread.
            SequenceContainsNoElementsError: There was none.
        """
        refuse_inside_loop("run()")
        return wait_for(self._last, home_loop())

    def __await__(self) -> Generator[Any, None, T_co]:
        return self._last().__await__()

    async def aclose(self) -> None:
        """Leave every loop over this flow, and wait until what that stops is closed."""
        for reader in list(self._readers):
            reader.dispose()
            await reader.left()

    async def __aenter__(self) -> Flow[T_co]:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def close(self) -> None:
        """Do what ``aclose`` does, from sync code."""
        refuse_inside_loop("close()")
        wait_for(self.aclose, home_loop())

    def __enter__(self) -> Flow[T_co]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, *, pulls: bool = True) -> Buffer[T_co]:
        reader = Buffer(self, pulls=pulls)
        self._readers.add(reader)
        return reader

    async def _last(self) -> T_co:
        reader = self._read(pulls=False)
        last: Any = _NOTHING
        try:
            while True:
                await reader.more()
                while reader.items:
                    last = reader.take()
                if reader.over:
                    break
        finally:
            reader.dispose()
            await asyncio.shield(asyncio.ensure_future(reader.left()))
        if reader.error is not None:
            raise _fresh(reader.error)
        if last is _NOTHING:
            raise SequenceContainsNoElementsError()
        return cast("T_co", last)


_NOTHING = object()


class FlowIterator(Generic[T], AsyncIterator[T]):
    """One ``async for`` over a flow; dropping it leaves the sources."""

    def __init__(self, reader: Buffer[T]) -> None:
        self._reader = reader

    def __aiter__(self) -> FlowIterator[T]:
        return self

    async def __anext__(self) -> T:
        reader = self._reader
        while not reader.items:
            if reader.over:
                await reader.left()
                if reader.error is not None:
                    error, reader.error = reader.error, None
                    raise _fresh(error)
                raise StopAsyncIteration
            try:
                await reader.more()
            except asyncio.CancelledError:
                await self.aclose()
                raise
        return reader.take()

    async def aclose(self) -> None:
        """Leave the sources and wait until what that stops is closed."""
        self._reader.dispose()
        await self._reader.left()

    def __del__(self) -> None:
        self._reader.dispose()


class SyncFlowIterator(Iterator[T]):
    """One ``for`` over a flow, which lives on the shared background loop; dropping it leaves the sources."""

    def __init__(self, flow: Flow[T]) -> None:
        self._reader: Buffer[T] | None = None
        self._loop = home_loop()
        self._reader = wait_for(lambda: _open(flow), self._loop)

    def __iter__(self) -> SyncFlowIterator[T]:
        return self

    def __next__(self) -> T:
        reader = self._reader
        assert reader is not None
        try:
            with reader.changed:
                while not (reader.items or reader.over):
                    reader.changed.wait()
        except KeyboardInterrupt:
            self.close()
            raise
        if reader.items:
            return reader.take()
        wait_for(reader.left, self._loop)
        if reader.error is not None:
            error, reader.error = reader.error, None
            raise _fresh(error)
        raise StopIteration

    def close(self) -> None:
        """Leave the sources and wait until what that stops is closed."""
        if self._reader is not None:
            self._reader.dispose()
            wait_for(self._reader.left, self._loop)

    def __del__(self) -> None:
        if self._reader is not None:
            self._reader.dispose()


async def _open(flow: Flow[T]) -> Buffer[T]:
    return flow._read()  # pyright: ignore[reportPrivateUsage]


def _fresh(error: Exception) -> Exception:
    """Return an error for one more reader, without the traces of the others."""
    return error.with_traceback(None) if isinstance(error, StreamError) else error


def _subscription_of(source: Observable[T]) -> Any:
    """Take the operator's own subscription: through ``subscribe`` every element would pass one more observer."""
    if type(source) is Observable:
        return source._subscribe  # pyright: ignore[reportPrivateUsage]
    return lambda observer, scheduler=None: source.subscribe(observer, scheduler=scheduler)


def as_flow(found: Any, stream: Any) -> Any:
    """Give doors to what a pipe returned, if it is a plain Observable; lists of them too."""
    if type(found) is Observable:
        return Flow(cast("Observable[Any]", found), stream)
    if isinstance(found, list):
        return [as_flow(each, stream) for each in cast("list[Any]", found)]
    return found


def flow(observable: Observable[T]) -> Flow[T]:
    """Give any Observable the doors of a stream.

    Args:
        observable: What to loop, await or run.

    >>> import reactivex as rx
    >>> list(flow(rx.of("Io", "Europa")))
    ['Io', 'Europa']
    """
    return observable if isinstance(observable, Flow) else Flow(observable)


