"""Search for a text or a pattern in a stream of text, however the text is cut."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec

from ..chunk import Chunk
from ..errors import ConfigurationError

if TYPE_CHECKING:
    import regex


_CONTEXT = 256  # characters before a possible match that a lookbehind may see
_SECONDS = 0.1  # a search that takes longer would block the loop
# A match of these at the end of the text may change once more text arrives. The lookahead never fails, but counts as a
# partial match where nothing follows yet.
_ABOUT_WHAT_FOLLOWS = (r"\b", r"\B", r"\Z", "$")

_PEEK = r"(?=\n?(?s:.)|)"

_LOOKS_AHEAD = re.compile(r"\$|\\[^dDsSwWnrtfv]|\(\?(?!:|P?<|[aims]+[:)])|[*+?}]\+")

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^]\\])*\]|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TextMatch:
    """A match in the text of a stream.

    Args:
        text: The text that matched.
        start: Index of its first character in the whole text.
        groups: Matches of the pattern's groups, from the first on; None for a group that took no part.
        named: Matches of the named groups, by name.
    """

    text: str
    start: int
    groups: tuple[str | None, ...] = ()
    named: dict[str, str | None] = field(default_factory=dict[str, "str | None"])


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


def matcher(found: str | re.Pattern[str], *, hold: bool, template: str = "until({})") -> Callable[[], Finder]:
    """Prepare a search; return a function that makes a matcher for each subscription.

    Args:
        found: Text, or compiled pattern.
        hold: True if text that may begin a match is buffered, and the match itself never released.
        template: The call as the user wrote it, with ``{}`` for the text or pattern.

    Raises:
        ConfigurationError: The text or pattern matches the empty text.
    """
    if isinstance(found, str):
        if not found:
            raise ConfigurationError(f"{template.format(repr(found))}: give a text that has characters.")
        return lambda: _TextMatcher(found, hold)
    if not isinstance(cast("object", found.pattern), str):
        label = template.format(repr(found.pattern))
        raise ConfigurationError(f"{label}: this pattern is for bytes, and text is looked at.")
    pattern = _compiled(found)
    if pattern.search("") is not None:
        raise ConfigurationError(f"{template.format(repr(found.pattern))}: this pattern matches the empty text.")
    stays = _stays(found.pattern)
    return lambda: _PatternMatcher(pattern, hold, stays)


def _compiled(found: re.Pattern[str] | regex.Pattern[str]) -> regex.Pattern[str]:
    """Compile a pattern for text of which more may come."""
    # The standard module has no partial matches; this one has, and reads the same patterns.
    import regex

    flags = found.flags
    if isinstance(found, re.Pattern):  # the two number their flags differently
        flags = found.flags & (re.I | re.M | re.S | re.X).value | (regex.ASCII if found.flags & re.ASCII else 0)
    return regex.compile(_TOKEN.sub(_waiting, found.pattern), flags)


def _stays(pattern: str) -> bool:
    """Whether a match stays one whatever follows: nothing in the pattern looks ahead or refuses to backtrack."""
    outside = [each for each in _TOKEN.findall(pattern) if each[0] != "[" or len(each) == 1]
    return not _LOOKS_AHEAD.search(
        "".join("x" if each[0] == "\\" and not each[1].isalpha() else each for each in outside)
    )


def _waiting(token: re.Match[str]) -> str:
    return f"(?:{_PEEK}{token[0]})" if token[0] in _ABOUT_WHAT_FOLLOWS else token[0]


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


class _PatternMatcher:
    """Searches every prefix for a pattern, from the first index at which a match may still begin."""

    def __init__(self, pattern: regex.Pattern[str], hold: bool, stays: bool) -> None:
        self.found: TextMatch | None = None
        self._search = pattern.search
        self._stays = stays
        self._hold = hold
        self._text: str = ""
        self._start: int = 0  # index in the text at which a match may still begin
        self._released: int = 0  # characters of the text that have been released
        self._passed: int = 0  # characters before the text

    def feed(self, fragment: str) -> tuple[str, bool]:
        first = len(self._text) + 1
        self._text += fragment
        size = len(self._text)
        if not self._stays or self._search_up_to(size):  # else no shorter text holds a match either
            for end in range(first, size + 1):
                if match := self._search_up_to(end):
                    start = self._passed + match.start()
                    self.found = TextMatch(match.group(), start, match.groups(), match.groupdict())
                    return self._release(match.start() if self._hold else end), True
        released = self._release(self._start if self._hold else len(self._text))
        drop = min(self._start, self._released) - _CONTEXT
        if drop > 0:
            self._text = self._text[drop:]
            self._start -= drop
            self._released -= drop
            self._passed += drop
        return released, False

    def _search_up_to(self, end: int) -> regex.Match[str] | None:
        """Search up to an index; return the match, or note where one may still begin."""
        match = self._search(self._text, self._start, end, partial=True)
        if match is not None and not match.partial:
            return match
        self._start = end if match is None else match.start()
        return None

    def flush(self) -> str:
        return self._release(len(self._text))

    def _release(self, end: int) -> str:
        released = self._text[self._released : end]
        self._released = max(self._released, end)
        return released
