"""The one call that all readers of a stream share, made when the first of them comes."""

from __future__ import annotations

import asyncio
from copy import copy

from ..forks import new_lock
from ..providers import Ask, Request
from ..runtime import home_loop, own_context
from ..settings import Keep, Timeouts
from ._call import Call
from ._retry_policy import Attempt, RetryPolicy


class Once:
    """At most one paid call for one request; only one that failed before its content is replaced.

    Args:
        request: What would be sent.
        timeouts: Its clocks.
        keep: What its log keeps.
        retries: What follows an attempt that failed before its first content.
    """

    def __init__(
        self, request: Request, *, timeouts: Timeouts, keep: Keep, retries: tuple[RetryPolicy, ...] = ()
    ) -> None:
        self._first = request
        self._retries = retries
        self.timeouts = timeouts
        self.keep: Keep = keep
        self.call: Call | None = None
        self.replay_noted = False
        """Somebody has been warned that subscribing again to a failed call replays it."""
        self._context = own_context()
        self._guard = new_lock()

    @property
    def request(self) -> Request:
        """The request that would be sent, or that was sent last."""
        return self._first if self.call is None else self.call.request

    def join(self, linger_seconds: float = 0.0) -> tuple[Call, asyncio.AbstractEventLoop]:
        """Become a subscriber of the call, and start it if this is the first; return it and the caller's loop.

        Args:
            linger_seconds: How long this subscriber wants the call to go on when nobody reads any more.
        """
        home = home_loop()
        with self._guard:
            call = self.call
            fresh = call is None or call.replaceable
            if call is None or fresh:
                call = self.call = Call(
                    self._first,
                    timeouts=self.timeouts,
                    keep=self.keep,
                    loop=home,
                    context=self._context.copy(),
                    retries=self._retries,
                )
            call.join(linger_seconds)
            if fresh:
                call.start()
        return call, home

    def attempt(self) -> Attempt:
        """Return what this call would send, for another call that may send it in its place."""
        return Attempt(self._first, self.timeouts.first, self._retries)

    def again(self, ask: Ask, timeouts: Timeouts | None) -> Once:
        """Make the same, unsent.

        Args:
            ask: The call, whose options may have changed.
            timeouts: Its clocks; None keeps them.
        """
        request = self._first
        if ask is not request.ask:
            request = copy(request)
            request.ask = ask
        return Once(request, timeouts=timeouts or self.timeouts, keep=self.keep, retries=self._retries)
