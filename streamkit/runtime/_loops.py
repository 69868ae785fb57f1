"""Loops: the one that runs here, the one that all sync code shares, and the ways from thread to thread."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextvars import Context
from typing import Any, TypeVar

from ..forks import leave_in_child, new_lock
from ._workers import endless_pool

T = TypeVar("T")
_CLEANUP = 5.0  # seconds that closing may take before Ctrl-C passes all the same
Soon = Callable[[Callable[[], None]], object]


class _Background:
    """The one loop that all sync code shares, on a thread of its own."""

    def __init__(self) -> None:
        self._lock = new_lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = 0
        self.ending = False

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            # After a fork the thread is gone, although the loop still believes that it runs.
            if self._loop is None or self._pid != os.getpid():
                started: Future[asyncio.AbstractEventLoop] = Future()
                self._thread = threading.Thread(target=self._run, args=(started,), name="streamkit", daemon=True)
                self._thread.start()
                self._loop, self._pid = started.result(), os.getpid()
            return self._loop

    def _run(self, started: Future[asyncio.AbstractEventLoop]) -> None:
        try:
            with asyncio.Runner() as runner:
                loop = runner.get_loop()
                serving = loop.create_task(self._serve(started))
                while not serving.done():
                    # A callback that wants to end the program ends its own task, not the loop that all share.
                    with contextlib.suppress(SystemExit, KeyboardInterrupt):
                        loop.run_until_complete(serving)
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)  # no loop could be made: whoever waits for it is told

    async def _serve(self, started: Future[asyncio.AbstractEventLoop]) -> None:
        self._end = asyncio.Event()
        loop = asyncio.get_running_loop()
        # The names of hosts are looked up by the same threads that async tools may fill with work of their own.
        loop.set_default_executor(endless_pool("streamkit-loop"))
        started.set_result(loop)
        await self._end.wait()

    def leave_to_parent(self) -> None:
        """Leave the parent's loop to the parent: in a forked child even its locks are of no use."""
        self.__init__()

    def stop(self) -> None:
        """End the loop with everything on it; the Runner cancels what lives and closes what is open."""
        if self._loop is not None and self._thread is not None and self._pid == os.getpid():
            self.ending = True
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(timeout=5)
            self._loop = None


_background = _Background()
atexit.register(_background.stop)
leave_in_child(_background)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop that runs on this thread, if one does."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def home_loop() -> asyncio.AbstractEventLoop:
    """Return the loop on which something that starts here lives: the running one, else the background's."""
    return running_loop() or _background.loop()


def on_shared_loop() -> bool:
    """Whether the running loop is the one that all sync code shares."""
    return running_loop() is _background._loop


def call_soon(loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> None:
    """Run an action on a loop in its next turn, from whichever thread; a closed loop runs nothing."""
    if running_loop() is loop:
        loop.call_soon(action)
        return
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(action)


def after(loop: asyncio.AbstractEventLoop, seconds: float, action: Callable[[], None]) -> None:
    """Run an action on a loop when a time has passed; called there."""
    loop.call_later(seconds, action)


def start_task(
    loop: asyncio.AbstractEventLoop,
    work: Callable[[], Coroutine[Any, Any, None]],
    context: Context,
    started: Callable[[asyncio.Task[None]], None],
) -> None:
    """Start a task on a loop, from whichever thread.

    Args:
        loop: Where it runs.
        work: Makes the coroutine, on that loop.
        context: The context variables that it runs in.
        started: Given the task before its first step.
    """

    def start() -> None:
        started(loop.create_task(work(), context=context))

    if running_loop() is loop:
        start()
    else:
        loop.call_soon_threadsafe(start)


def wait_for(work: Callable[[], Coroutine[Any, Any, T]], loop: asyncio.AbstractEventLoop) -> T:
    """Block this thread until a coroutine on another thread's loop is done.

    Ctrl-C cancels it, and passes when it has cleaned up.
    """
    over = threading.Event()

    async def watched() -> T:
        try:
            return await work()
        finally:
            over.set()

    future = asyncio.run_coroutine_threadsafe(watched(), loop)
    try:
        return future.result()
    except KeyboardInterrupt:
        future.cancel()
        over.wait(timeout=_CLEANUP)
        raise
    except CancelledError:
        stay_if_exiting()
        raise


def stay_if_exiting() -> None:
    """Let a daemon thread go no further when the interpreter's end has ended what it waits for.

    Python stops it in a moment; an error raised meanwhile would only be printed.
    """
    if _background.ending and threading.current_thread().daemon:
        threading.Event().wait()
