"""Limits that calls share: how many at once, how many a minute, how many tokens a minute, and one brake for all."""

from __future__ import annotations

import asyncio
import math
import os
import weakref
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import cast

from ..errors import ConfigurationError
from ..forks import new_lock
from ..settings import RETRY_AFTER
from .loops import call_soon

_MINUTE = 60.0

_RECHECK = 1.0  # seconds after which a waiter looks again whether another loop has died in front of it

_FORESEEN = 64  # calls whose end of minute is worked out at a time

_every: weakref.WeakSet[Limits] = weakref.WeakSet()


def _leave_to_parent() -> None:
    """In a forked child: the calls that are open, and those that wait, are the parent's."""
    for limits in _every:
        limits.forget()


os.register_at_fork(after_in_child=_leave_to_parent)


@dataclass(slots=True, eq=False)
class LimitLease:
    """One call that may run, or waits to.

    Args:
        loop: Where it waits.
        tokens: What it is thought to cost; what it has cost, once that is known.
    """

    loop: asyncio.AbstractEventLoop
    tokens: int
    wakeup: asyncio.Future[None] | None = None
    """It looks again when that is done."""
    woken: bool = False
    """It has been called to look, and has not yet."""
    at: float = 0.0
    counted: bool = False
    """It was sent within the last minute."""


class Limits:
    """What all the calls that are given it share; each waits for its turn before it is sent.

    A provider that refuses with ``Retry-After`` brakes all of them: nothing more is sent until then.

    Args:
        concurrency: Calls that are open at once.
        rpm: Calls that are sent within a minute.
        tpm: Tokens within a minute: of the prompt by an estimate when it is sent, then what the provider reports.

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
        self._minute_tokens = 0  # the tokens of those
        self._braked = 0.0
        self.forget()
        _every.add(self)

    def forget(self) -> None:
        """Begin without anybody who is open or waits."""
        self._lock = new_lock()
        self._queue: OrderedDict[LimitLease, None] = OrderedDict()
        self._open: set[LimitLease] = set()
        self._loops: Counter[asyncio.AbstractEventLoop] = Counter()  # of those that are open or wait

    def __repr__(self) -> str:
        return f"Limits(concurrency={self.concurrency}, rpm={self.rpm}, tpm={self.tpm})"

    @property
    def open(self) -> int:
        """How many calls are open."""
        return len(self._open)

    async def enter(self, tokens: int = 0) -> LimitLease:
        """Wait for a turn, in the order of asking; a loop that does not run is passed over.

        Args:
            tokens: What the call is thought to cost.
        """
        loop = asyncio.get_running_loop()
        lease = LimitLease(
            loop, min(tokens, self.tpm or tokens)
        )  # one call above the whole limit waits for an empty minute
        with self._lock:
            self._queue[lease] = None
            self._loops[loop] += 1
        try:
            while (pause := self._take(lease, loop.time())) > 0:
                await asyncio.wait((cast("asyncio.Future[None]", lease.wakeup),), timeout=self._sleep_limit(pause))
        except BaseException:
            with self._lock:
                self._drop(lease)
            self._wake_next()
            raise
        self._wake_next()
        return lease

    def leave(self, lease: LimitLease, tokens: int | None = None) -> None:
        """Give a turn back; any thread.

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
        """Send nothing for as long as a provider has asked; any thread.

        Args:
            seconds: Its ``Retry-After``. One above ``RETRY_AFTER`` brakes nobody: who gets it is told at once.
            now: The time of the loop's clock.
        """
        if seconds is not None and seconds <= RETRY_AFTER:
            with self._lock:
                self._braked = max(self._braked, now + seconds)

    def _take(self, lease: LimitLease, now: float) -> float:
        """Take the turn and return 0, or return how long to wait before asking again."""
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

    def _first(self) -> LimitLease | None:
        """Return the first in the queue whose loop runs; what a closed loop has left behind is dropped."""
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
        """Return when no more than that many tokens may be of the last minute; it may be later."""
        tokens, until = self._minute_tokens, -math.inf
        for each in islice(self._sent, _FORESEEN):
            if tokens <= room:
                break
            tokens -= each.tokens
            until = each.at + _MINUTE
        return until

    def _drop(self, lease: LimitLease) -> None:
        """Forget one that was open or waited; more than once does nothing."""
        if lease in self._open or lease in self._queue:
            self._open.discard(lease)
            self._queue.pop(lease, None)
            self._loops[lease.loop] -= 1
            if not self._loops[lease.loop]:
                del self._loops[lease.loop]

    def _wake_next(self) -> None:
        """Let those look whose turn it may be: the first whose loop runs, and those in front of it."""
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
        """How long a waiter sleeps at most; where loops share the limits, one may die that was called."""
        if len(self._loops) > 1:
            return min(pause, _RECHECK)
        return None if pause == math.inf else pause


def _wake(wakeup: asyncio.Future[None] | None) -> None:
    if wakeup is not None and not wakeup.done():
        wakeup.set_result(None)
