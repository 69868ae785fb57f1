"""Stop as soon as a text, a pattern or a condition is met, and stop the call with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

import msgspec
from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

from ..chunk import Chunk
from ..matcher import Matcher, matcher
from ..runtime import dispose_because

if TYPE_CHECKING:
    import regex

T = TypeVar("T", str, Chunk)


def until(
    found: str | re.Pattern[str] | regex.Pattern[str] | Callable[[T], bool], *, inclusive: bool = True
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Complete as soon as the text that has come holds a match, and stop the source at once.

    A text or a pattern is looked for across the borders of pieces: the stream ends after the shortest
    prefix, in characters, in which it matches, however the text was cut. A lookbehind sees the last 256
    characters before what may still become a match. A condition is asked once for every element.

    .. marble::
        :alt: until

        --Euro--pa or--Titan--|
        [   until("pa")       ]
        --Euro--pa|

    Args:
        found: A text, a compiled pattern, or a condition on an element.
        inclusive: Whether the match itself is still emitted; if not, text that may begin a match is held
            back until it is clear.

    Returns:
        An operator on pieces of text or on chunks (whose choice 0 is looked at).

    Raises:
        ConfigurationError: The text is empty, or the pattern matches nothing at all.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Euro", "pa or", " Titan")).pipe(until("pa")))
    ['Euro', 'pa']
    """
    looked_for = found if isinstance(found, str) else getattr(found, "pattern", None)
    name = f"until({looked_for if looked_for is not None else found!r})"
    condition = cast("Callable[[T], bool]", found) if looked_for is None else None
    make = None if condition else matcher(cast("str | re.Pattern[str]", found), hold=not inclusive)

    def operator(source: Observable[T]) -> Observable[T]:
        def subscribe(observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            upstream = SingleAssignmentDisposable()
            sink = _ConditionSink(observer, condition, inclusive) if make is None else _TextSink(observer, make())

            def on_next(item: T) -> None:
                if sink.take(item):
                    dispose_because(upstream, name)
                    observer.on_completed()

            def on_error(error: Exception) -> None:
                sink.flush()
                observer.on_error(error)

            def on_completed() -> None:
                sink.flush()
                observer.on_completed()

            upstream.disposable = source.subscribe(on_next, on_error, on_completed, scheduler=scheduler)
            return upstream

        return Observable(subscribe)

    return operator


class _ConditionSink:
    """Asks a condition of every element."""

    def __init__(self, observer: abc.ObserverBase[T], condition: Callable[[T], bool] | None, inclusive: bool) -> None:
        self._emit = cast("Callable[[object], None]", observer.on_next)
        self._condition = cast("Callable[[object], bool]", condition)
        self._inclusive = inclusive

    def take(self, item: object) -> bool:
        met = self._condition(item)
        if self._inclusive or not met:
            self._emit(item)
        return met

    def flush(self) -> None:
        """Nothing is ever held back."""


class _TextSink:
    """Looks for a match in the text of the elements, and cuts the element in which it ends."""

    def __init__(self, observer: abc.ObserverBase[T], match: Matcher) -> None:
        self._emit = cast("Callable[[object], None]", observer.on_next)
        self._match = match
        self._chunks = False

    def take(self, item: str | Chunk) -> bool:
        if isinstance(item, str):
            free, met = self._match.feed(item)
            if free:
                self._emit(free)
            return met
        self._chunks = True
        if item.index or not item.content:
            self._emit(item)
            return False
        free, met = self._match.feed(item.content)
        if free == item.content:
            self._emit(item)
        elif free or not item.plain:
            self._emit(msgspec.structs.replace(item, content=free, plain=False))
        return met

    def flush(self) -> None:
        """Let go of what was held back for a match that did not come."""
        rest = self._match.rest()
        if rest:
            self._emit(Chunk(content=rest) if self._chunks else rest)
