"""HeldPattern: a named text or pattern, prepared so that streamed text is held back as long as it may match."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from ..errors import ConfigurationError
from .automaton import Automaton
from .compiled import SECONDS, CompiledPattern, TextMatch, check_pattern, compiled, program_of, too_slow
from .partial_run import PartialMatch, PartialSearch
from .pattern_run import FirstMatch, Unfinished

if TYPE_CHECKING:
    import regex


@dataclass(frozen=True, slots=True)
class CheckedPattern:
    """A pattern whose matches count only as far as a function says, which computes a check digit for example.

    Args:
        pattern: The compiled pattern.
        check: Function of the text of a match; it returns how many of its characters, from the first on, are the
            match, or 0 if none are: then the search goes on behind the first character.
    """

    pattern: CompiledPattern
    check: Callable[[str], int]


Searched: TypeAlias = "str | CompiledPattern | CheckedPattern"


class Run(Protocol):
    """A search for the first match of one pattern; see ``FirstMatch``."""

    at: int
    found: tuple[int, int] | None
    done: bool

    @property
    def pending(self) -> int | None:
        """Position at which the first match that may be under way begins."""
        ...

    def restart(self, at: int) -> None:
        """Search from a position on."""
        ...

    def advance(self, text: str, base: int, stop: int) -> None:
        """Read up to a position, or to a certain match."""
        ...

    def finish(self, text: str, base: int) -> None:
        """Read the end of the text."""
        ...


class HeldPattern:
    """What all searches for one pattern share.

    Args:
        name: Name of the pattern.
        searched: The text or pattern.
        template: The call as the user wrote it, with ``{}`` for the text or pattern.

    Raises:
        ConfigurationError: It can match the empty text, or is no text and no pattern.
    """

    def __init__(self, name: str, searched: Searched, template: str) -> None:
        self.name = name
        self.check = searched.check if isinstance(searched, CheckedPattern) else None
        found = searched.pattern if isinstance(searched, CheckedPattern) else searched
        if not isinstance(found, str) and not hasattr(cast("object", found), "pattern"):
            raise ConfigurationError(f"{template.format(repr(found))}: give a text or a compiled pattern.")
        check_pattern(found, template)
        program = program_of(found)
        relaxed = program or program_of(found, relaxed=True)
        if relaxed is not None and relaxed.shortest == 0:
            label = template.format(repr(getattr(found, "pattern", found)))
            raise ConfigurationError(f"{label}: this pattern matches the empty text.")
        self.looks_at_end = program is not None and program.looks_at_end
        self.longest = math.inf if relaxed is None else relaxed.longest
        """Length of the longest match, in characters; infinity for an open pattern."""
        self._found = found
        self._first = Automaton(program, first=True) if program is not None and program.ordered else None
        self._search = None if self._first is not None else PartialSearch(cast("CompiledPattern", found))
        self._every = None if relaxed is None else Automaton(relaxed, first=False)
        self._automata = [each for each in (self._first, self._every) if each is not None]
        self._compiled: regex.Pattern[str] | None = None

    def begin(self) -> None:
        """Begin a fragment, whose search may take a time."""
        for each in self._automata:
            each.begin()

    def run(self) -> Run:
        """Begin a search for the first match."""
        return FirstMatch(self._first) if self._first is not None else PartialMatch(cast("PartialSearch", self._search))

    def unfinished(self, start: int) -> Unfinished:
        """Begin to follow the matches that begin at a position or behind it."""
        return Unfinished(self._every, start)

    def match(self, text: str, base: int, start: int, end: int) -> TextMatch:
        """Return a match with its groups.

        Args:
            text: The text around the match.
            base: Position of the first character of the text.
            start: Position of the match.
            end: Position behind the match.

        Raises:
            LimitExceeded: To find the groups takes too long.
        """
        if not isinstance(self._found, str) and self._found.groups:
            self._compiled = self._compiled or compiled(self._found)
            try:
                match = self._compiled.match(text, start - base, timeout=SECONDS)
            except TimeoutError:
                raise too_slow(self._found.pattern) from None
            if match is not None and match.end() == end - base:
                return TextMatch(match.group(), start, match.groups(), match.groupdict())
        return TextMatch(text[start - base : end - base], start)


def held_patterns(patterns: Mapping[str, Searched], *, template: str = "redact({})") -> list[HeldPattern]:
    """Prepare texts and patterns for ``HoldBack``.

    Args:
        patterns: The texts and patterns, by name.
        template: The call as the user wrote it, with ``{}`` for a text or pattern.

    Raises:
        ConfigurationError: There is none, or one of them can match the empty text.
    """
    if not patterns:
        raise ConfigurationError(f"{template.format('{}')}: give one pattern or more.")
    return [HeldPattern(name, searched, template) for name, searched in patterns.items()]
