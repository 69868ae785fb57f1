"""Stop as soon as a text, a pattern or a condition is met, and stop the call with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

from ..chunk import Chunk
from ..matcher import ElementMatcher, matcher
from ..runtime import dispose_because

if TYPE_CHECKING:
    import regex

T = TypeVar("T", str, Chunk)


def until(
    found: str | re.Pattern[str] | regex.Pattern[str] | Callable[[T], bool], *, inclusive: bool = True
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Complete as soon as the text that has come holds a match, and stop the source at once.

    A text or a pattern is looked for across the borders of pieces: the end is the shortest prefix, in
    characters, in which it matches, however the text was cut. A lookbehind sees the 256 characters before
    what may still become a match. A condition is asked once for every element.

    .. marble::
        :alt: until

        --Euro--pa or--Titan--|
        [   until("pa")       ]
        --Euro--pa|

    Args:
        found: A text, a compiled pattern, or a condition on an element.
        inclusive: Whether the match is still emitted; if not, text that may begin one is held back.

    Returns:
        An operator on pieces of text or on chunks (whose choice 0 is looked at).

    Raises:
        ConfigurationError: The text is empty, or the pattern matches nothing at all.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Euro", "pa or", " Titan")).pipe(until("pa")))
    ['Euro', 'pa']
    """
    looked_for = found if isinstance(found, str) else getattr(found, "pattern", None)
    name = f"until({looked_for!r})" if looked_for else f"until({getattr(found, '__name__', 'a condition')})"
    make = matcher(cast("str | re.Pattern[str]", found), hold=not inclusive) if looked_for is not None else None
    condition = cast("Callable[[T], bool]", found)

    def operator(source: Observable[T]) -> Observable[T]:
        def subscribe(observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            look = ElementMatcher(make()) if make else _Asked(condition, inclusive)
            return _look(source, observer, scheduler, look=look, name=name)

        return Observable(subscribe)

    return operator


def _look(
    source: Observable[T],
    observer: abc.ObserverBase[T],
    scheduler: abc.SchedulerBase | None,
    *,
    look: ElementMatcher | _Asked[T],
    name: str,
) -> abc.DisposableBase:
    upstream = SingleAssignmentDisposable()

    def emit(free: object) -> None:
        if free is not None:
            observer.on_next(cast("T", free))

    def on_next(item: T) -> None:
        try:
            free, met = look.feed(item)
        except Exception as error:  # the condition's own
            upstream.dispose()
            return observer.on_error(error)
        emit(free)
        if met:
            dispose_because(upstream, name)
            observer.on_completed()

    def on_error(error: Exception) -> None:
        emit(look.rest())
        observer.on_error(error)

    def on_completed() -> None:
        emit(look.rest())
        observer.on_completed()

    upstream.disposable = source.subscribe(on_next, on_error, on_completed, scheduler=scheduler)
    return upstream


class _Asked(Generic[T]):
    """Asks a condition of every element, and holds nothing back."""

    def __init__(self, condition: Callable[[T], bool], inclusive: bool) -> None:
        self._condition = condition
        self._inclusive = inclusive

    def feed(self, item: T) -> tuple[T | None, bool]:
        met = self._condition(item)
        return (item if self._inclusive or not met else None), met

    def rest(self) -> T | None:
        return None
