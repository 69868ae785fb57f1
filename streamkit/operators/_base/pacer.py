"""The pace of ``smooth``: which part of the buffered text is released at which time, and when to look again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar, cast

from ...chunk import Chunk
from .element_queue import ElementQueue

T = TypeVar("T")

_CAP = 8_192  # characters that are buffered

_PART = 96  # characters that are split into units at a time; fewer than a unit may have, for which there is a short way

_FRAME = 1 / 60  # seconds; what is due within them is released together

_TICK = 1e-3  # seconds by which a timer may be early


class Splitter(Protocol):
    """Splits text into the units that are shown one after the other; joined, the units are the text."""

    def feed(self, fragment: str, /) -> list[str]:
        """Take the next fragment; return the units that are complete."""
        ...

    def flush(self) -> list[str]:
        """Return the text that is still buffered, as units."""
        ...


class Pacer(Generic[T]):
    """Releases text at an even pace, and never later than a number of seconds after the text arrived.

    The pace rises to what the buffered text needs to be out in time, and returns to the given rate once the buffer is
    empty. All times are seconds on a clock of the caller's, which never runs back.

    Args:
        queue: Queue of the elements.
        splitter: Splitter of the text into units.
        measure: Function that returns the size of a unit, in the unit of the rate.
        rate: Size that is released in a second.
        max_lag: Seconds that a character waits at most.
        choice: Index of the answer whose text is paced.

    >>> from streamkit.text.words import Words
    >>> pacer = Pacer[str](ElementQueue("smooth"), Words(), measure=len, rate=4, max_lag=9, choice=0)
    >>> pacer.feed("Io is hot. ", 0), pacer.next_time, pacer.advance(0.75), pacer.next_time, pacer.flush()
    (['Io '], 0.75, ['is '], 9, ['hot. '])
    """

    def __init__(
        self,
        queue: ElementQueue[T],
        splitter: Splitter,
        *,
        measure: Callable[[str], float],
        rate: float,
        max_lag: float,
        choice: int,
    ) -> None:
        self._queue = queue
        self._splitter = splitter
        self._measure = measure
        self._rate = self._speed = rate
        self._lag = max_lag
        self._choice = choice
        self._due = 0.0  # when the next unit is released
        self._unsplit: deque[str] = deque()  # text that is buffered and has not been split yet
        self._ready: deque[tuple[int, float]] = deque()  # length and size of the next units
        self._waiting = 0.0  # size of all text that is buffered
        self._arrivals: deque[tuple[int, float]] = deque()  # number of characters that had arrived, and when
        self._arrived = self._released = 0

    @property
    def next_time(self) -> float | None:
        """The time at which ``advance`` will release something; None if nothing is buffered."""
        if not self._arrivals:
            return None
        overdue = self._arrivals[0][1] + self._lag
        return min(self._due, overdue) if self._ready else overdue

    def feed(self, item: T, now: float) -> list[T]:
        """Take the next element; return the elements that are released now."""
        released = self.advance(now)
        text = self._queue.add(item)
        if text:
            size = self._measure(text)
            self._set_speed(size, now)
            self._arrived += len(text)
            self._arrivals.append((self._arrived, now))
            self._unsplit.extend([text[at : at + _PART] for at in range(0, len(text), _PART)])
        if self._ends_text(item):
            return released + self.flush()
        chars = 0
        while self._queue.size - chars > _CAP and self._fill():
            chars += self._next_unit()
        return released + self._queue.take(chars) + self.advance(now)

    def advance(self, now: float) -> list[T]:
        """Return the elements whose time has come."""
        chars = 0
        while self._arrivals:
            overdue = self._arrivals[0][1] + self._lag <= now + _TICK
            if self._fill() and (overdue or self._due <= now + _FRAME):
                self._due += self._ready[0][1] / self._speed
                chars += self._next_unit()
            elif overdue and not self._ready:
                self._due = max(self._due, now)
                self._add_units(self._splitter.flush())
            else:
                break
        return self._queue.take(chars)

    def flush(self) -> list[T]:
        """Return everything that is buffered."""
        self._splitter.flush()
        self._ready.clear()
        self._unsplit.clear()
        self._arrivals.clear()
        self._waiting = 0.0
        self._released = self._arrived
        return self._queue.take_all()

    def _set_speed(self, size: float, now: float) -> None:
        """Count new text, and choose the speed at which all that is buffered is released in time."""
        owed = max(self._due - now, 0.0) * self._speed  # of the time that belongs to the last unit
        if not self._arrivals:
            self._speed, self._waiting = self._rate, 0.0
        self._waiting += size
        self._speed = max(self._speed, (self._waiting + owed) / self._lag)
        self._due = now + owed / self._speed

    def _fill(self) -> bool:
        """Split text as far as needed; return whether a complete unit is buffered."""
        while self._unsplit and not self._ready:
            self._add_units(self._splitter.feed(self._unsplit.popleft()))
        return bool(self._ready)

    def _add_units(self, units: list[str]) -> None:
        self._ready.extend([(len(unit), self._measure(unit)) for unit in units])

    def _next_unit(self) -> int:
        """Count the next unit as released; return its number of characters."""
        length, size = self._ready.popleft()
        self._waiting -= size
        self._released += length
        while self._arrivals and self._arrivals[0][0] <= self._released:
            self._arrivals.popleft()
        return length

    def _ends_text(self, item: T) -> bool:
        """Whether an element is a chunk for which no text may wait: a tool call, media, or the end of the answer."""
        if isinstance(item, str):
            return False
        chunk = cast("Chunk[Any]", item)
        other = chunk.tool_calls or chunk.finish_reasons or chunk.audio or chunk.images or chunk.refusal
        return bool(other) and chunk.index == self._choice
