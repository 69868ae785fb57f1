"""Event loops: which loop, scheduling from one thread to another, latches, deadlines, and the errors of user code."""

from __future__ import annotations

import asyncio
import contextlib
import math
import sys
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import CancelledError
from typing import Any, Protocol, TypeVar, cast

from ..errors import ConfigurationError
from ..forks import new_lock
from .background import background
from .notebook import SyncDoorError, blocking, in_cell, keep_turning

T = TypeVar("T")

_TURNS = 10  # turns of the loop, within which bytes that wait in a socket become content

_CLEANUP = 5.0  # seconds that closing may take before KeyboardInterrupt is raised

_LOOK = 60.0  # seconds after which a deadline's timer looks again: one that fires early need not be set anew

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
    if "ipykernel" in sys.modules:
        keep_turning(loop)
    return loop


def current_or_background_loop() -> asyncio.AbstractEventLoop:
    """Return the running loop, or the background loop if none runs on this thread."""
    return running_loop() or background.loop()


def may_block() -> bool:
    """Whether sync code may wait here: no event loop runs on this thread, or a notebook's cell blocks its loop."""
    return running_loop() is None or in_cell()


@contextlib.contextmanager
def background_loop() -> Generator[asyncio.AbstractEventLoop]:
    """Give the background loop to sync code that may block; what is begun inside knows which loop is blocked."""
    blocked = running_loop()
    with contextlib.nullcontext() if blocked is None else blocking(blocked):
        yield background.loop()


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


def need_stack(frames: int = 9) -> None:
    """Raise a RecursionError here if the stack ends within so many frames, as it may under a long chain of operators.

    Where it is called nothing has begun; a task that is half made when the stack ends could not be taken back.
    """
    if frames:
        need_stack(frames - 1)


def wait_for(work: Callable[[], Coroutine[Any, Any, T]], loop: asyncio.AbstractEventLoop | None = None) -> T:
    """Block this thread until a coroutine on another thread's loop is done.

    Ctrl-C cancels the coroutine, and KeyboardInterrupt is raised when the coroutine has cleaned up.

    Args:
        work: A function that returns the coroutine.
        loop: The event loop that runs the coroutine; None for the background loop.
    """
    blocked, loop = running_loop(), loop or background.loop()
    if blocked is None:
        return _wait_for(work, loop)
    if blocked is loop:
        raise SyncDoorError("This would block the event loop that it waits for: use 'await'.")
    with blocking(blocked):
        return _wait_for(work, loop)


def _wait_for(work: Callable[[], Coroutine[Any, Any, T]], loop: asyncio.AbstractEventLoop) -> T:
    over = threading.Event()

    async def watched() -> T:
        try:
            return await work()
        finally:
            over.set()

    future = asyncio.run_coroutine_threadsafe(watched(), loop)
    try:
        return future.result()
    except KeyboardInterrupt as interrupt:
        future.cancel()
        over.wait(timeout=_CLEANUP)
        interrupt.args = interrupt.args or (
            "Ctrl-C ended the wait; the call is cancelled, and what has arrived is kept.",
        )
        raise interrupt.with_traceback(None) from None  # the frames below are those of a lock
    except CancelledError:
        park_daemon_at_exit()
        raise


def park_daemon_at_exit() -> None:
    """Block a daemon thread whose background loop was stopped because the interpreter ends.

    Python ends daemon threads in a moment; an error raised meanwhile would only be printed.
    """
    if background.ending and threading.current_thread().daemon:
        threading.Event().wait()


_first_waits = new_lock()


class Latch:
    """An event that is set once, and that any task on any loop can wait for.

    Setting needs no lock: who sets marks first and wakes then, who waits joins the waiters and reads the mark then.
    """

    __slots__ = ("_waiters", "happened")

    def __init__(self) -> None:
        self.happened = False
        self._waiters: list[Callable[[], None]] | None = None  # most are set before anybody waits

    def set(self) -> None:
        """Set the latch and wake all waiters; callable from any thread."""
        self.happened = True
        while self._waiters:
            with contextlib.suppress(IndexError):  # another thread sets it, too, or the last waiter has given up
                self._waiters.pop(0)()

    async def wait(self) -> None:
        """Wait until the latch is set.

        Raises:
            ConfigurationError: No asyncio loop runs here.
        """
        loop = asyncio_loop()
        woken: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if running_loop() is loop:
                finish()
            else:
                call_soon(loop, finish)

        def finish() -> None:
            if not woken.done():
                woken.set_result(None)

        with _first_waits:
            waiters = self._waiters = [] if self._waiters is None else self._waiters
        waiters.append(wake)
        try:
            if not self.happened:
                await woken
        finally:
            with contextlib.suppress(ValueError):  # it was woken
                waiters.remove(wake)


