"""At most one paid call for one request, whichever subscriber comes first; apart from the life of that call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..forks import new_lock
from ..providers import CallSpec, Request, with_call
from ..runtime import BLOCKED, context_without_gate, current_or_background_loop, need_stack, refuse_blocked
from ..settings import Keep, Timeouts
from ._call import Call
from ._display import StreamDisplay
from ._reader_watch import ReaderWatch
from ._retry_policy import Attempt, RetryPolicy

if TYPE_CHECKING:
    from ._recorded import RecordedTo

# Of all calls, for the moment in which a first reader starts one; each call's own would have to be made.
_joining = new_lock()


class SharedCall:
    """At most one paid call for one request; only a call that failed before any content is replaced.

    Args:
        request: The request that the first subscriber sends.
        timeouts: The clocks of the call, in seconds.
        keep: ``"all"``, or the number of chunks that the log keeps.
        retries: The policies for an attempt that has failed, the outer ones first.
        record_to: What the call is recorded to; None for nothing.
    """

    __slots__ = (
        *("_context", "_first", "_retries", "call", "display", "keep", "record_to", "replay_noted", "timeouts"),
        "watch",
    )

    def __init__(
        self,
        request: Request,
        *,
        timeouts: Timeouts,
        keep: Keep,
        retries: tuple[RetryPolicy, ...] = (),
        record_to: RecordedTo | None = None,
    ) -> None:
        self._first = request
        self._retries = retries
        self.timeouts = timeouts
        self.keep: Keep = keep
        self.record_to = record_to
        self.call: Call | None = None
        self.display: StreamDisplay | None = None
        self.watch: ReaderWatch | None = None
        """The record of the readers, if there is to be a picture of them."""
        self.replay_noted = False
        """True once the user has been warned that subscribing again to a failed call replays it."""
        self._context = context_without_gate()

    @property
    def request(self) -> Request:
        """The request to send, or the one that was sent last."""
        return self._first if self.call is None else self.call.request

    def join(
        self, linger_seconds: float = 0.0, *, reads: bool = True, loop: asyncio.AbstractEventLoop | None = None
    ) -> tuple[Call, asyncio.AbstractEventLoop]:
        """Add a subscriber, and start the call for the first one; return the call and the caller's loop.

        Args:
            linger_seconds: Seconds that this subscriber lets the call go on without any reader.
            reads: True if the subscriber opens a cursor, False if it waits for the end only.
            loop: The caller's loop; None for the running loop, or the background loop if none runs on this thread.
        """
        home = loop or current_or_background_loop()
        with _joining:
            call = self.call
            fresh = call is None or call.replaceable
            if call is None or fresh:
                need_stack()
                context = self._context.copy()
                if (blocked := BLOCKED.get()) is not None:
                    context.run(BLOCKED.set, blocked)
                call = Call(
                    self._first,
                    timeouts=self.timeouts,
                    keep=self.keep,
                    loop=home,
                    context=context,
                    retries=self._retries,
                    before=call,
                )
                if self.record_to is not None:
                    before = self.call and self.call.recording
                    call.recording = self.record_to.record(call.stream_id, before)
            else:
                refuse_blocked(call.loop)
            call.join(linger_seconds, reads=reads)
            if fresh:
                if self.display is not None:
                    self.display.follow(call)  # first: the call may be over at once
                if self.watch is not None:
                    self.watch.follow(call)
                call.start()
                self.call = call
        return call, home

    def attempt(self) -> Attempt:
        """Return the attempt that this call would make, for another call that may make the attempt instead."""
        return Attempt(self._first, self.timeouts, self._retries)

    def again(self, ask: CallSpec, timeouts: Timeouts | None, record_to: RecordedTo | None) -> SharedCall:
        """Make an unsent copy.

        Args:
            ask: The call specification, whose options may have changed.
            timeouts: The new clocks, in seconds; None keeps the old ones.
            record_to: What the copy is recorded to; None for nothing.
        """
        request = self._first if ask is self._first.ask else with_call(self._first, ask)
        return SharedCall(
            request,
            timeouts=timeouts or self.timeouts,
            keep=self.keep,
            retries=self._retries,
            record_to=record_to,
        )
