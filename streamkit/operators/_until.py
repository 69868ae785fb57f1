"""Stop the call as soon as a text, a pattern or a condition matches."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, TypeVar, cast

from reactivex import Observable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..text.compiled import TextMatch
from ..text.matcher import MAX_MATCH, matcher
from ._base.machine import operator
from ._base.match_condition import MatchCondition
from ._base.take_until import AsyncTakeUntil, PredicateCondition, take_until

if TYPE_CHECKING:
    import regex


T = TypeVar("T", str, Chunk)


def until(
    found: str | re.Pattern[str] | regex.Pattern[str] | Callable[[T], bool] | Callable[[T], Awaitable[bool]],
    *,
    inclusive: bool = True,
    on_match: Callable[[TextMatch], None] | None = None,
    max_match: int = MAX_MATCH,
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Complete as soon as the text so far contains a match, and stop the source at once.

    A text or a pattern matches across the borders of pieces: the stream ends after the shortest prefix, in
    characters, that contains a match, however the text was cut. A lookbehind sees the 256 characters before a
    possible match. A condition is called once for every element; an async condition is awaited for one element after
    the other, while the source waits. Each subscription calls the condition and ``on_match`` again.

    A pattern looks at each character once. Only one with a backreference, a lookahead over more than one character, an
    atomic group or a possessive repetition, and any pattern of ``regex``, is searched again at each character of a
    possible match, so that its cost may grow with the square of that match; ``max_match`` bounds it.

    .. marble::
        :alt: until

        --Euro--pa or--Titan--|
        [   until("pa")       ]
        --Euro--pa|

    Args:
        found: Text, compiled pattern, or condition on an element, which may be an async function.
        inclusive: True to emit the match; if not, text that may begin a match is buffered, at most until the
            finish reason.
        on_match: Callback that gets the match of a text or a pattern, before the match is emitted.
        max_match: Most characters of a match of a pattern. A possible match that reaches them unfinished is given up,
            its text passes, and the search goes on behind it.

    Returns:
        An operator on pieces of text or on chunks (of which choice 0 is searched).

    Raises:
        ConfigurationError: The text is empty, the pattern matches the empty text, a condition has an ``on_match``, or
            ``found`` has another type. By ``on_error``: a condition that is no async function returned an awaitable.
        LimitExceeded: By ``on_error``: the search for the pattern took more than 0.1 s.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Euro", "pa or", " Titan")).pipe(until("pa", on_match=print)))
    TextMatch(text='pa', start=4, groups=(), named={})
    ['Euro', 'pa']
    """
    looked_for = found if isinstance(found, str) else getattr(found, "pattern", None)
    if looked_for is None:
        if not callable(found):
            raise ConfigurationError(f"until({found!r}): give a text, a compiled pattern or a condition.")
        return _until_true(cast("Callable[[T], bool]", found), inclusive, on_match)
    make = matcher(cast("str | re.Pattern[str]", found), hold=not inclusive, max_match=max_match)
    return take_until(lambda: MatchCondition[T](make(), on_match), name=f"until({looked_for!r})")


def _until_true(
    condition: Callable[[T], bool], inclusive: bool, on_match: Callable[[TextMatch], None] | None
) -> Callable[[Observable[T]], Observable[T]]:
    if on_match is not None:
        raise ConfigurationError("until(on_match=…) goes with a text or a pattern: a condition sees what it meets.")
    name = f"until({getattr(condition, '__name__', 'a condition')})"
    if iscoroutinefunction(condition) or iscoroutinefunction(getattr(condition, "__call__", None)):  # noqa: B004
        predicate = cast("Callable[[T], Awaitable[bool]]", condition)
        return operator(
            partial(AsyncTakeUntil, predicate, inclusive=inclusive, name=name), emits="same", gives="same", name=name
        )
    return take_until(lambda: PredicateCondition(condition, inclusive, name), name=name)
