"""Blocking iterators for an event loop: a thread reads one element whenever one is wanted, and closes the iterator."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import AsyncIterator, Iterable
from contextvars import copy_context
from typing import Any, Generic, Literal, TypeVar

from .loops import Latch, call_soon

T = TypeVar("T")

_CHECK = 1.0  # seconds after which a thread that waits to be asked looks whether the program ends

_Step = tuple[Literal["element", "end", "error"], Any]


class ThreadIterator(AsyncIterator[T], Generic[T]):
    """An async iterator over a blocking iterator, which a thread of its own reads in the caller's context.

    No element is read before it is wanted. A cancelled ``anext`` loses no element: the next one returns it.

    Args:
        elements: The blocking iterator, or an object that makes one.
        daemon: True if the program may end while the thread is blocked; else its end waits for the current element.
        name: Name of the thread.
    """

    def __init__(self, elements: Iterable[T], *, daemon: bool, name: str) -> None:
        self.value: Any = None
        """The value that a generator has returned at its end."""
        self.closed = Latch()
        """Set when the iterator has ended or is closed, and the thread is free."""
        self._reader = reader = _Reader(elements, self.closed)
        self._step: asyncio.Future[_Step] | None = None
        self._over = False
        context, read = copy_context(), reader.read
        threading.Thread(target=lambda: context.run(read), name=name, daemon=daemon).start()

    async def __anext__(self) -> T:
        if self._over:
            raise StopAsyncIteration
        if self._step is None:
            self._step = asyncio.get_running_loop().create_future()
            self._reader.requests.put(self._step)
        await asyncio.wait({self._step})
        kind, value = self._step.result()
        self._step = None
        if kind == "element":
            return value
        self._over = True
        if kind == "error":
            raise value
        self.value = value
        raise StopAsyncIteration

    def close(self) -> None:
        """Close the iterator in its thread as soon as it does not block any more; callable from any thread."""
        if not self._over:
            self._over = True
            self._reader.requests.put(None)

    async def aclose(self) -> None:
        """Close the iterator, and wait until that is done, however long it blocks."""
        self.close()
        await self.closed.wait()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):  # the program may be ending
            self.close()


class _Reader(Generic[T]):
    """The part of a ThreadIterator that its thread holds, so that an iterator that is dropped can be noticed.

    Args:
        elements: The blocking iterator, or an object that makes one.
        closed: Latch to set at the end.
    """

    __slots__ = ("_closed", "_elements", "requests")

    def __init__(self, elements: Iterable[T], closed: Latch) -> None:
        self._elements = elements
        self._closed = closed
        self.requests: queue.SimpleQueue[asyncio.Future[_Step] | None] = queue.SimpleQueue()

    def read(self) -> None:
        """Read an element whenever one is wanted, until the end or until nobody wants one."""
        iterator: Any = self._elements
        try:
            while (step := self._next_request()) is not None:
                try:
                    iterator = iterator if iterator is not self._elements else iter(self._elements)
                    found: _Step = "element", next(iterator)
                except StopIteration as end:
                    found = "end", end.value
                except BaseException as error:
                    found = "error", _error(error)
                _deliver(step, found)
                if found[0] != "element":
                    break
        finally:
            for each in (iterator, self._elements):
                with contextlib.suppress(BaseException):  # nobody is left who could be given the error
                    each.close()  # pyright: ignore - an iterator without `close` needs none
            self._closed.set()

    def _next_request(self) -> asyncio.Future[_Step] | None:
        while True:
            with contextlib.suppress(queue.Empty):
                return self.requests.get(timeout=_CHECK)
            if not threading.main_thread().is_alive():
                return None


def _deliver(step: asyncio.Future[_Step], found: _Step) -> None:
    def deliver() -> None:
        if not step.done():
            step.set_result(found)

    call_soon(step.get_loop(), deliver)


def _error(error: BaseException) -> Exception:
    """Return the exception to raise on the loop, which nothing may end that ends a program or a coroutine."""
    if isinstance(error, Exception) and not isinstance(error, (StopAsyncIteration, asyncio.CancelledError)):
        return error
    found = RuntimeError(f"it raised {error!r}")
    found.__cause__ = error
    return found
