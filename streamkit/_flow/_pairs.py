"""The loops over a stream's log: each chunk with the tool call that it completes, or with its number."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Protocol

from ..chunk import Chunk
from ..errors import StreamError
from ..forks import leave_in_child
from ..log import MemoryLog, OverflowPolicy, StartPosition
from ..runtime import (
    STOPPED_BY,
    asyncio_loop,
    call_soon,
    interruptible_wait,
    park_daemon_at_exit,
    running_loop,
    wait_for,
)
from ..subscription import Late, SubscriptionOptions
from ..tool import PartialToolCall, PartialToolCalls, ToolCall, ToolCallValidator, ToolRegistry
from ._one_reader import OneThread, SecondReaderError
from ._pair import C, K, Pair, new_pair

if TYPE_CHECKING:
    from ..origin import Origin
    from ..response import Response


_BATCH = 64

_NOTHING: Iterator[Any] = iter(())


class Readable(Protocol):
    """The part of ``Call`` that pair iterators depend on."""

    log: MemoryLog
    loop: asyncio.AbstractEventLoop

    @property
    def tools(self) -> ToolRegistry:
        """The tools of the call."""
        ...

    @property
    def response(self) -> Response:
        """The Response of everything that has arrived."""
        ...

    @property
    def running(self) -> bool:
        """Whether the call is not closed yet."""
        ...

    def find_start(self, late: Late, then: Callable[[StartPosition], None]) -> None:
        """Compute a reader's start position."""
        ...

    def leave(self) -> None:
        """Count one subscriber less."""
        ...

    async def wait_left(self) -> None:
        """Wait until a ``leave`` has taken effect."""
        ...


class PairCursor:
    """The position of a pulling reader in a log, without a queue."""

    __slots__ = (
        "_active",
        "_call",
        "_finish",
        "_found",
        "_later",
        "_origin",
        "_overflow",
        "_partial",
        "_started",
        "_tools",
        "batch",
        "log",
        "position",
    )

    def __init__(self, call: Readable, options: SubscriptionOptions) -> None:
        self.position = 0
        self.log = call.log
        self._call = call
        self._overflow = None if options.overflow == "pause" else OverflowPolicy[Chunk](options)
        self.batch: Iterator[Any] = _NOTHING
        """The chunks that have been read from the log and not been returned yet."""
        self._tools: ToolCallValidator | None = None  # from the first tool call on
        self._finish: Chunk | None = None  # came before that: some servers send calls behind the finish reason
        self._partial = PartialToolCalls() if options.partial_tools else None
        self._found: list[ToolCall | PartialToolCall] | tuple[()] = ()
        self._origin: Origin | None = None  # of the chunk that has completed several of these
        self._later: Iterator[Any] | None = None  # the rest of the batch, until these have been returned
        self._active = True
        self._started = False
        if self._overflow is not None:
            self.log.count_push(1)  # the call does not wait for it
        self.log.add_reader(self)

    def start(self, at: StartPosition) -> None:
        """Begin to read at a position; callable from any thread."""
        self.batch = iter(at.before)
        self.position = at.position - len(at.before)
        self._started = True
        self.wake()

    def next(self) -> Pair[Any, Any] | None:
        """Return the next pair, or None if there is none yet.

        Raises:
            StopIteration: The log is complete and has been read, or the reader has left.
            StreamError: The log ended with an error and has been read.
            ToolArgumentsError: The log is complete and has been read, but the arguments of a call do not fit its tool.
        """
        for chunk in self.batch:
            self.position += 1
            return new_pair(Pair, (chunk, None)) if chunk.plain else self.pair(chunk)
        if self._later is not None:
            return self._further()
        if not self._active:  # the end has been read, or the reader has left
            raise StopIteration
        if not self._started:
            return None
        batch = self._read()
        if self.log.paused is not None:
            self.log.paused()  # also where nothing more has come: everything before has been returned only now
        if batch:
            self.batch = iter(batch)
            return self.next()
        if self.log.end is None:
            return None
        error = self.log.end.error
        self.leave()
        if error is not None:
            raise error.with_traceback(None)
        tools, self._tools = self._tools, None  # raised only once
        if tools is not None and (refused := tools.flush()):
            _, wrong = refused[0]
            wrong.partial = self._call.response
            raise wrong
        raise StopIteration

    def _further(self) -> Pair[Any, Any] | None:
        """Return the next tool of an event that has completed several, with an empty chunk of the same turn."""
        if not self._found:
            self.batch, self._later = self._later or _NOTHING, None
            return self.next()
        empty = Chunk() if self._origin is None else Chunk().with_origin(self._origin)
        return new_pair(Pair, (empty, self._found.pop(0)))

    def _read(self) -> list[Chunk]:
        if self._overflow is None:
            return self.log.read(self.position, _BATCH)
        batch, position = self._overflow.take(self.log, self.position)
        self.position = position - len(batch)
        return batch

    def pair(self, chunk: Chunk) -> Pair[Any, Any]:
        """Return a chunk and the tool call that the chunk completes."""
        if chunk.index == 0 and (chunk.tool_calls or chunk.finish_reasons):
            if chunk.tool_calls or self._tools is not None:
                partial = [] if self._partial is None else self._partial.feed(chunk)
                self._found = [*self._found, *partial, *self._validator().feed(chunk)]
                if len(self._found) > 1:
                    self._origin, self._later, self.batch = chunk.origin, self.batch, _NOTHING
            else:
                self._finish = chunk
        return new_pair(Pair, (chunk, self._found.pop(0) if self._found else None))

    def _validator(self) -> ToolCallValidator:
        if self._tools is None:
            self._tools = ToolCallValidator(self._call.tools)
            if self._finish is not None:
                self._tools.feed(self._finish)
        return self._tools

    def leave(self) -> None:
        """Read no more; callable from any thread, and more than once."""
        if self._active:
            self._active = False
            self.log.remove_reader(self)
            if self._overflow is not None:
                self.log.count_push(-1)
            self._call.leave()
            self.wake()

    def wake(self) -> None:
        """There is more to read, or the end has come."""
        raise NotImplementedError


