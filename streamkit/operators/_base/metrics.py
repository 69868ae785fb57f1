"""Metrics of a stream: time to first content, gaps between elements, rate, stalls."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ...chunk import Chunk

Ended: TypeAlias = Literal["completed", "failed", "left"]

_DIGITS = 3  # of a gap that are kept, so that any number of them needs little room


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics of a stream so far; times are in seconds, and None if the event has not happened.

    Args:
        seconds: Time from the subscription to now, or to the end.
        first_content: Time from the subscription to the first element with content.
        first_text: Time from the subscription to the first element with text of an answer.
        chunks: Number of elements.
        chars: Number of characters of text, of all choices.
        p50: Median gap between two elements with content, exact to 0.5 %.
        p95: 95th percentile of the gaps.
        longest: Longest gap, or the time since the last element.
        stalls: Number of gaps longer than the stall bound.
        stalled: Sum of these gaps.
        ended: End of the stream: ``completed``, ``failed``, ``left`` (disposed); None while it runs.
    """

    seconds: float = 0.0
    first_content: float | None = None
    first_text: float | None = None
    chunks: int = 0
    chars: int = 0
    p50: float | None = None
    p95: float | None = None
    longest: float | None = None
    stalls: int = 0
    stalled: float = 0.0
    ended: Ended | None = None

    @property
    def chunks_per_second(self) -> float | None:
        """Elements a second since the first content; None before any time has passed."""
        return self._rate(self.chunks)

    @property
    def chars_per_second(self) -> float | None:
        """Characters of text a second since the first content."""
        return self._rate(self.chars)

    def _rate(self, count: int) -> float | None:
        taken = self.seconds - (self.seconds if self.first_content is None else self.first_content)
        return count / taken if taken > 0 else None

    def __str__(self) -> str:
        rates = f"{_shown(self.chunks_per_second)} chunks/s, {_shown(self.chars_per_second)} chars/s"
        return (
            f"{self.ended or 'running'} after {_shown(self.seconds)} s: {self.chunks} chunks, {self.chars} chars; "
            f"first content {_shown(self.first_content)} s, first text {_shown(self.first_text)} s; {rates}; "
            f"gaps p50 {_shown(self.p50)} s, p95 {_shown(self.p95)} s, longest {_shown(self.longest)} s; "
            f"{self.stalls} stalls of {_shown(self.stalled)} s"
        )


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


class Measure:
    """Measures one stream, in bounded memory.

    Args:
        stall: Seconds of a gap above which it is a stall.
    """

    def __init__(self, *, stall: float) -> None:
        self._stall = stall
        self._last = 0.0
        self._first_content: float | None = None
        self._first_text: float | None = None
        self._chunks = self._chars = 0
        self._gaps: Counter[float] = Counter()
        self._longest = 0.0
        self._stalls, self._stalled = 0, 0.0

    def feed(self, item: object, now: float) -> None:
        """Count the next element.

        Args:
            item: The element.
            now: Seconds since the subscription.
        """
        self._chunks += 1
        if not has_content(item):
            return
        text = item if isinstance(item, str) else item.content if isinstance(item, Chunk) else ""
        if text:
            self._chars += len(text)
            self._first_text = now if self._first_text is None else self._first_text
        if self._first_content is None:
            self._first_content = now
        else:
            self._add_gap(now - self._last)
        self._last = now

    def _add_gap(self, gap: float) -> None:
        self._gaps[float(f"{gap:.{_DIGITS}g}")] += 1
        self._longest = max(self._longest, gap)
        if gap > self._stall:
            self._stalls += 1
            self._stalled += gap

    def metrics(self, now: float, ended: Ended | None = None) -> Metrics:
        """Return the metrics so far.

        Args:
            now: Seconds since the subscription.
            ended: End of the stream; None while it runs.
        """
        since = now - self._last if self._first_content is not None and ended != "completed" else 0.0
        waits = since > self._stall
        return Metrics(
            seconds=now,
            first_content=self._first_content,
            first_text=self._first_text,
            chunks=self._chunks,
            chars=self._chars,
            p50=self._percentile(0.5),
            p95=self._percentile(0.95),
            longest=max(self._longest, since) if self._gaps or since else None,
            stalls=self._stalls + waits,
            stalled=self._stalled + (since if waits else 0.0),
            ended=ended,
        )

    def _percentile(self, part: float) -> float | None:
        remaining = math.ceil(part * self._gaps.total())
        for gap in sorted(self._gaps):
            remaining -= self._gaps[gap]
            if remaining <= 0:
                return gap
        return None


def has_content(item: object) -> bool:
    """Whether an element has content of an answer: a chunk may be empty, or have only a finish reason or usage."""
    if not isinstance(item, Chunk):
        return item not in ("", b"")
    texts = item.content or item.thinking or item.refusal or item.tool_plan or item.audio_transcript
    return bool(texts or item.tool_calls or item.audio or item.images or item.citations or item.redacted_thinking)
