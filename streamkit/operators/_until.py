"""Stop as soon as a text, a pattern or a condition is met, and stop the call with it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from reactivex import Observable, abc

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..matcher import ElementMatcher, Finder, Found, matcher
from ..runtime import Asking, Judging, Passing

if TYPE_CHECKING:
    import regex

T = TypeVar("T", str, Chunk)


def until(
    found: str | re.Pattern[str] | regex.Pattern[str] | Callable[[T], bool] | Callable[[T], Awaitable[bool]],
    *,
    inclusive: bool = True,
    on_match: Callable[[Found], None] | None = None,
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Complete as soon as the text that has come holds a match, and stop the source at once.

    A text or a pattern is looked for across the borders of pieces: the end is the shortest prefix, in
    characters, in which it matches, however the text was cut. A lookbehind sees the 256 characters before
    what may still become a match. A condition is asked once for every element; an async one is asked of one
    after the other, and the source waits meanwhile. Each subscription asks, and calls ``on_match``, anew.

    .. marble::
        :alt: until

        --Euro--pa or--Titan--|
        [   until("pa")       ]
        --Euro--pa|

    Args:
        found: A text, a compiled pattern, or a condition on an element, which may be an async function.
        inclusive: Whether the match is still emitted; if not, text that may begin one is held back, at most
            until the finish reason.
        on_match: Given what was found of a text or a pattern, before that is emitted.

    Returns:
        An operator on pieces of text or on chunks (whose choice 0 is looked at).

    Raises:
        ConfigurationError: The text is empty, the pattern matches nothing at all, a condition has an ``on_match``,
            or it is none of these. By ``on_error``: a condition that is no async function returned an awaitable.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Euro", "pa or", " Titan")).pipe(until("pa", on_match=print)))
    Found(text='pa', start=4, groups=(), named={})
    ['Euro', 'pa']
    """
    looked_for = found if isinstance(found, str) else getattr(found, "pattern", None)
    if looked_for is None:
        if not callable(found):
            raise ConfigurationError(f"until({found!r}): give a text, a compiled pattern or a condition.")
        return _until_met(cast("Callable[[T], bool]", found), inclusive, on_match)
    make = matcher(cast("str | re.Pattern[str]", found), hold=not inclusive)

    def operator(source: Observable[T]) -> Observable[T]:
        def subscribe(observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            look = _Looking[T](make(), f"until({looked_for!r})", on_match)
            return Passing(observer, look).start(source, scheduler)

        return Observable(subscribe)

    return operator


def _until_met(
    condition: Callable[[T], bool], inclusive: bool, on_match: Callable[[Found], None] | None
) -> Callable[[Observable[T]], Observable[T]]:
    if on_match is not None:
        raise ConfigurationError("until(on_match=…) goes with a text or a pattern: a condition sees what it meets.")
    name = f"until({getattr(condition, '__name__', 'a condition')})"
    slow = iscoroutinefunction(condition) or iscoroutinefunction(getattr(condition, "__call__", None))  # noqa: B004

    def operator(source: Observable[T]) -> Observable[T]:
        def subscribe(observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            if slow:
                judge = cast("Callable[[T], Awaitable[bool]]", condition)
                return Judging(observer, judge, inclusive=inclusive, reason=name).start(source, scheduler)
            ask = cast("Callable[[T], bool]", condition)
            return Passing(observer, Asking(ask, inclusive, name)).start(source, scheduler)

        return Observable(subscribe)

    return operator


class _Looking(Generic[T]):
    """Looks for a text or a pattern."""

    def __init__(self, match: Finder, name: str, on_match: Callable[[Found], None] | None) -> None:
        self._match = match
        self._element = ElementMatcher(match)
        self._name = name
        self._on_match = on_match

    def feed(self, item: T) -> tuple[T | None, str | None]:
        if isinstance(item, str):
            free, met = self._match.feed(item)
            if not met:
                return free or None, None
        else:
            free, met = self._element.feed(item)
        if met and self._on_match is not None and self._match.found is not None:
            self._on_match(self._match.found)
        return free or None, self._name if met else None

    def rest(self) -> T | None:
        return cast("T | None", self._element.rest())
