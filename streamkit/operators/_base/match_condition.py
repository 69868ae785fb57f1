"""The stop condition of operators that search the text of their elements: the end of the first match."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar, cast

from ...chunk import Chunk
from ...text.matcher import ElementMatcher, Finder, TextMatch

T = TypeVar("T", str, Chunk)


class MatchCondition(Generic[T]):
    """Stops at the end of the first match of a matcher.

    Args:
        match: Matcher of one subscription.
        on_match: Callback that gets the match, before the match is emitted.
    """

    error = None

    def __init__(self, match: Finder, on_match: Callable[[TextMatch], None] | None = None) -> None:
        self.done = False
        self._match = match
        self._element = ElementMatcher(match)
        self._on_match = on_match

    def feed(self, item: T) -> Iterable[T]:
        """Search the next element; return the part of it that is released, if any."""
        released: Any
        if isinstance(item, str):
            released, matched = self._match.feed(item)
        else:
            released, matched = self._element.feed(item)
        if matched:
            if self._on_match is not None and self._match.found is not None:
                self._on_match(self._match.found)
            self.done = True
        return (released,) if released else ()

    def flush(self) -> Iterable[T]:
        """Return the text that is still buffered."""
        buffered = cast("T | None", self._element.flush())
        return () if buffered is None else (buffered,)