class AsyncPairCursor(PairCursor):
    """The cursor of a reader on an event loop."""

    __slots__ = ("_loop", "_waiter")

    def __init__(self, call: Readable, options: SubscriptionOptions) -> None:
        self._loop = asyncio_loop()
        self._waiter: asyncio.Future[None] | None = None
        super().__init__(call, options)

    def wake(self) -> None:
        """There is more to read, or the end has come; any thread."""
        if self._waiter is not None:
            if running_loop() is self._loop:
                self._wake_waiter()
            else:
                call_soon(self._loop, self._wake_waiter)

    async def more(self) -> None:
        """Wait until there are more chunks or the log has ended.

        Raises:
            ConfigurationError: Another task waits already.
        """
        if self._waiter is not None:
            raise SecondReaderError
        self._waiter = self._loop.create_future()
        try:
            # Another thread may have appended, closed or started before the waiter was visible to it.
            if self._active and (not self._started or (self.position >= self.log.length and self.log.end is None)):
                await self._waiter
        finally:
            self._waiter = None

    def _wake_waiter(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class ThreadPairCursor(PairCursor):
    """The cursor of a reader on a thread without a loop."""

    __slots__ = ("_changed", "_wait")

    def __init__(self, call: Readable, options: SubscriptionOptions) -> None:
        self._changed = changed = threading.Event()
        self._wait = changed.wait if running_loop() is None else interruptible_wait(changed.wait)
        super().__init__(call, options)

    def leave_to_parent(self) -> None:
        """Read in a forked child what had arrived; nothing more comes."""
        self._changed = changed = threading.Event()
        self._wait = changed.wait
        if not self._started:
            self.start(StartPosition(self.log.length))
        self.wake()

    def wake(self) -> None:
        """There is more to read, or the end has come; any thread."""
        self._changed.set()

    def more(self) -> None:
        """Block until there are more chunks or the log has ended."""
        self._wait()
        self._changed.clear()
        park_daemon_at_exit()


class PairIterator(AsyncIterator[Pair[C, K]], Generic[C, K]):
    """One ``async for`` over a stream; dropping the iterator leaves the call."""

    __slots__ = ("_cursor", "_wait_left")

    def __init__(self, call: Readable, options: SubscriptionOptions) -> None:
        self._cursor = AsyncPairCursor(call, options)
        self._wait_left = call.wait_left
        call.find_start(options.late, self._cursor.start)

    def __aiter__(self) -> PairIterator[C, K]:
        return self

    async def __anext__(self) -> Pair[C, K]:
        cursor = self._cursor
        while True:
            for chunk in cursor.batch:  # most chunks need no more than this
                cursor.position += 1
                return new_pair(Pair, (chunk, None)) if chunk.plain else cursor.pair(chunk)
            try:
                pair = cursor.next()
            except StopIteration:
                raise StopAsyncIteration from None
            except StreamError:
                cursor.leave()
                raise
            if pair is not None:
                return pair
            try:
                await cursor.more()
            except asyncio.CancelledError:
                await self.aclose()
                raise

    def leave(self, because: str) -> None:
        """Leave the call without waiting for the connection to be closed.

        Args:
            because: The reason, for ``stopped_by`` if this stops the call.
        """
        token = STOPPED_BY.set(because)
        try:
            self._cursor.leave()
        finally:
            STOPPED_BY.reset(token)

    async def aclose(self) -> None:
        """Leave the call; if that stops the call, wait until the connection is closed."""
        self._cursor.leave()
        await self._wait_left()

    def __del__(self) -> None:
        self._cursor.leave()


class SyncPairIterator(Iterator[Pair[C, K]], Generic[C, K]):
    """One ``for`` over a stream; dropping the iterator leaves the call."""

    __slots__ = ("__weakref__", "_call", "_cursor", "_turn")

    def __init__(self, call: Readable, options: SubscriptionOptions) -> None:
        self._cursor = ThreadPairCursor(call, options)
        self._turn = OneThread()
        self._call = call
        leave_in_child(self)
        call.find_start(options.late, self._cursor.start)

    def __iter__(self) -> SyncPairIterator[C, K]:
        return self

    def __next__(self) -> Pair[C, K]:
        with self._turn:
            return self._next()

    def _next(self) -> Pair[C, K]:
        cursor = self._cursor
        try:
            while (pair := cursor.next()) is None:
                cursor.more()
        except KeyboardInterrupt:
            self.close()
            raise
        except StreamError:
            cursor.leave()
            raise
        return pair

    def leave_to_parent(self) -> None:
        """Read in a forked child what had arrived; nothing more comes."""
        self._turn = OneThread()  # another thread may have been inside
        self._cursor.leave_to_parent()

    def close(self) -> None:
        """Leave the call; if that stops the call, wait until the connection is closed."""
        self._cursor.leave()
        if self._call.running:
            wait_for(self._call.wait_left, self._call.loop)

    def __del__(self) -> None:
        self._cursor.leave()


class _ChunkCursor(AsyncPairCursor):
    """The cursor of a reader that wants chunks only."""

    __slots__ = ()

    def pair(self, chunk: Chunk) -> Pair[Any, Any]:
        return new_pair(Pair, (chunk, None))


class NumberedIterator(AsyncIterator[tuple[int, C]], Generic[C]):
    """One ``async for`` over a stream, of pairs (number of chunks known, chunk); dropping it leaves the call.

    Args:
        call: The call to read, which counts this reader already.
        options: The reader's options.
    """

    __slots__ = ("_cursor", "_wait_left")

    def __init__(self, call: Readable, options: SubscriptionOptions) -> None:
        self._cursor = _ChunkCursor(call, options)
        self._wait_left = call.wait_left
        call.find_start(options.late, self._cursor.start)

    def __aiter__(self) -> NumberedIterator[C]:
        return self

    async def __anext__(self) -> tuple[int, C]:
        cursor = self._cursor
        while True:
            try:
                pair = cursor.next()
            except StopIteration:
                raise StopAsyncIteration from None
            except BaseException:
                cursor.leave()
                raise
            if pair is not None:
                return cursor.position, pair[0]
            try:
                await cursor.more()
            except asyncio.CancelledError:
                await self.aclose()
                raise

    async def aclose(self) -> None:
        """Leave the call; if that stops the call, wait until the connection is closed."""
        self._cursor.leave()
        await self._wait_left()

    def __del__(self) -> None:
        self._cursor.leave()
