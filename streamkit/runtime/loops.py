"""Event loops: the running loop or else the background loop, and scheduling from one thread to another."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from contextvars import Context
from typing import Any, TypeVar

from ..errors import ConfigurationError
from .background import background

T = TypeVar("T")

_CLEANUP = 5.0  # seconds that closing may take before KeyboardInterrupt is raised

Schedule = Callable[[Callable[[], None]], object]


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop that runs on this thread; None if there is none."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def asyncio_loop() -> asyncio.AbstractEventLoop:
    """Return the asyncio loop that runs on this thread.

    Raises:
        ConfigurationError: No asyncio loop runs here; the caller may run under another library, such as trio.
    """
    loop = running_loop()
    if loop is None:
        raise ConfigurationError(
            "Awaiting a stream or looping over it with 'async for' needs asyncio, and no asyncio loop runs here; "
            "under trio, run the sync doors in a thread: await trio.to_thread.run_sync(stream.run)."
        )
    return loop


def current_or_background_loop() -> asyncio.AbstractEventLoop:
    """Return the running loop, or the background loop if none runs on this thread."""
    return running_loop() or background.loop()


def on_shared_loop() -> bool:
    """Whether the running loop is the background loop."""
    return background.runs_here()


def call_soon(loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> None:
    """Run an action in the next turn of a loop, from any thread; a closed loop runs nothing."""
    if running_loop() is loop:
        loop.call_soon(action)
        return
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(action)


def after(loop: asyncio.AbstractEventLoop, seconds: float, action: Callable[[], None]) -> None:
    """Run an action on a loop after some seconds; must be called on that loop."""
    loop.call_later(seconds, action)


def start_task(
    loop: asyncio.AbstractEventLoop,
    work: Callable[[], Coroutine[Any, Any, None]],
    context: Context,
    started: Callable[[asyncio.Task[None]], None],
) -> None:
    """Start a task on a loop, from any thread.

    Args:
        loop: The loop that the task runs on.
        work: A function that is called on that loop and returns the coroutine.
        context: The context variables of the task.
        started: A function that gets the task before its first step.
    """

    def start() -> None:
        started(loop.create_task(work(), context=context))

    if running_loop() is loop:
        start()
    else:
        loop.call_soon_threadsafe(start)


def wait_for(work: Callable[[], Coroutine[Any, Any, T]], loop: asyncio.AbstractEventLoop) -> T:
    """Block this thread until a coroutine on another thread's loop is done.

    Ctrl-C cancels the coroutine, and KeyboardInterrupt is raised when the coroutine has cleaned up.
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
        park_daemon_at_exit()
        raise


def park_daemon_at_exit() -> None:
    """Block a daemon thread whose background loop was stopped because the interpreter ends.

    Python ends daemon threads in a moment; an error raised meanwhile would only be printed.
    """
    if background.ending and threading.current_thread().daemon:
        threading.Event().wait()
