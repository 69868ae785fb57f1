"""The loop of pairs over a stream's log: each chunk, and each tool call once it is whole."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Generic, TypeAlias

from typing_extensions import TypeVar

from ..chunk import Chunk
from ..errors import StreamError
from ..log import MemoryLog
from ..runtime import call_soon, running_loop, wait_for
from ..tool import ToolCall, ToolCalls

S = TypeVar("S", default=Any)
Pair: TypeAlias = tuple[Chunk[S], ToolCall | None]
_BATCH = 64


class _Place:
    """A pulling reader's place in a log; it holds no queue."""

    def __init__(self, log: MemoryLog, leave: Callable[[], None]) -> None:
        self.position = 0
        self.log = log
        self._leave = leave
        self._batch: Iterator[Chunk] = iter(())
        self._tools = ToolCalls()
        self._whole: list[ToolCall] = []
        self._active = True
        log.add_reader(self)

    def next(self) -> Pair[Any] | None:
        """Return the next pair, or None if there is none yet.

        Raises:
            StopIteration: The log is complete and has been read.
            StreamError: It ended with an error and has been read.
        """
        for chunk in self._batch:
            self.position += 1
            return (chunk, None) if chunk.plain else self._pair(chunk)
        if self._whole:
            return Chunk(), self._whole.pop(0)  # further tools of one event come with an empty chunk
        batch = self.log.read(self.position, _BATCH)
        if batch:
            self._batch = iter(batch)
            if self.log.paused is not None:
                self.log.paused()
            return self.next()
        if self.log.end is None:
            return None
        error = self.log.end.error
        self.leave()
        if error is not None:
            raise error.with_traceback(None)
        raise StopIteration

    def _pair(self, chunk: Chunk) -> Pair[Any]:
        if chunk.index == 0 and (chunk.tool_calls or chunk.finish_reasons):
            self._tools.add(chunk)
            self._whole += self._tools.completed()
        return chunk, self._whole.pop(0) if self._whole else None

    def leave(self) -> None:
        """Read no more; any thread, and more than once."""
        if self._active:
            self._active = False
            self.log.remove_reader(self)
            self._leave()

    def wake(self) -> None:
        """There is more to read, or the end has come."""
        raise NotImplementedError


class _AsyncPlace(_Place):
    """The same for a reader on an event loop."""

    def __init__(self, log: MemoryLog, leave: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        super().__init__(log, leave)

    def wake(self) -> None:
        """There is more to read, or the end has come; any thread."""
        if self._waiter is not None:
            if running_loop() is self._loop:
                self._tell()
            else:
                call_soon(self._loop, self._tell)

    async def more(self) -> None:
        """Wait until there is more or the end has come."""
        self._waiter = self._loop.create_future()
        try:
            # Another thread may have appended before it could see the waiter.
            if self.position >= self.log.length and self.log.end is None:
                await self._waiter
        finally:
            self._waiter = None

    def _tell(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class _ThreadPlace(_Place):
    """The same for a reader on a thread without a loop."""

    def __init__(self, log: MemoryLog, leave: Callable[[], None]) -> None:
        self._changed = threading.Event()
        super().__init__(log, leave)

    def wake(self) -> None:
        """There is more to read, or the end has come; any thread."""
        self._changed.set()

    def more(self) -> None:
        """Block until there is more or the end has come."""
        self._changed.wait()
        self._changed.clear()


class PairIterator(AsyncIterator[Pair[S]], Generic[S]):
    """One ``async for`` over a stream; dropping it leaves the call.

    Args:
        log: What it reads.
        leave: Called once when it has left.
        settled: Waits until its having left has had its effect.
    """

    def __init__(
        self, log: MemoryLog, leave: Callable[[], None], settled: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self._place = _AsyncPlace(log, leave)
        self._settled = settled

    def __aiter__(self) -> PairIterator[S]:
        return self

    async def __anext__(self) -> Pair[S]:
        place = self._place
        while True:
            try:
                pair = place.next()
            except StopIteration:
                raise StopAsyncIteration from None
            except StreamError:
                place.leave()
                raise
            if pair is not None:
                return pair
            try:
                await place.more()
            except asyncio.CancelledError:
                await self.aclose()
                raise

    async def aclose(self) -> None:
        """Leave the call, and if that stops it, wait until it is closed."""
        self._place.leave()
        await self._settled()

    def __del__(self) -> None:
        self._place.leave()


class SyncPairIterator(Iterator[Pair[S]], Generic[S]):
    """One ``for`` over a stream; dropping it leaves the call.

    Args:
        log: What it reads.
        leave: Called once when it has left.
        settled: Waits until its having left has had its effect.
        loop: Where the call lives.
    """

    def __init__(
        self,
        log: MemoryLog,
        leave: Callable[[], None],
        settled: Callable[[], Coroutine[Any, Any, None]],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._place = _ThreadPlace(log, leave)
        self._settled = settled
        self._loop = loop

    def __iter__(self) -> SyncPairIterator[S]:
        return self

    def __next__(self) -> Pair[S]:
        place = self._place
        try:
            while (pair := place.next()) is None:
                place.more()
        except KeyboardInterrupt:
            self.close()
            raise
        except StreamError:
            place.leave()
            raise
        return pair

    def close(self) -> None:
        """Leave the call, and if that stops it, wait until it is closed."""
        self._place.leave()
        wait_for(self._settled, self._loop)

    def __del__(self) -> None:
        self._place.leave()