class Closable(Protocol):
    """An object with an asynchronous ``aclose``."""

    async def aclose(self) -> None:
        """Close the object."""
        ...


async def close_fully(connection: Closable) -> None:
    """Close a connection to the end, even if the caller is cancelled; ignore the errors of one that was cut."""
    await shielded(_closing(connection))


async def _closing(connection: Closable) -> None:
    try:
        await connection.aclose()
    except BaseException as error:
        if not is_own_error(error):
            raise


async def shielded(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to the end, even if the caller is cancelled meanwhile; then raise the cancellation."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:
            break
    if cancelled is not None:
        raise cancelled
    task.result()


class Deadline:
    """A timer that is moved often and set seldom, and does not run until ``set``.

    Args:
        loop: The loop whose clock is used.
        expired: A function that is called on the loop when ``seconds`` have passed since ``last``.
    """

    __slots__ = ("_expired", "_fires", "_handle", "_loop", "_paused_at", "last", "seconds")

    def __init__(self, loop: asyncio.AbstractEventLoop, expired: Callable[[], None]) -> None:
        self._loop = loop
        self._expired = expired
        self._handle: asyncio.Handle | None = None
        self._fires = 0.0  # when the timer does
        self._paused_at: float | None = None
        self.seconds: float | None = None
        self.last = 0.0

    def set(self, seconds: float | None) -> None:
        """Start to count anew, with another number of seconds; None never expires."""
        self.seconds = seconds
        self.last = self._loop.time()
        if seconds is None:
            self.cancel()
        else:
            self._set_timer(self.last, seconds)

    def _set_timer(self, now: float, rest: float) -> None:
        """Make the timer fire when the rest of the time has passed, or earlier, to look again."""
        if self._handle is not None:
            if self._fires <= now + rest:
                return
            self._handle.cancel()
        self._fires = now + min(rest, _LOOK)
        self._handle = self._loop.call_at(self._fires, self._check)

    def _check(self, turns: int = _TURNS) -> None:
        if self._paused_at is not None:
            self._fires = math.inf
            return  # `resume` sets the timer again
        # A timer may fire a clock tick early; a rest below one tick counts as passed.
        if not self.due:
            self._handle = None
            if self.seconds is not None:
                now = self._loop.time()
                self._set_timer(now, self.last + self.seconds - now)
        elif turns:
            # A loop that was busy sees the timer before it has read bytes that arrived long ago.
            self._handle = self._loop.call_soon(self._check, turns - 1)
        else:
            self._expired()

    @property
    def due(self) -> bool:
        """Whether the time has passed."""
        return self.seconds is not None and self._loop.time() - self.last >= self.seconds - 1e-3

    def pause(self) -> None:
        """Stop counting until ``resume``."""
        self._paused_at = self._loop.time()

    def resume(self) -> None:
        """Count on with the time that was left."""
        if self._paused_at is not None:
            self.last += self._loop.time() - self._paused_at
            self._paused_at = None
            if self._handle is not None and self.seconds is not None:
                self._handle.cancel()
                self._handle = None
                now = self._loop.time()
                self._set_timer(now, self.last + self.seconds - now)

    def cancel(self) -> None:
        """Cancel the timer."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


ENDS_PROGRAM = (SystemExit, KeyboardInterrupt)

"""The exceptions that pass through every callback; ``CancelledError`` is an ordinary error of a cancelled future."""


def own_error(error: BaseException) -> Exception:
    """Return the exception of a callback, as an argument of ``on_error``.

    Raises:
        BaseException: The exception itself, if it ends the program.
    """
    if isinstance(error, ENDS_PROGRAM):
        raise error
    return cast("Exception", error)


def is_own_error(error: BaseException) -> bool:
    """Whether awaited code raised this error itself, and the current task is neither cancelled nor closed.

    >>> async def main() -> list[bool]:
    ...     return [is_own_error(each) for each in (ValueError(), asyncio.CancelledError(), SystemExit())]
    >>> asyncio.run(main())
    [True, True, False]
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and not task.cancelling()
    return not isinstance(error, (GeneratorExit, *ENDS_PROGRAM))
