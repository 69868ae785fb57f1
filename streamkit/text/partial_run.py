"""PartialMatch: finds the first match of a pattern that needs more than one pass, searching the held text again."""

from __future__ import annotations

from .compiled import SECONDS, CompiledPattern, compiled, compiled_for_more, too_slow

_EACH = SECONDS / 2  # seconds of each of the two searches in one fragment


class PartialSearch:
    """What the runs of one pattern share: the pattern, and what finds where more text could change its matches.

    Args:
        found: The pattern.
    """

    __slots__ = ("changing", "found", "pattern")

    def __init__(self, found: CompiledPattern) -> None:
        self.found = compiled(found)
        # It never matches, so that it fails only after all ways to match have been tried; a way that the end of the
        # text cuts off is a partial match.
        self.changing = compiled_for_more(found, template="(?:{})(?!)")
        self.pattern = found.pattern


class PartialMatch:
    """Finds the first match; it is certain when no way to match reaches the end of the text. A lazy repetition has one.

    Args:
        search: What finds the matches.
    """

    __slots__ = ("_pending", "_search", "at", "done", "found")

    def __init__(self, search: PartialSearch) -> None:
        self._search = search
        self.restart(0)

    def restart(self, at: int) -> None:
        """Search from a position on."""
        self.at = at
        self.found: tuple[int, int] | None = None
        self.done = False
        self._pending: int | None = None

    @property
    def pending(self) -> int | None:
        """Position at which the first match that may be under way begins; None if there is none."""
        return self.found[0] if self.done and self.found else self._pending

    def advance(self, text: str, base: int, stop: int) -> None:
        """Read up to a position, or to a certain match."""
        if self.done or self.at >= stop:
            return
        start, end = (self.at if self._pending is None else self._pending) - base, stop - base
        try:
            found = self._find(text, start, end)
            changing = self._search.changing.search(text, start, end, partial=True, timeout=_EACH)
        except TimeoutError:
            raise too_slow(self._search.pattern) from None
        self.at = stop
        first = end if changing is None else changing.start()
        if found is not None and found[0] < first:
            self.found, self.done = (found[0] + base, found[1] + base), True
        else:
            first = first if found is None else min(first, found[0])
            self._pending = first + base if first < end else None

    def finish(self, text: str, base: int) -> None:
        """Read the end of the text: what may still be a match is one, or is none."""
        if self.done:
            return
        start = (self.at if self._pending is None else self._pending) - base
        try:
            found = self._find(text, start, len(text))
        except TimeoutError:
            raise too_slow(self._search.pattern) from None
        self._pending, self.at = None, base + len(text)
        if found is not None:
            self.found, self.done = (found[0] + base, found[1] + base), True

    def _find(self, text: str, start: int, end: int) -> tuple[int, int] | None:
        """Find the first match that has characters."""
        while match := self._search.found.search(text, start, end, timeout=_EACH):
            if match.end() > match.start():
                return match.span()
            start = match.end() + 1
        return None
