"""The store of tool results of one stream: each call runs once, and all subscribers get the same result."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import time
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, NamedTuple

from ...errors import ProducerLost
from ...runtime import Latch, call_soon, running_loop
from ...tool import TypedToolCall
from .ordered_tasks import attempt
from .side_calls import SideCallCounter

if TYPE_CHECKING:
    from ...response import Response


_CHECK = 1.0  # seconds after which a waiter checks whether the loop that runs the tool has been closed

_MOST_COUNTERS = 1_000

# A loop holds its tasks weakly, and a task without subscribers would be collected.
_running: set[asyncio.Task[None]] = set()


class Outcome(NamedTuple):
    """The outcome of a tool: the value returned or the exception raised, and the seconds taken."""

    output: Any
    error: Exception | None
    seconds: float


class ToolStore:
    """The results of the tool calls of one stream, kept beside the log.

    No lock is needed: a decision between threads is one atomic operation of a dict.
    """

    __slots__ = ("__weakref__", "_runs", "side_calls")

    def __init__(self) -> None:
        self._runs: dict[Hashable, _Run] = {}
        self.side_calls: list[SideCallCounter] = []
        """The counts of operators that make calls of their own about the answer; the first 1,000."""

    def add_side_calls(self, counts: SideCallCounter) -> None:
        """Add the counts of one subscription, which the stream's Response shows."""
        if len(self.side_calls) < _MOST_COUNTERS:
            self.side_calls.append(counts)

    @property
    def used(self) -> bool:
        """Whether a tool has been run, or runs."""
        return bool(self._runs)

    async def once(
        self, call: TypedToolCall, choice: int, *, blocking: bool, seconds: float | None, rerun: bool
    ) -> Outcome:
        """Return the outcome of a tool call: run the tool, wait for a run in progress, or take the stored outcome.

        A cancelled run is not stored: a caller that still waits runs the tool again.

        Args:
            call: The call.
            choice: Index of the answer that calls the tool.
            blocking: True to run the tool in a worker thread. A thread cannot be cancelled, so the outcome is stored
                even if nobody waits for it.
            seconds: Timeout of the tool in seconds, if the tool is run.
            rerun: True to run the tool although an outcome is stored.
        """
        key = _key(call, choice)
        while True:
            fresh = _Run(asyncio.get_running_loop(), lambda run: self._forget(key, run))
            if rerun:
                self._runs[key], rerun = fresh, False
            run = self._runs.setdefault(key, fresh)
            if run is fresh:
                run.start(call.call, blocking, seconds)
            if (outcome := await run.outcome_of(call.name)) is not None:
                return outcome

    def _forget(self, key: Hashable, run: _Run) -> None:
        if self._runs.get(key) is run:
            del self._runs[key]


def with_side_calls(response: Response, store: ToolStore | None) -> Response:
    """Return a Response with the counts that operators have added to the store of its call."""
    if store is None or not store.side_calls:
        return response
    return response.model_copy(update={"side_calls": [each.snapshot(response) for each in store.side_calls]})


def _key(call: TypedToolCall, choice: int) -> Hashable:
    """Return the identity of a call. The arguments are part of it, since some servers give several calls one id."""
    target = call.tool.target
    try:
        hash(target)
    except TypeError:
        target = _ById(target)
    return call.id or (choice, call.index), call.arguments_text, target


class _ById:
    """A callable without a hash, compared by identity."""

    __slots__ = ("_target",)

    def __init__(self, target: object) -> None:
        self._target = target

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other._target is self._target

    def __hash__(self) -> int:
        return id(self._target)


class _Run:
    """One run of one tool, and the waiters for the outcome.

    Args:
        loop: Event loop of the run.
        dropped: Function that is called if the run is cancelled before its end.
    """

    __slots__ = (
        "_began",
        "_dropped",
        "_loop",
        "_outcome",
        "_over",
        "_pid",
        "_returned",
        "_task",
        "_task_ended",
        "_waiters",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, dropped: Callable[[_Run], None]) -> None:
        self._loop = loop
        self._dropped = dropped
        self._pid = os.getpid()
        self._over = Latch()
        self._outcome: Outcome | None = None
        self._waiters: set[object] = set()
        self._task: asyncio.Task[None] | None = None
        self._began: dict[str, bool] = {}  # whether the worker thread has begun; the first entry decides
        self._returned: Outcome | None = None  # the outcome of the worker thread
        self._task_ended = False  # True once the task has ended; the thread may go on

    def start(self, work: Callable[[], Any], blocking: bool, seconds: float | None) -> None:
        """Start the run on the event loop, with the caller's context variables."""
        self._task = task = self._loop.create_task(self._run(work, blocking, seconds))
        _running.add(task)
        task.add_done_callback(self._done)

    async def outcome_of(self, name: str) -> Outcome | None:
        """Wait for the outcome, on any loop; return None if the run was cancelled before its end.

        Args:
            name: Name of the tool.
        """
        waiter = object()
        self._waiters.add(waiter)
        try:
            while not self._over.happened:
                if self._pid != os.getpid():
                    lost = f"{name!r} was begun before a fork: whether it came to its end is not known here."
                    return Outcome(None, ProducerLost(lost), 0.0)
                if self._loop.is_closed():
                    self._settle()
                await self._wait()
            return self._outcome
        finally:
            self._waiters.discard(waiter)
            if not (self._waiters or self._over.happened):
                self._leave()

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if running_loop() is self._loop else _CHECK):
                await self._over.wait()

    def _leave(self) -> None:
        """Cancel the run if nobody waits any more."""
        if running_loop() is self._loop:
            self._cancel()
        else:
            call_soon(self._loop, self._cancel)

    def _cancel(self) -> None:
        if self._task is not None and not (self._waiters or self._began.get("thread")):
            self._task.cancel()

    async def _run(self, work: Callable[[], Any], blocking: bool, seconds: float | None) -> None:
        found = await attempt((lambda: self._in_thread(work)) if blocking else work, blocking=blocking, seconds=seconds)
        self._end(Outcome(*found))

    def _in_thread(self, work: Callable[[], Any]) -> Any:
        """Run the tool in a worker thread, and keep the outcome even if the task has ended meanwhile."""
        if not self._began.setdefault("thread", True):
            return None  # it was cancelled before it could begin
        started = time.monotonic()
        try:
            output = work()
        except BaseException as raised:
            error = raised if isinstance(raised, Exception) else RuntimeError(f"it raised {raised!r}")
            self._thread_done(Outcome(None, error, time.monotonic() - started))
            raise
        if inspect.isawaitable(output):
            self._thread_done(None)
        else:
            self._thread_done(Outcome(output, None, time.monotonic() - started))
        return output

    def _thread_done(self, outcome: Outcome | None) -> None:
        """Note that the thread is done; with None, the task awaits the outcome and may be cancelled."""
        self._returned = outcome
        if outcome is None:
            self._began["thread"] = False
        if self._task_ended:
            self._settle()

    def _done(self, task: asyncio.Task[None]) -> None:
        _running.discard(task)
        if not self._over.happened:
            self._settle()

    def _settle(self) -> None:
        """Handle the end of the task without an outcome: a thread goes on, anything else is dropped."""
        self._task_ended = True
        if not self._began.setdefault("thread", False):
            self._dropped(self)
            self._over.set()
        elif self._returned is not None:
            self._end(self._returned)

    def _end(self, outcome: Outcome) -> None:
        """Set the outcome, unless one is set."""
        if self._outcome is None:
            self._outcome = outcome
            self._over.set()
