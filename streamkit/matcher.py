"""Look for a text or a pattern in text that comes in pieces, whatever the pieces are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec

from .chunk import Chunk
from .errors import ConfigurationError

if TYPE_CHECKING:
    import regex

_CONTEXT = 256  # characters before a possible match that a lookbehind may see
# What these say of the end of a text may be wrong once more has come. Peeking at what follows them never fails,
# but counts as a match that may still come where nothing follows yet.
_ABOUT_WHAT_FOLLOWS = (r"\b", r"\B", r"\Z", "$")
_PEEK = r"(?=\n?(?s:.)|)"
_LOOKS_AHEAD = re.compile(r"\$|\\[^dDsSwWnrtfv]|\(\?(?!:|P?<|[aims]+[:)])|[*+?}]\+")
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^]\\])*\]|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Args:
        text: The text that matched.
        start: Where that begins, in characters of all that has come.
        groups: What the pattern's groups matched, from the first on; None for one that took no part.
        named: The same of those that have a name.
    """

    text: str
    start: int
    groups: tuple[str | None, ...] = ()
    named: dict[str, str | None] = field(default_factory=dict[str, "str | None"])


class Matcher(Protocol):
    """Text in, and what of it may be let go."""

    def feed(self, piece: str) -> tuple[str, bool]:
        """Take the next piece; return the text that may be let go, and whether the match has come."""
        ...

    def flush(self) -> str:
        """Return what is still held back."""
        ...


class Finder(Matcher, Protocol):
    """A matcher that can tell what it has found."""

    found: Found | None


def matcher(found: str | re.Pattern[str], *, hold: bool, asked: str = "until({})") -> Callable[[], Finder]:
    """Prepare to look for something, once for every subscription.

    Args:
        found: A text, or a compiled pattern.
        hold: Whether text that may begin a match is held back, and the match itself never let go.
        asked: How the user wrote it, with ``{}`` for what is looked for.

    Raises:
        ConfigurationError: It matches the empty text, so there is nothing to wait for.
    """
    if isinstance(found, str):
        if not found:
            raise ConfigurationError(f"{asked.format(repr(found))}: give a text that has characters.")
        return lambda: _TextMatcher(found, hold)
    if not isinstance(cast("object", found.pattern), str):
        told = asked.format(repr(found.pattern))
        raise ConfigurationError(f"{told}: this pattern is for bytes, and text is looked at.")
    pattern = _compiled(found)
    if pattern.search("") is not None:
        raise ConfigurationError(f"{asked.format(repr(found.pattern))}: this pattern matches the empty text.")
    stays = _stays(found.pattern)
    return lambda: _PatternMatcher(pattern, hold, stays)


def _compiled(found: re.Pattern[str] | regex.Pattern[str]) -> regex.Pattern[str]:
    """Compile a pattern for text of which more may come."""
    # The stock module cannot tell whether a match may still come; this one can, and reads the same patterns.
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
    """Looks in pieces of text or in chunks (choice 0), and cuts the one in which the match ends.

    Args:
        match: What to look for.
    """

    def __init__(self, match: Matcher) -> None:
        self._match = match
        self._chunks = False

    def feed(self, item: str | Chunk) -> tuple[Any, bool]:
        """Take the next element; return what of it may be let go (None for nothing), and whether the match has come."""
        if isinstance(item, str):
            released, matched = self._match.feed(item)
            return released or None, matched
        self._chunks = True
        if item.index or not (item.content or item.finish_reasons):
            return item, False
        released, matched = self._match.feed(item.content)
        if item.finish_reasons and not matched:
            released += self._match.flush()  # no more text can come: what was held back comes before the end
        if released == item.content:
            return item, matched
        if released or not item.plain:
            return msgspec.structs.replace(item, content=released, plain=False), matched
        return None, matched

    def flush(self) -> str | Chunk | None:
        """Let go of what was held back for a match that did not come."""
        buffered = self._match.flush()
        return (Chunk(content=buffered) if self._chunks else buffered) if buffered else None


class _TextMatcher:
    """Looks for a text; keeps only what may be the beginning of it."""

    def __init__(self, wanted: str, hold: bool) -> None:
        self.found: Found | None = None
        self._wanted = wanted
        self._first = wanted[0]
        self._hold = hold
        self._tail = ""
        self._passed = 0  # characters before the tail

    def feed(self, piece: str) -> tuple[str, bool]:
        if not self._tail and self._first not in piece:  # most pieces
            self._passed += len(piece)
            return piece, False
        before = len(self._tail)
        text = self._tail + piece
        at = text.find(self._wanted)
        if at >= 0:
            self._tail = ""
            self.found = Found(self._wanted, self._passed + at)
            return (text[:at] if self._hold else text[before : at + len(self._wanted)]), True
        kept = self._possible(text)
        self._tail = text[kept:]
        self._passed += kept
        return (text[:kept] if self._hold else piece), False

    def flush(self) -> str:
        buffered, self._tail = self._tail if self._hold else "", ""
        return buffered

    def _possible(self, text: str) -> int:
        """Where at the end something begins that may be the beginning of what is wanted."""
        at = text.find(self._first, max(0, len(text) - len(self._wanted) + 1))
        while at >= 0 and not self._wanted.startswith(text[at:]):
            at = text.find(self._first, at + 1)
        return len(text) if at < 0 else at


class _PatternMatcher:
    """Looks for a pattern in every prefix, from the first place at which a match may still begin."""

    def __init__(self, pattern: regex.Pattern[str], hold: bool, stays: bool) -> None:
        self.found: Found | None = None
        self._search = pattern.search
        self._stays = stays
        self._hold = hold
        self._text: str = ""
        self._start: int = 0  # where in the text a match may still begin
        self._released: int = 0  # how much of the text has been let go
        self._passed: int = 0  # characters before the text

    def feed(self, piece: str) -> tuple[str, bool]:
        first = len(self._text) + 1
        self._text += piece
        size = len(self._text)
        if not self._stays or self._look(size):  # else no shorter text holds a match either
            for end in range(first, size + 1):
                if match := self._look(end):
                    start = self._passed + match.start()
                    self.found = Found(match.group(), start, match.groups(), match.groupdict())
                    return self._let_go(match.start() if self._hold else end), True
        released = self._let_go(self._start if self._hold else len(self._text))
        drop = min(self._start, self._released) - _CONTEXT
        if drop > 0:
            self._text = self._text[drop:]
            self._start -= drop
            self._released -= drop
            self._passed += drop
        return released, False

    def _look(self, end: int) -> regex.Match[str] | None:
        """Look as far as there; return the match, or note where one may still begin."""
        match = self._search(self._text, self._start, end, partial=True)
        if match is not None and not match.partial:
            return match
        self._start = end if match is None else match.start()
        return None

    def flush(self) -> str:
        return self._let_go(len(self._text))

    def _let_go(self, end: int) -> str:
        released = self._text[self._released : end]
        self._released = max(self._released, end)
        return released
