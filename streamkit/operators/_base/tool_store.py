"""The store of tool results of one stream: each call runs once, and all subscribers get the same result."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import TYPE_CHECKING

from ...forks import new_lock
from ...tool import TypedToolCall
from .side_calls import SideCallCounter
from .tool_run import Outcome, ToolListener, ToolRun

if TYPE_CHECKING:
    from ...response import Response


_MOST_COUNTERS = 1_000

_charging = new_lock()  # tools of one call may end on several loops


class ToolStore:
    """The results of the tool calls of one stream, kept beside the log.

    No lock is needed: a decision between threads is one atomic operation of a dict.
    """

    __slots__ = ("__weakref__", "_keys", "_of_tools", "_runs", "side_calls")

    def __init__(self) -> None:
        self._runs: dict[Hashable, ToolRun] = {}
        self._keys: dict[Hashable, str] = {}  # the idempotency key of each call that was run, cancelled ones too
        self.side_calls: list[SideCallCounter] = []
        """The counts of operators and tools that make calls of their own; the first 1,000."""
        self._of_tools: dict[str, SideCallCounter] = {}

    def add_side_calls(self, counts: SideCallCounter) -> None:
        """Add the counts of one subscription, which the stream's Response shows."""
        if len(self.side_calls) < _MOST_COUNTERS:
            self.side_calls.append(counts)

    def charge(self, name: str, response: Response, error: BaseException | None) -> None:
        """Count a call that a tool has made, for the stream's Response.

        Args:
            name: The name of the tool.
            response: The Response of the tool's call.
            error: The exception that has ended the reading of the call; None if there was none.
        """
        with _charging:
            counts = self._of_tools.get(name)
            if counts is None:
                counts = self._of_tools[name] = SideCallCounter(name)
                self.add_side_calls(counts)
            counts.calls += 1
            if error is None:
                counts.answered += 1
            elif isinstance(error, Exception):
                counts.fail(error)
            else:
                counts.stopped += 1
            counts.charge(response)

    def runs(self) -> list[ToolRun]:
        """Return the runs that have begun and were not cancelled, in the order of their beginning."""
        return list(self._runs.values())

    @property
    def used(self) -> bool:
        """Whether a tool has been run, or runs."""
        return bool(self._runs)

    async def once(
        self,
        call: TypedToolCall,
        choice: int,
        *,
        key: str,
        seconds: float | None,
        rerun: bool,
        listener: ToolListener | None = None,
    ) -> Outcome:
        """Return the outcome of a tool call: run the tool, wait for a run in progress, or take the stored outcome.

        A cancelled run is not stored: a caller that still waits runs the tool again. A worker thread cannot be
        cancelled, so its outcome is stored even if nobody waits for it.

        Args:
            call: The call.
            choice: Index of the answer that calls the tool.
            key: Idempotency key of the call, if it is run for the first time.
            seconds: Timeout of the tool in seconds, if the tool is run.
            rerun: True to run the tool although an outcome is stored.
            listener: Reader of the updates that come while the tool runs.
        """
        identity = _key(call, choice)
        key = self._keys.setdefault(identity, key)
        while True:
            fresh = ToolRun(
                call, key, asyncio.get_running_loop(), lambda run: self._forget(identity, run), charge=self.charge
            )
            if rerun:
                self._runs[identity], rerun = fresh, False
            run = self._runs.setdefault(identity, fresh)
            if run is fresh:
                run.start(seconds)
            if (outcome := await run.outcome_of(listener)) is not None:
                return outcome

    def _forget(self, identity: Hashable, run: ToolRun) -> None:
        if self._runs.get(identity) is run:
            del self._runs[identity]


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
