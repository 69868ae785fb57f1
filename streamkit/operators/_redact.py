"""Text that matches a pattern is replaced before anybody behind the operator sees it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from reactivex import Observable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..text.compiled import TextMatch
from ..text.found_spans import FoundSpans
from ..text.held_pattern import CheckedPattern, Searched, held_patterns
from ..text.hold_back import MAX_HOLD, HoldBack
from ._base.machine import operator
from ._base.redactor import FIELDS, RedactConfig, Redactor, RedactSubscription, Splitter

if TYPE_CHECKING:
    import regex


T = TypeVar("T", str, Chunk)


def redact(
    pattern: str
    | re.Pattern[str]
    | regex.Pattern[str]
    | CheckedPattern
    | Mapping[str, str | re.Pattern[str] | regex.Pattern[str] | CheckedPattern]
    | Callable[[str], Iterable[tuple[int, int]]],
    replacement: str | Callable[[TextMatch], str] = "[redacted]",
    *,
    fields: Collection[str] = tuple(FIELDS),
    max_hold: int = MAX_HOLD,
    on_redact: Callable[[str, int], None] | None = None,
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Replace what matches, for everything behind this operator; ``stream.response`` and the log stay the provider's.

    Text passes as soon as it can no longer become part of a match, however it was cut. Of several patterns the
    leftmost match counts, and of those the longest one. A pattern whose longest match is known holds back no more
    than that. A possible match of an open pattern that reaches ``max_hold`` characters is replaced as it is, and what
    follows of it is dropped. A chunk whose text is changed or held back has no ``raw`` and no ``chunk``, and neither
    has a later event that may repeat the text. docs/redact.md says more.

    .. marble::
        :alt: redact

        --key sk-1--23--, Io--|
        [redact(re.compile(r"sk-\d+"), "…")]
        --key ----------…, Io-|

    Args:
        pattern: Text, compiled pattern, one of ``streamkit.operators.patterns``, or several of them by name; or a
            function that is called with each sentence and returns the spans to replace, as pairs of a start and an end.
        replacement: Text in place of a match, or a function of the match that returns the text.
        fields: Names of the fields of chunks that are searched: ``content``, ``thinking``, ``refusal``,
            ``transcript``, ``tool_plan`` and ``arguments``; all of them by default.
        max_hold: Most characters of a possible match of an open pattern, or of a sentence, that are held back.
        on_redact: Callback that gets the name of the pattern and the number of characters, for each replacement; what
            is dropped behind ``max_hold`` is not counted. A single pattern's name is its text.

    Returns:
        An operator on pieces of text or on chunks.

    Raises:
        ConfigurationError: A pattern can match the empty text, or an argument is of another type. By ``on_error``: a
            function returned something else, or an element is neither text nor a chunk. What a function raises comes by
            ``on_error`` unchanged, and what is held back then is not emitted.
        LimitExceeded: By ``on_error``: the search for a pattern took more than 0.1 s.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Write to io@exa", "mple.org now.")).pipe(redact(re.compile(r"\w+@[\w.]+"))))
    ['Write to ', '[redacted] now.']
    """
    if not isinstance(cast("object", replacement), str) and not callable(replacement):
        raise ConfigurationError("redact(replacement=…): give a text, or a function of a match.")
    if isinstance(fields, str) or not fields or not set(fields) <= set(FIELDS):
        raise ConfigurationError(f"redact(fields={fields!r}): give names out of {', '.join(FIELDS)}.")
    number = cast("object", max_hold)
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ConfigurationError(f"redact(max_hold={max_hold!r}): give a number of characters of 1 or more.")
    if on_redact is not None and not callable(on_redact):
        raise ConfigurationError("redact(on_redact=…): give a function of a name and a number.")
    replace = partial(_fixed, replacement) if isinstance(replacement, str) else replacement
    config = RedactConfig(_splitter(pattern, max_hold), replace, tuple(fields), on_redact)
    return operator(partial(RedactSubscription, partial(Redactor, config)), emits="same", gives="same", name="redact()")


def _fixed(text: str, _: TextMatch) -> str:
    return text


def _splitter(pattern: object, max_hold: int) -> Callable[[], Splitter]:
    if isinstance(pattern, str | CheckedPattern) or hasattr(pattern, "pattern"):
        found = cast("Searched", pattern)
        source = found.pattern if isinstance(found, CheckedPattern) else found
        patterns: Mapping[str, Searched] = {source if isinstance(source, str) else str(source.pattern): found}
    elif isinstance(pattern, Mapping):
        patterns = cast("Mapping[str, Searched]", pattern)
    elif callable(pattern):
        find = cast("Callable[[str], Iterable[tuple[int, int]]]", pattern)
        return partial(FoundSpans, find, getattr(find, "__name__", "a function"), max_hold=max_hold)
    else:
        raise ConfigurationError(
            f"redact({pattern!r}): give a text, a compiled pattern, several by name, or a function."
        )
    held = held_patterns(patterns)
    return partial(HoldBack, held, max_hold=max_hold)
