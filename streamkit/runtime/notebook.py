"""Notebook cells: code that may block its thread although an event loop runs there, and the loop that is blocked then.

A notebook kernel runs a cell inside its own event loop. The cell may wait there: a call that the cell waits for runs
on the background loop, and until it ends nothing of the kernel's loop runs. So a cell must not wait for anything that
needs the kernel's loop; what would do that raises an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import signal
import sys
import threading
import weakref
from collections.abc import Callable, Generator
from contextvars import ContextVar
from types import CodeType, FrameType
from typing import Any

from .._compat.private import callback_code, cell_runners, defers_interrupt
from ..errors import ConfigurationError

BLOCKED: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("streamkit_blocked", default=None)

"""The event loop that a notebook cell blocks, for everything that the cell has begun and waits for."""

_TURN = 0.2  # seconds after which an interruption of a cell with ``await`` takes effect, at most

_turning: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()


class SyncDoorError(ConfigurationError, RuntimeError):
    """A blocking method was called inside a running event loop, which would be blocked for ever."""


def in_cell() -> bool:
    """Whether the running code is a notebook cell's own: in the cell, or in a function that it calls or awaits.

    A task or a callback that runs on the kernel's loop is not, whoever has started it.
    """
    runners = cell_runners()
    if not runners or sys.platform == "emscripten":  # a browser has no threads, and so no background loop
        return False
    task = asyncio.current_task()
    return _is_nearer(runners, inspect.currentframe(), task=getattr(task and task.get_coro(), "cr_frame", None))


def _is_nearer(runners: frozenset[CodeType], frame: FrameType | None, *, task: FrameType | None) -> bool:
    """Return whether a cell's runner is nearer on the stack than the current task and the event loop's callback."""
    callback = callback_code()
    while frame is not None:
        if frame.f_code in runners:
            return True
        if frame is task or frame.f_code is callback:
            return False
        frame = frame.f_back
    return False


@contextlib.contextmanager
def blocking(loop: asyncio.AbstractEventLoop) -> Generator[None]:
    """Block a notebook's loop: what is begun inside knows that the loop does not run, and Ctrl-C interrupts at once.

    Args:
        loop: The event loop that runs on this thread.
    """
    token = BLOCKED.set(loop)
    try:
        with interruptible():
            yield
    finally:
        BLOCKED.reset(token)


@contextlib.contextmanager
def interruptible() -> Generator[None]:
    """Let Ctrl-C raise KeyboardInterrupt, also in a cell with ``await``, where a kernel would wait for the loop."""
    if threading.current_thread() is not threading.main_thread() or not defers_interrupt(
        handler := signal.getsignal(signal.SIGINT)
    ):
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def keep_turning(loop: asyncio.AbstractEventLoop) -> None:
    """Make a kernel's loop turn again and again while a cell with ``await`` runs; called on the loop.

    ipykernel cancels such a cell in the loop's next turn after an interruption, and a loop that waits for a silent
    provider has none.
    """
    if loop not in _turning and threading.current_thread() is threading.main_thread():
        _turning.add(loop)
        _turn(loop)


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    if defers_interrupt(signal.getsignal(signal.SIGINT)):
        loop.call_later(_TURN, _turn, loop)
    else:
        _turning.discard(loop)


def interruptible_wait(wait: Callable[[], Any]) -> Callable[[], Any]:
    """Return a function that waits as the given one does, and that Ctrl-C interrupts."""

    def waiting() -> Any:
        with interruptible():
            return wait()

    return waiting


def refuse_blocked(loop: asyncio.AbstractEventLoop | None, blocked: asyncio.AbstractEventLoop | None = None) -> None:
    """Raise if the loop of a call is the one that a notebook's cell blocks.

    Args:
        loop: The loop of the call, or of a shared source; None if it has none.
        blocked: The loop that is going to be blocked; None for the one that the cell behind this code blocks.

    Raises:
        ConfigurationError: The loop is blocked.
    """
    if loop is not None and loop is (blocked or BLOCKED.get()):
        raise SyncDoorError(
            "This call would wait for itself: it belongs to the notebook's own event loop, on which it was first "
            "awaited or subscribed to, and which a blocking method stops. Use 'await' or 'async for' here too; "
            "response has what arrived, and again() makes a new call."
        )


def other_loop_error(error: Exception) -> Exception:
    """Return a ConfigurationError for asyncio's error that an object belongs to the loop that a cell blocks.

    Args:
        error: The exception of a user's async function; any other one is returned unchanged.
    """
    if BLOCKED.get() is None or not isinstance(error, RuntimeError):
        return error
    if not any(words in str(error) for words in ("attached to a different loop", "bound to a different event loop")):
        return error
    found = ConfigurationError(
        "This async code uses an object of the notebook's own event loop (a client, a lock, a task), which a blocking "
        "method stops: use 'await' or 'async for' in this cell, or make the object inside the async function."
    )
    found.__cause__ = error
    return found
