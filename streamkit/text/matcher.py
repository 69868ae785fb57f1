"""Search for a text or a pattern in a stream of text, however the text is cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

import msgspec

from ..chunk import Chunk
from ..errors import ConfigurationError
from .automaton import Automaton
from .compiled import CompiledPattern, TextMatch, check_pattern, compiled_for_more, program_of, stays
from .linear_matcher import LinearMatcher, LinearSearch
from .search_matcher import SearchMatcher

MAX_MATCH = 1_000_000
"""Most characters of a match, unless a call says otherwise."""


class Matcher(Protocol):
    """Searches streamed text, and releases the text that may pass."""

    def feed(self, fragment: str) -> tuple[str, bool]:
        """Take the next fragment; return the text that is released, and whether the match is complete."""
        ...

    def flush(self) -> str:
        """Return the text that is still buffered."""
        ...


class Finder(Matcher, Protocol):
    """A matcher that records the match."""

    found: TextMatch | None


def matcher(
    found: str | CompiledPattern, *, hold: bool, template: str = "until({})", max_match: int = MAX_MATCH
) -> Callable[[], Finder]:
    """Prepare a search; return a function that makes a matcher for each subscription.

    Args:
        found: Text, or compiled pattern.
        hold: True if text that may begin a match is buffered, and the match itself never released.
        template: The call as the user wrote it, with ``{}`` for the text or pattern.
        max_match: Most characters of a match of a pattern; a possible match that reaches them unfinished is given up,
            and the search goes on behind it.

    Raises:
        ConfigurationError: The text or pattern matches the empty text, or ``max_match`` is not a number of 1 or more.
    """
    check_pattern(found, template)
    number = cast("object", max_match)
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ConfigurationError(f"max_match={max_match!r}: give a number of characters of 1 or more.")
    if isinstance(found, str):
        return lambda: _TextMatcher(found, hold)
    program = program_of(found)
    if program is not None:
        search = LinearSearch(found, Automaton(program, first=False), max_match)
        return lambda: LinearMatcher(search, hold)
    pattern, remains = compiled_for_more(found), stays(found.pattern)
    return lambda: SearchMatcher(pattern, found.pattern, hold=hold, stays=remains, most=max_match)


class ElementMatcher:
    """Searches pieces of text or chunks (choice 0), and cuts the element in which the match ends."""

    def __init__(self, match: Matcher) -> None:
        self._match = match
        self._chunks = False

    def feed(self, item: str | Chunk) -> tuple[Any, bool]:
        """Take the next element; return the part that is released (or None), and whether the match is complete."""
        if isinstance(item, str):
            released, matched = self._match.feed(item)
            return released or None, matched
        self._chunks = True
        if item.index or not (item.content or item.finish_reasons):
            return item, False
        released, matched = self._match.feed(item.content)
        if item.finish_reasons and not matched:
            released += self._match.flush()  # no more text can come: the buffer goes before the end
        if released == item.content:
            return item, matched
        if released or not item.plain:
            return msgspec.structs.replace(item, content=released, plain=False), matched
        return None, matched

    def flush(self) -> str | Chunk | None:
        """Return what is still buffered, since no match has come."""
        buffered = self._match.flush()
        return (Chunk(content=buffered) if self._chunks else buffered) if buffered else None


class _TextMatcher:
    """Searches for a text; keeps only a possible beginning of the match."""

    def __init__(self, target: str, hold: bool) -> None:
        self.found: TextMatch | None = None
        self._target = target
        self._first = target[0]
        self._hold = hold
        self._tail = ""
        self._passed = 0  # characters before the tail

    def feed(self, fragment: str) -> tuple[str, bool]:
        if not self._tail and self._first not in fragment:  # most pieces
            self._passed += len(fragment)
            return fragment, False
        before = len(self._tail)
        text = self._tail + fragment
        at = text.find(self._target)
        if at >= 0:
            self._tail = ""
            self.found = TextMatch(self._target, self._passed + at)
            return (text[:at] if self._hold else text[before : at + len(self._target)]), True
        kept = self._possible(text)
        self._tail = text[kept:]
        self._passed += kept
        return (text[:kept] if self._hold else fragment), False

    def flush(self) -> str:
        buffered, self._tail = self._tail if self._hold else "", ""
        return buffered

    def _possible(self, text: str) -> int:
        """Return the index at which the end of a text may be the beginning of the target."""
        at = text.find(self._first, max(0, len(text) - len(self._target) + 1))
        while at >= 0 and not self._target.startswith(text[at:]):
            at = text.find(self._first, at + 1)
        return len(text) if at < 0 else at
