"""Limits that calls share: how many at once, how many a minute, how many tokens a minute, and one brake for all."""

from __future__ import annotations

import asyncio
import math
import os
import threading
import weakref
from collections import deque
from dataclasses import dataclass
from typing import cast

from ..errors import ConfigurationError
from ._loops import call_soon

_MINUTE = 60.0
_every: weakref.WeakSet[Limits] = weakref.WeakSet()


def _leave_to_parent() -> None:
    """In a forked child: the calls that are open, and those that wait, are the parent's."""
    for limits in _every:
        limits.forget()


os.register_at_fork(after_in_child=_leave_to_parent)


@dataclass(slots=True, eq=False)
class Pass:
    """One call that may run, or waits to.

    Args:
        loop: Where it waits.
        tokens: What it is thought to cost; what it has cost, once that is known.
    """

    loop: asyncio.AbstractEventLoop
    tokens: int
    called: asyncio.Future[None] | None = None
    at: float = 0.0


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
        self._sent: deque[Pass] = deque()  # within the last minute
        self._braked = 0.0
        self.forget()
        _every.add(self)

    def forget(self) -> None:
        """Begin without anybody who is open or waits."""
        self._lock = threading.Lock()
        self._queue: deque[Pass] = deque()
        self._open = 0

    def __repr__(self) -> str:
        return f"Limits(concurrency={self.concurrency}, rpm={self.rpm}, tpm={self.tpm})"

    @property
    def open(self) -> int:
        """How many calls are open."""
        return self._open

    async def enter(self, tokens: int = 0) -> Pass:
        """Wait for a turn, in the order of asking.

        Args:
            tokens: What the call is thought to cost.
        """
        loop = asyncio.get_running_loop()
        mine = Pass(loop, min(tokens, self.tpm or tokens))  # one call above the whole limit waits for an empty minute
        with self._lock:
            self._queue.append(mine)
        try:
            while (pause := self._take(mine, loop.time())) > 0:
                await asyncio.wait((cast("asyncio.Future[None]", mine.called),), timeout=_finite(pause))
        except BaseException:
            with self._lock:
                self._queue.remove(mine)
            self._call_next()
            raise
        self._call_next()
        return mine

    def leave(self, mine: Pass, tokens: int | None = None) -> None:
        """Give a turn back; any thread.

        Args:
            mine: What ``enter`` has returned.
            tokens: What the call has cost, if that is known.
        """
        with self._lock:
            self._open -= 1
            mine.tokens = mine.tokens if tokens is None else tokens
        self._call_next()

    def brake(self, until: float) -> None:
        """Send nothing before a time of the loop's clock; any thread."""
        with self._lock:
            self._braked = max(self._braked, until)

    def _take(self, mine: Pass, now: float) -> float:
        """Take the turn and return 0, or return how long to wait before asking again."""
        with self._lock:
            pause = self._pause(mine, now) if self._queue[0] is mine else math.inf
            if pause <= 0:
                self._queue.popleft()
                self._open += 1
                mine.at = now
                if self.rpm or self.tpm:
                    self._sent.append(mine)
            else:
                mine.called = mine.loop.create_future()
            return pause

    def _pause(self, mine: Pass, now: float) -> float:
        while self._sent and self._sent[0].at <= now - _MINUTE:
            self._sent.popleft()
        if self.concurrency is not None and self._open >= self.concurrency:
            return math.inf
        pause = self._braked - now
        if self.rpm is not None and len(self._sent) >= self.rpm:
            pause = max(pause, self._sent[-self.rpm].at + _MINUTE - now)
        if self.tpm is not None:
            pause = max(pause, self._until_tokens(self.tpm - mine.tokens) - now)
        return pause

    def _until_tokens(self, room: int) -> float:
        """Return when no more than that many tokens are of the last minute."""
        spent = sum(each.tokens for each in self._sent)
        for each in self._sent:
            if spent <= room:
                break
            spent -= each.tokens
            until = each.at + _MINUTE
            if spent <= room:
                return until
        return -math.inf if spent <= room else math.inf

    def _call_next(self) -> None:
        with self._lock:
            first = self._queue[0] if self._queue else None
        if first is not None:
            called = first.called
            call_soon(first.loop, lambda: None if called is None or called.done() else called.set_result(None))


def _finite(pause: float) -> float | None:
    return None if pause == math.inf else pause
