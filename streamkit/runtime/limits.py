"""Limits that calls share: calls at once, calls and tokens a minute, and one brake for ``Retry-After``."""

from __future__ import annotations

import asyncio
import math
import os
import weakref
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass
from functools import partial
from itertools import islice, takewhile
from typing import cast

from ..errors import ConfigurationError
from ..forks import new_lock
from ..settings import RETRY_AFTER
from .loops import call_soon
from .notebook import BLOCKED

_MINUTE = 60.0

_RECHECK = 1.0  # seconds after which a waiter checks again if the loop of a call before it has died

_FORESEEN = 64  # calls that are examined at most to compute a waiting time

_BLOCKED_LIMITS = (
    "These limits= are used up by calls on the notebook's own event loop, which a blocking method stops: use 'await' "
    "or 'async for' in this cell, or give the calls that you wait for Limits of their own."
)

_every: weakref.WeakSet[Limits] = weakref.WeakSet()


def _leave_to_parent() -> None:
    """Reset all limits in a forked child, since open and waiting calls are the parent's."""
    for limits in _every:
        limits.forget()


os.register_at_fork(after_in_child=_leave_to_parent)


@dataclass(slots=True, eq=False)
class LimitLease:
    """The lease of one call that runs under limits, or waits for a turn."""

    loop: asyncio.AbstractEventLoop
    tokens: int
    wakeup: asyncio.Future[None] | None = None
    """A future that is done when the waiting call should check its turn again."""
    woken: bool = False
    """True from waking the call until it checks its turn."""
    at: float = 0.0
    counted: bool = False
    """True while the call counts as sent within the last minute."""


