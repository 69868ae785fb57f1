"""What the tools of one stream gave: each runs once, and whoever subscribes later, or meanwhile, gets its result."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import time
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from ...errors import ProducerLost
from ...runtime import Latch, call_soon, running_loop
from ...tool import TypedToolCall
from .ordered_tasks import attempt

_LOOK = 1.0  # seconds after which a waiter looks whether the loop that runs the tool has been closed

# A loop holds its tasks weakly: one whose subscribers have all left would be collected.
_running: set[asyncio.Task[None]] = set()


class Outcome(NamedTuple):
    """What came of a tool: what it returned, or what it raised, and the seconds that it took."""

    output: Any
    error: Exception | None
    seconds: float


class ToolStore:
    """The results of the tools that one stream's answer calls, kept beside its log.

    It needs no lock: what several threads decide is decided by one step of a dict.
    """

    __slots__ = ("__weakref__", "_runs")

    def __init__(self) -> None:
        self._runs: dict[Hashable, _Run] = {}

    async def once(
        self, call: TypedToolCall, choice: int, *, blocking: bool, seconds: float | None, rerun: bool
    ) -> Outcome:
        """Run a tool, or return what came of it when it ran; who comes meanwhile waits for the same run.

        A run that is cancelled is not kept: whoever still wants its result runs the tool again.

        Args:
            call: The call.
            choice: Which of several answers has made it.
            blocking: It runs in a worker thread, which nothing can cancel: its result is kept though nobody waits.
            seconds: The time that it has, if it is run.
            rerun: Run it again, whatever is kept.
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


def _key(call: TypedToolCall, choice: int) -> Hashable:
    """What makes two calls the same; the arguments too, since some servers give several calls one id."""
    target = call.tool.target
    try:
        hash(target)
    except TypeError:
        target = _ById(target)
    return call.id or (choice, call.index), call.arguments_text, target


class _ById:
    """A callable that has no hash, compared by what it is."""

    __slots__ = ("_target",)

    def __init__(self, target: object) -> None:
        self._target = target

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other._target is self._target

    def __hash__(self) -> int:
        return id(self._target)


class _Run:
    """One run of one tool, and those who wait for its result.

    Args:
        loop: Where it runs.
        dropped: Called if it was cancelled half-way.
    """

    __slots__ = ("_began", "_dropped", "_left", "_loop", "_outcome", "_over", "_pid", "_readers", "_returned", "_task")

    def __init__(self, loop: asyncio.AbstractEventLoop, dropped: Callable[[_Run], None]) -> None:
        self._loop = loop
        self._dropped = dropped
        self._pid = os.getpid()
        self._over = Latch()
        self._outcome: Outcome | None = None
        self._readers: set[object] = set()
        self._task: asyncio.Task[None] | None = None
        self._began: dict[str, bool] = {}  # whether the worker thread has begun: the first to say so decides
        self._returned: Outcome | None = None  # what came of the worker thread
        self._left = False  # by its task, while the thread goes on

    def start(self, work: Callable[[], Any], blocking: bool, seconds: float | None) -> None:
        """Begin; on its loop, with the caller's context variables."""
        self._task = task = self._loop.create_task(self._run(work, blocking, seconds))
        _running.add(task)
        task.add_done_callback(self._done)

    async def outcome_of(self, name: str) -> Outcome | None:
        """Wait until it is over, on any loop; return None if it was cancelled half-way.

        Args:
            name: The tool's.
        """
        reader = object()
        self._readers.add(reader)
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
            self._readers.discard(reader)
            if not (self._readers or self._over.happened):
                self._leave()

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if running_loop() is self._loop else _LOOK):
                await self._over.wait()

    def _leave(self) -> None:
        """Cancel it if nobody waits for it any more."""
        if running_loop() is self._loop:
            self._cancel()
        else:
            call_soon(self._loop, self._cancel)

    def _cancel(self) -> None:
        if self._task is not None and not (self._readers or self._began.get("thread")):
            self._task.cancel()

    async def _run(self, work: Callable[[], Any], blocking: bool, seconds: float | None) -> None:
        found = await attempt((lambda: self._in_thread(work)) if blocking else work, blocking=blocking, seconds=seconds)
        self._end(Outcome(*found))

    def _in_thread(self, work: Callable[[], Any]) -> Any:
        """Run it in its worker thread, and keep what comes of it though its task has ended meanwhile."""
        if not self._began.setdefault("thread", True):
            return None  # it was cancelled before it could begin
        started = time.monotonic()
        try:
            output = work()
        except BaseException as raised:
            error = raised if isinstance(raised, Exception) else RuntimeError(f"it raised {raised!r}")
            self._came(Outcome(None, error, time.monotonic() - started))
            raise
        if inspect.isawaitable(output):
            self._came(None)
        else:
            self._came(Outcome(output, None, time.monotonic() - started))
        return output

    def _came(self, outcome: Outcome | None) -> None:
        """Take note that the thread is done; of None its task makes the outcome, and may be cancelled meanwhile."""
        self._returned = outcome
        if outcome is None:
            self._began["thread"] = False
        if self._left:
            self._settle()

    def _done(self, task: asyncio.Task[None]) -> None:
        _running.discard(task)
        if not self._over.happened:
            self._settle()

    def _settle(self) -> None:
        """Decide what becomes of it without its task: a thread goes on, anything else has ended half-way."""
        self._left = True
        if not self._began.setdefault("thread", False):
            self._dropped(self)
            self._over.set()
        elif self._returned is not None:
            self._end(self._returned)

    def _end(self, outcome: Outcome) -> None:
        """Keep what came of it; only the first counts."""
        if self._outcome is None:
            self._outcome = outcome
            self._over.set()
