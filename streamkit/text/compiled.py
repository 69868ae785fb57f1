"""Patterns compiled for text of which more may come, searches that cannot block, and the match that they find."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast

from ..errors import ConfigurationError, LimitExceeded
from .pattern_program import Program, UnsupportedPattern, make_program

if TYPE_CHECKING:
    import regex

CompiledPattern: TypeAlias = "re.Pattern[str] | regex.Pattern[str]"

SECONDS = 0.1
"""Seconds after which a search is given up, since the event loop waits for it."""

SLICE = 4_096
"""Characters of a longer fragment that are searched before the time is looked at."""

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


def check_pattern(found: str | CompiledPattern, template: str) -> None:
    """Check that a text or a pattern can be searched for.

    Args:
        found: Text, or compiled pattern.
        template: The call as the user wrote it, with ``{}`` for the text or pattern.

    Raises:
        ConfigurationError: It matches the empty text, or is a pattern for bytes.
    """
    if isinstance(found, str):
        if not found:
            raise ConfigurationError(f"{template.format(repr(found))}: give a text that has characters.")
        return
    label = template.format(repr(found.pattern))
    if not isinstance(cast("object", found.pattern), str):
        raise ConfigurationError(f"{label}: this pattern is for bytes, and text is looked at.")
    if found.search("") is not None:
        raise ConfigurationError(f"{label}: this pattern matches the empty text.")


def program_of(found: str | CompiledPattern, *, relaxed: bool = False) -> Program | None:
    """Make the program of a text or a pattern; None for a pattern that needs more than one pass.

    Args:
        found: Text, or compiled pattern.
        relaxed: True for a program that accepts at least what the pattern matches; patterns of ``regex`` have none.
    """
    try:
        if isinstance(found, str):
            return make_program(re.escape(found))
        if isinstance(found, re.Pattern):
            return make_program(found.pattern, found.flags & ~re.DEBUG, relaxed=relaxed)
    except UnsupportedPattern:
        pass
    return None


def compiled(found: str | CompiledPattern) -> regex.Pattern[str]:
    """Compile a pattern with ``regex``, whose searches can be given up."""
    import regex

    if isinstance(found, str):
        return regex.compile(re.escape(found))
    return regex.compile(found.pattern, _flags(found))


def compiled_for_more(found: CompiledPattern, *, template: str = "{}") -> regex.Pattern[str]:
    """Compile a pattern so that its partial matches show what may change when more text comes.

    Args:
        found: The pattern.
        template: Pattern around it, with ``{}`` for it.
    """
    # The standard module has no partial matches; this one has, and reads the same patterns.
    import regex

    flags = _flags(found)
    pattern = _TOKEN.sub(_waiting, found.pattern)
    if template != "{}" and flags & regex.VERBOSE:
        pattern += "\n"  # which ends a comment
    return regex.compile(template.replace("{}", pattern), flags)


def _flags(found: CompiledPattern) -> int:
    import regex

    if not isinstance(found, re.Pattern):  # the two number their flags differently
        return found.flags
    return found.flags & (re.I | re.M | re.S | re.X).value | (regex.ASCII if found.flags & re.ASCII else 0)


def _waiting(token: re.Match[str]) -> str:
    return f"(?:{_PEEK}{token[0]})" if token[0] in _ABOUT_WHAT_FOLLOWS else token[0]


def stays(pattern: str) -> bool:
    """Whether a match stays one whatever follows: nothing in the pattern looks ahead or refuses to backtrack."""
    outside = [each for each in _TOKEN.findall(pattern) if each[0] != "[" or len(each) == 1]
    return not _LOOKS_AHEAD.search(
        "".join("x" if each[0] == "\\" and not each[1].isalpha() else each for each in outside)
    )


def too_long(pattern: str, chars: int) -> LimitExceeded:
    """Return the error for a fragment whose search takes too long, for a pattern that takes the most of it."""
    return LimitExceeded(
        f"The pattern {pattern!r} needed more than {SECONDS:g} s on one piece of text with {chars:,} characters, for "
        "which the event loop waits: feed the text in smaller pieces."
    )


def too_slow(pattern: str) -> LimitExceeded:
    """Return the error for a pattern whose search takes too long."""
    return LimitExceeded(
        f"The pattern {pattern!r} needed more than {SECONDS:g} s on this text: it tries too many ways to match; "
        "write it without nested repetitions, or set max_match."
    )
