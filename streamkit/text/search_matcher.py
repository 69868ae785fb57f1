"""SearchMatcher: searches every prefix for a pattern that needs more than one pass."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .compiled import SECONDS, TextMatch, too_slow
from .window import CONTEXT

if TYPE_CHECKING:
    import regex


class SearchMatcher:
    """Searches every prefix, from the first index at which a match may still begin.

    Args:
        pattern: The pattern, compiled for text of which more may come.
        source: The pattern as the user wrote it.
        hold: True if text that may begin a match is buffered, and the match itself never released.
        stays: True if a match stays one whatever follows.
        most: Most characters of a match.
    """

    def __init__(self, pattern: regex.Pattern[str], source: str, *, hold: bool, stays: bool, most: int) -> None:
        self.found: TextMatch | None = None
        self._search = pattern.search
        self._source = source
        self._stays = stays
        self._most = most
        self._hold = hold
        self._text: str = ""
        self._start: int = 0  # index in the text at which a match may still begin
        self._released: int = 0  # characters of the text that have been released
        self._passed: int = 0  # characters before the text
        self._deadline = 0.0  # of the searches in one fragment, during which the event loop waits

    def feed(self, fragment: str) -> tuple[str, bool]:
        """Take the next fragment; return the text that is released, and whether the match is complete.

        Raises:
            LimitExceeded: The searches take too long.
        """
        first = len(self._text) + 1
        self._text += fragment
        size = len(self._text)
        self._deadline = time.thread_time() + SECONDS
        # If a match stays one, and the text holds none, no shorter text does either.
        if not self._stays or size - self._start >= self._most or self._search_up_to(size):
            for end in range(first, size + 1):
                if match := self._search_up_to(end):
                    start = self._passed + match.start()
                    self.found = TextMatch(match.group(), start, match.groups(), match.groupdict())
                    return self._release(match.start() if self._hold else end), True
        released = self._release(self._start if self._hold else len(self._text))
        drop = min(self._start, self._released) - CONTEXT
        if drop > 0:
            self._text = self._text[drop:]
            self._start -= drop
            self._released -= drop
            self._passed += drop
        return released, False

    def _search_up_to(self, end: int) -> regex.Match[str] | None:
        """Search up to an index; return the match, or note where one may still begin."""
        left = self._deadline - time.thread_time()
        try:
            if left <= 0:
                raise TimeoutError
            match = self._search(self._text, self._start, end, partial=True, timeout=left)
        except TimeoutError:
            raise too_slow(self._source) from None
        if match is not None and not match.partial:
            return match
        self._start = end if match is None else match.start()
        if end - self._start >= self._most:
            self._start = end
        return None

    def flush(self) -> str:
        """Return the text that is still buffered."""
        return self._release(len(self._text))

    def _release(self, end: int) -> str:
        released = self._text[self._released : end]
        self._released = max(self._released, end)
        return released