class Limits:
    """Limits shared by all calls that get this object; a call waits for a turn before the request is sent.

    A ``Retry-After`` from a provider brakes all these calls: nothing more is sent until its time is over.

    Args:
        concurrency: The number of calls that may be open at once.
        rpm: The number of calls that may be sent within a minute.
        tpm: The number of tokens within a minute: an estimate of the prompt at first, then the provider's report.

    Raises:
        ConfigurationError: A limit is not a whole number above 0.

    >>> Limits(concurrency=8, rpm=500)
    Limits(concurrency=8, rpm=500, tpm=None)
    """

    def __init__(self, *, concurrency: int | None = None, rpm: int | None = None, tpm: int | None = None) -> None:
        for name, given in (("concurrency", concurrency), ("rpm", rpm), ("tpm", tpm)):
            value = cast("object", given)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise ConfigurationError(f"Limits({name}={value!r}): use a whole number above 0, or None.")
        self.concurrency = concurrency
        self.rpm = rpm
        self.tpm = tpm
        self._sent: deque[LimitLease] = deque()  # within the last minute
        self._minute_tokens = 0  # the tokens of the calls in ``_sent``
        self._braked = 0.0
        self.forget()
        _every.add(self)

    def forget(self) -> None:
        """Reset after a fork: drop all leases and waiters."""
        self._lock = new_lock()
        self._queue: OrderedDict[LimitLease, None] = OrderedDict()
        self._open: set[LimitLease] = set()
        self._loops: Counter[asyncio.AbstractEventLoop] = Counter()  # the number of open and waiting calls on each loop

    def __repr__(self) -> str:
        return f"Limits(concurrency={self.concurrency}, rpm={self.rpm}, tpm={self.tpm})"

    @property
    def open(self) -> int:
        """The number of open calls."""
        return len(self._open)

    async def enter(self, tokens: int = 0) -> LimitLease:
        """Wait for a turn, first come, first served; calls whose loop does not run are skipped.

        Args:
            tokens: The estimated tokens of the call.

        Raises:
            ConfigurationError: The turn has to be awaited from a call on the loop that a notebook's cell blocks.
        """
        loop = asyncio.get_running_loop()
        blocked = BLOCKED.get()
        lease = LimitLease(
            loop, min(tokens, self.tpm or tokens)
        )  # one call above the whole limit waits for an empty minute
        with self._lock:
            self._queue[lease] = None
            self._loops[loop] += 1
        try:
            while (pause := self._take(lease, loop.time())) > 0:
                if blocked is not None and self._waits_for(blocked, lease):
                    raise ConfigurationError(_BLOCKED_LIMITS)
                await asyncio.wait((cast("asyncio.Future[None]", lease.wakeup),), timeout=self._sleep_limit(pause))
        except BaseException:
            with self._lock:
                self._drop(lease)
            self._wake_next()
            raise
        self._wake_next()
        return lease

    def leave(self, lease: LimitLease, tokens: int | None = None) -> None:
        """Release a lease; callable from any thread.

        Args:
            lease: The lease that ``enter`` has returned.
            tokens: The tokens that the call has used, if they are known.
        """
        with self._lock:
            self._drop(lease)
            if tokens is not None:
                self._minute_tokens += tokens - lease.tokens if lease.counted else 0
                lease.tokens = tokens
        self._wake_next()

    def brake(self, seconds: float | None, *, now: float) -> None:
        """Send nothing for the seconds of a ``Retry-After``; callable from any thread.

        Args:
            seconds: The ``Retry-After``. A value above ``RETRY_AFTER`` brakes nothing, and the error is raised.
            now: The time of the loop's clock.
        """
        if seconds is not None and seconds <= RETRY_AFTER:
            with self._lock:
                self._braked = max(self._braked, now + seconds)

    def _take(self, lease: LimitLease, now: float) -> float:
        """Take the turn and return 0, or return the seconds to wait before the next try."""
        with self._lock:
            pause = self._wait_seconds(lease, now) if self._first() is lease else math.inf
            if pause <= 0:
                del self._queue[lease]
                self._open.add(lease)
                lease.at = now
                if self.rpm or self.tpm:
                    lease.counted = True
                    self._sent.append(lease)
                    self._minute_tokens += lease.tokens
            else:
                lease.wakeup, lease.woken = lease.loop.create_future(), False
            return pause

    def _waits_for(self, blocked: asyncio.AbstractEventLoop, lease: LimitLease) -> bool:
        """Return whether a lease gets its turn only after calls on the blocked loop."""
        with self._lock:
            ahead = takewhile(lambda each: each is not lease, self._queue)
            full = self.concurrency is not None and len(self._open) >= self.concurrency
            return any(each.loop is blocked for each in ahead) or (
                full and all(each.loop is blocked for each in self._open)
            )

    def _first(self) -> LimitLease | None:
        """Return the first lease in the queue whose loop runs; drop the leases of closed loops."""
        if len(self._loops) > 1 and (dead := {loop for loop in self._loops if loop.is_closed()}):
            for each in [each for each in (*self._queue, *self._open) if each.loop in dead]:
                self._drop(each)
        return next((each for each in self._queue if each.loop.is_running()), None)

    def _wait_seconds(self, lease: LimitLease, now: float) -> float:
        while self._sent and self._sent[0].at <= now - _MINUTE:
            gone = self._sent.popleft()
            gone.counted = False
            self._minute_tokens -= gone.tokens
        if self.concurrency is not None and len(self._open) >= self.concurrency:
            return math.inf
        pause = self._braked - now
        if self.rpm is not None and len(self._sent) >= self.rpm:
            pause = max(pause, self._sent[-self.rpm].at + _MINUTE - now)
        if self.tpm is not None:
            pause = max(pause, self._until_tokens(self.tpm - lease.tokens) - now)
        return pause

    def _until_tokens(self, room: int) -> float:
        """Return the earliest time at which at most ``room`` tokens can be of the last minute."""
        tokens, until = self._minute_tokens, -math.inf
        for each in islice(self._sent, _FORESEEN):
            if tokens <= room:
                break
            tokens -= each.tokens
            until = each.at + _MINUTE
        return until

    def _drop(self, lease: LimitLease) -> None:
        """Drop an open or waiting lease; a second call does nothing."""
        if lease in self._open or lease in self._queue:
            self._open.discard(lease)
            self._queue.pop(lease, None)
            self._loops[lease.loop] -= 1
            if not self._loops[lease.loop]:
                del self._loops[lease.loop]

    def _wake_next(self) -> None:
        """Wake every lease that may have a turn now: the first whose loop runs, and all earlier ones."""
        woken: list[LimitLease] = []
        with self._lock:
            first = self._first()
            for each in self._queue:
                if not each.woken:
                    each.woken = True
                    woken.append(each)
                if each is first:
                    break
        for each in woken:
            call_soon(each.loop, partial(_wake, each.wakeup))

    def _sleep_limit(self, pause: float) -> float | None:
        """Return the seconds that a waiter sleeps at most; with several loops, a woken one may have died."""
        if len(self._loops) > 1:
            return min(pause, _RECHECK)
        return None if pause == math.inf else pause


def _wake(wakeup: asyncio.Future[None] | None) -> None:
    if wakeup is not None and not wakeup.done():
        wakeup.set_result(None)
