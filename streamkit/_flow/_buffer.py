"""A small buffer between an Observable that pushes and one reader that pulls, and the loops over a flow."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Generic, TypeVar

from reactivex import Observable, abc

from ..errors import ProducerLost, StreamError
from ..forks import leave_in_child, new_lock
from ..runtime import (
    GATE,
    Gate,
    LoopScheduler,
    asyncio_loop,
    background_loop,
    call_soon,
    interruptible_wait,
    park_daemon_at_exit,
    running_loop,
    wait_for,
)
from ._one_reader import OneThread, SecondReaderError

T = TypeVar("T")


class Buffer(Generic[T]):
    """The buffer of one subscription, from which a reader takes the elements.

    The subscription has a reference to the buffer and none to the reader, so that dropping the reader ends it.

    Args:
        source: The Observable to subscribe to, on the running loop.
        pulls: True if the reader may pause the sources.
    """

    __slots__ = ("__weakref__", "_subscription", "_waiter", "changed", "error", "gate", "items", "loop", "over")

    def __init__(self, source: Observable[T], *, pulls: bool = True) -> None:
        self.items: deque[T] = deque()
        self.over = False
        self.error: Exception | None = None
        self.loop = asyncio_loop()
        self.gate = Gate(pulls=pulls)
        self.gate.failed = self._failed
        self.changed: threading.Condition | None = None  # set by a reader on another thread
        self._waiter: asyncio.Future[None] | None = None
        token = GATE.set(self.gate)
        try:
            self._subscription: abc.DisposableBase = source.subscribe(
                self._on_next, self._on_error, self._on_completed, scheduler=LoopScheduler(self.loop)
            )
        finally:
            GATE.reset(token)

    def take(self) -> T:
        """Return the next element, and resume the sources once there is room."""
        item = self.items.popleft()
        if self.gate.full and len(self.items) <= self.gate.cap // 2:
            if running_loop() is self.loop:
                self.gate.open()
            else:
                call_soon(self.loop, self.gate.open)
        return item

    async def more(self) -> None:
        """Wait for an element or the end.

        Raises:
            ConfigurationError: Another task waits already.
        """
        if self.items or self.over:
            return
        if self._waiter is not None:
            raise SecondReaderError
        self._waiter = self.loop.create_future()
        try:
            # Another thread may have pushed before the waiter was visible to it.
            if not (self.items or self.over):
                await self._waiter
        finally:
            self._waiter = None

    def leave_to_parent(self) -> None:
        """End the flow in a forked child: the loop and the sources are the parent's."""
        self._waiter = self.changed = None
        if not self.over:
            self.error = ProducerLost("This flow is read in the parent process.", retryable=False)
            self.over = True

    def dispose(self) -> None:
        """Leave the sources; callable from any thread."""
        self.over = True
        self.gate.failed = None  # breaks a reference cycle
        self._subscription.dispose()
        self._notify()

    async def wait_left(self) -> None:
        """Wait until the leaving has taken effect on the sources."""
        await self.gate.wait_left()

    def _on_next(self, item: T) -> None:
        self.items.append(item)
        if self.gate.pulls and len(self.items) >= self.gate.cap:
            self.gate.full = True
        self._notify()

    def _on_error(self, error: Exception) -> None:
        self.error = error
        self._on_completed()

    def _failed(self, error: Exception) -> bool:
        if self.over:
            return False
        self._on_error(error)
        return True

    def _on_completed(self) -> None:
        self.over = True
        self._notify()

    def _notify(self) -> None:
        if self.changed is not None:
            with self.changed:
                self.changed.notify_all()
        if self._waiter is not None:
            if running_loop() is self.loop:
                self._wake()
            else:
                call_soon(self.loop, self._wake)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class FlowIterator(Generic[T], AsyncIterator[T]):
    """One ``async for`` over a flow; dropping the iterator leaves the sources."""

    def __init__(self, reader: Buffer[T]) -> None:
        self._reader = reader

    def __aiter__(self) -> FlowIterator[T]:
        return self

    async def __anext__(self) -> T:
        reader = self._reader
        while not reader.items:
            if reader.over and not reader.items:  # the order matters: an element may arrive between the two checks
                await reader.wait_left()
                if reader.error is not None:
                    error, reader.error = reader.error, None
                    raise fresh(error)
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
        await self._reader.wait_left()

    def __del__(self) -> None:
        self._reader.dispose()


class SyncFlowIterator(Iterator[T]):
    """One ``for`` over a flow on the shared background loop; dropping the iterator leaves the sources."""

    def __init__(self, read: Callable[[], Buffer[T]]) -> None:
        self._changed = changed = threading.Condition(new_lock())
        self._wait = changed.wait if running_loop() is None else interruptible_wait(changed.wait)
        self._turn = OneThread()

        async def opened() -> Buffer[T]:
            reader = read()
            reader.changed = self._changed
            return reader

        self._reader: Buffer[T] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        with background_loop() as loop:
            self._loop = loop
            self._reader = wait_for(opened, loop)
        leave_in_child(self)

    def __iter__(self) -> SyncFlowIterator[T]:
        return self

    def __next__(self) -> T:
        with self._turn:
            return self._next()

    def _next(self) -> T:
        reader = self._reader
        assert reader is not None
        try:
            with self._changed:
                while not (reader.items or reader.over):
                    self._wait()
        except KeyboardInterrupt:
            self.close()
            raise
        park_daemon_at_exit()
        if reader.items:
            return reader.take()
        wait_for(reader.wait_left, self._loop)
        if reader.error is not None:
            error, reader.error = reader.error, None
            raise fresh(error)
        raise StopIteration

    def leave_to_parent(self) -> None:
        """Return the buffered elements in a forked child, where no more arrive."""
        self._loop = None
        self._turn = OneThread()  # another thread may have been inside
        if self._reader is not None:
            self._reader.leave_to_parent()

    def close(self) -> None:
        """Leave the sources and wait until what that stops is closed."""
        if self._reader is not None:
            self._reader.dispose()
            wait_for(self._reader.wait_left, self._loop)

    def __del__(self) -> None:
        if self._reader is not None:
            self._reader.dispose()


def fresh(error: Exception) -> Exception:
    """Return an error for one more reader, without the tracebacks of other readers."""
    if isinstance(error, (StopIteration, StopAsyncIteration)):  # which would end the reader's loop, as if all had come
        ended = RuntimeError(f"A function that a flow called raised {type(error).__name__}.")
        ended.__cause__ = error
        return ended
    return error.with_traceback(None) if isinstance(error, StreamError) else error
