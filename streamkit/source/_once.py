"""The one call that all readers of a stream share, made when the first of them comes."""

from __future__ import annotations

import asyncio
from copy import copy

from ..forks import new_lock
from ..providers import Ask, Request
from ..runtime import home_loop, own_context
from ..settings import Keep, Timeouts
from ._call import Call


class Once:
    """At most one paid call for one request; only one that failed before its content is replaced.

    Args:
        request: What would be sent.
        timeouts: Its clocks.
        keep: What its log keeps.
    """

    def __init__(self, request: Request, *, timeouts: Timeouts, keep: Keep) -> None:
        self.request = request
        self.timeouts = timeouts
        self.keep: Keep = keep
        self.call: Call | None = None
        self.replay_noted = False
        """Somebody has been warned that subscribing again to a failed call replays it."""
        self._context = own_context()
        self._guard = new_lock()

    def join(self, patience: float = 0.0) -> tuple[Call, asyncio.AbstractEventLoop]:
        """Become a subscriber of the call, and start it if this is the first; return it and the caller's loop.

        Args:
            patience: Seconds that this subscriber wants the call to go on when nobody reads any more.
        """
        home = home_loop()
        with self._guard:
            call = self.call
            fresh = call is None or call.replaceable
            if call is None or fresh:
                call = self.call = Call(
                    self.request, timeouts=self.timeouts, keep=self.keep, loop=home, context=self._context.copy()
                )
            call.join(patience)
            if fresh:
                call.start()
        return call, home

    def again(self, ask: Ask, timeouts: Timeouts | None) -> Once:
        """Make the same, unsent.

        Args:
            ask: The call, whose options may have changed.
            timeouts: Its clocks; None keeps them.
        """
        request = self.request
        if ask is not request.ask:
            request = copy(request)
            request.ask = ask
        return Once(request, timeouts=timeouts or self.timeouts, keep=self.keep)
