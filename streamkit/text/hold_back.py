"""HoldBack: releases streamed text as soon as it can no longer become part of a match, and hands out the matches."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .compiled import SECONDS, SLICE, TextMatch, too_long
from .held_pattern import HeldPattern, Run
from .pattern_run import Unfinished
from .window import CONTEXT

MAX_HOLD = 2_000
"""Characters of a possible match of an open pattern that are held back unless a call says otherwise."""

_SLACK = 1_024  # characters that are kept although nobody needs them, so that the text is not cut for every fragment


@dataclass(frozen=True, slots=True)
class Removal:
    """A match, in place of its text.

    Args:
        name: Name of the pattern.
        match: The match.
        cut: True if a possible match of an open pattern has reached the bound: ``match`` has what was held until then,
            and what follows of it is dropped.
    """

    name: str
    match: TextMatch
    cut: bool = False


Part: TypeAlias = "str | Removal"


class HoldBack:
    """Splits a text into what may pass and the matches of patterns: the leftmost, and of those the longest one.

    Each pattern matches what a search of the whole text would find, from the end of the last match on. The parts are
    the same however the text is cut.

    Args:
        patterns: The patterns, of ``held_patterns``.
        max_hold: Most characters of a possible match of an open pattern that are held back. A pattern whose longest
            match is known is held back until it is certain.

    >>> from streamkit.text.held_pattern import held_patterns
    >>> machine = HoldBack(held_patterns({"tag": "<think>"}))
    >>> machine.feed("Io <th"), machine.feed("an<th")
    (['Io '], ['<than'])
    >>> removal, rest = machine.feed("ink>moon")
    >>> removal.name, removal.match.text, rest
    ('tag', '<think>', 'moon')
    """

    def __init__(self, patterns: Sequence[HeldPattern], *, max_hold: int = MAX_HOLD) -> None:
        self._patterns = patterns
        self._max_hold = max_hold
        self._runs: list[Run] = [pattern.run() for pattern in patterns]
        self._searches = list(zip(patterns, self._runs, strict=True))
        self._open = [(pattern, run) for pattern, run in self._searches if pattern.longest == math.inf]
        self._looks_at_end = any(pattern.looks_at_end for pattern in patterns)
        self._longest = max((each.longest for each in patterns if each.longest < math.inf), default=0)
        self._text = ""
        self._base = 0  # position of the first character of the text
        self._gone = 0  # position up to which the text is released or removed
        self._unfinished: list[Unfinished] | None = None  # while what was cut goes on
        self._followed = 0  # position up to which they have read
        self._spent: list[float] | None = None  # seconds, by pattern, while a long fragment is read

    @property
    def buffered(self) -> int:
        """Number of characters that are held back."""
        return self._end - self._gone

    @property
    def _end(self) -> int:
        return self._base + len(self._text)

    def feed(self, fragment: str) -> list[Part]:
        """Take the next fragment; return the text that may pass, and matches in place of theirs.

        Raises:
            LimitExceeded: The search for a pattern takes too long.
        """
        for pattern in self._patterns:
            pattern.begin()
        if len(fragment) <= SLICE:
            return self._feed(fragment)
        parts: list[Part] = []
        self._spent = [0.0] * len(self._patterns)
        for at in range(0, len(fragment), SLICE):
            parts += self._feed(fragment[at : at + SLICE])
            if sum(self._spent) > SECONDS:
                slowest = max(zip(self._spent, self._patterns, strict=True), key=lambda each: each[0])[1]
                raise too_long(slowest.name, len(fragment))
        self._spent = None
        return parts

    def _feed(self, fragment: str) -> list[Part]:
        parts: list[Part] = []
        self._text += fragment
        # Whether a last newline is the end of the text is not known yet.
        stop = self._end - (1 if self._looks_at_end and self._text.endswith("\n") else 0)
        self._read(parts, stop)
        if self._unfinished is None:
            self._release(parts, min(self._waits(run) for run in self._runs))
        if len(self._text) > _SLACK:
            self._trim()
        return parts

    def flush(self) -> list[Part]:
        """Return the rest, since the text has ended; text that is fed behind it is searched by itself."""
        parts: list[Part] = []
        if self._looks_at_end and self._unfinished is not None:
            self._read(parts, self._end)
        while self._unfinished is None:
            for pattern, run in self._searches:
                self._finish(pattern, run)
            if not self._take_best(parts):
                break
        if self._unfinished is None:
            self._release(parts, self._end)
        self._unfinished = None
        self._gone = self._end
        for run in self._runs:
            run.restart(self._gone)
        self._trim()
        return parts

    def _read(self, parts: list[Part], stop: int) -> None:
        """Read up to a position, and take the matches that are certain."""
        while self._unfinished is None or self._follow(stop):
            limit = stop
            for _, run in self._open:
                if not run.done:  # no match can be too long before this position
                    limit = min(limit, self._waits(run) + self._max_hold)
            found = False
            for at, (pattern, run) in enumerate(self._searches):
                started = 0.0 if self._spent is None else time.thread_time()
                run.advance(self._text, self._base, limit)
                while run.done and not self._check(pattern, run):
                    run.advance(self._text, self._base, limit)
                found = found or run.done
                if self._spent is not None:
                    self._spent[at] += time.thread_time() - started
            if not (found and self._take_best(parts)) and not self._cut(parts, limit) and limit >= stop:
                break

    def _waits(self, run: Run) -> int:
        return run.at if run.pending is None else run.pending

    def _check(self, pattern: HeldPattern, run: Run) -> bool:
        """Check a match by the pattern's function; if none of it counts, search on behind its first character."""
        if pattern.check is None or run.found is None:
            return True
        start, end = run.found
        count = pattern.check(self._text[start - self._base : end - self._base])
        if count <= 0:
            run.restart(start + 1)
            return False
        run.found = start, min(end, start + count)
        return True

    def _finish(self, pattern: HeldPattern, run: Run) -> None:
        while not run.done:
            stop = self._end - (1 if self._looks_at_end and self._text.endswith("\n") else 0)
            run.advance(self._text, self._base, stop)
            run.finish(self._text, self._base)
            if not run.done or self._check(pattern, run):
                break

    def _take_best(self, parts: list[Part]) -> bool:
        """Take the leftmost and longest match, if it is certain; return whether it was."""
        found = [(run.found[0], -run.found[1], at) for at, run in enumerate(self._runs) if run.done and run.found]
        if not found:
            return False
        start, end, at = min(found)
        end = -end
        if any(not run.done and run.pending is not None and run.pending <= start for run in self._runs):
            return False
        self._remove(parts, self._patterns[at], start, end)
        for run in self._runs:
            if self._waits(run) < end or (run.found is not None and not run.done):
                run.restart(end)
        return True

    def _cut(self, parts: list[Part], at: int) -> bool:
        """Remove what is held back if a match of an open pattern has become too long; return whether one has."""
        long = None
        for pattern, run in self._open:
            pending = None if run.done else run.pending
            if pending is not None and at - pending >= self._max_hold and (long is None or pending < long[0]):
                long = pending, pattern
        if long is None:
            return False
        start = min(self._waits(run) for run in self._runs)
        self._remove(parts, long[1], start, at, cut=True)
        self._unfinished = [pattern.unfinished(start) for pattern in self._patterns]
        self._followed = start
        while self._followed < at:
            self._follow_one()
        return True

    def _follow_one(self) -> None:
        for each in self._unfinished or ():
            each.step(self._text, self._base, self._followed)
        self._followed += 1

    def _follow(self, stop: int) -> bool:
        """Drop text while a match that was cut goes on; return whether it has ended before a position."""
        followed = self._unfinished or []
        while self._followed < stop:
            self._follow_one()
            long = any(
                each.pending is not None and self._followed - each.pending >= self._max_hold
                for pattern, each in zip(self._patterns, followed, strict=True)
                if pattern.longest == math.inf
            )
            if not long:
                begun = [each.pending for each in followed if each.pending is not None]
                self._unfinished = None
                for run in self._runs:
                    run.restart(min(begun, default=self._followed))
                return True
            self._gone = self._followed
        return False

    def _remove(self, parts: list[Part], pattern: HeldPattern, start: int, end: int, *, cut: bool = False) -> None:
        self._release(parts, start)
        if end <= self._gone:
            return
        if cut:
            match = TextMatch(self._text[start - self._base : end - self._base], start)
        else:
            match = pattern.match(self._text, self._base, start, end)
        parts.append(Removal(pattern.name, match, cut))
        self._gone = end

    def _release(self, parts: list[Part], end: int) -> None:
        if end > self._gone:
            parts.append(self._text[self._gone - self._base : end - self._base])
            self._gone = end

    def _trim(self) -> None:
        """Drop text that nobody needs any more."""
        if self._unfinished is None:
            needed = min(self._gone, *(self._waits(run) for run in self._runs))
        else:
            needed = self._followed - int(max(self._max_hold, self._longest))
        drop = needed - CONTEXT - self._base
        if drop > _SLACK:
            self._text = self._text[drop:]
            self._base += drop
