"""The text of an answer that is searched for JSON: the content, or the arguments of the first tool call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..chunk import Chunk, common_reasons
from ..fold import Fold

if TYPE_CHECKING:
    from ..response import Response


class AnswerText:
    """Selects the text of choice 0 from chunks.

    If a tool is called before JSON has begun in the content, the arguments of that call are selected instead, and
    no later call's: two calls are not one value.
    """

    def __init__(self) -> None:
        self._fold = Fold()
        self._call: int | None = None
        self._has_arguments = False  # the call has had characters

    @property
    def partial(self) -> Response:
        """The Response so far."""
        return self._fold.response("failed")

    def fragments(self, chunk: Chunk, begun: Callable[[], bool]) -> Iterator[str | None]:
        """Yield the next fragments of the text; None where the text starts again.

        Args:
            chunk: The next chunk.
            begun: Function that returns whether JSON has begun in the text.
        """
        self._fold.add((chunk,))
        if chunk.index:
            return
        if chunk.content and self._call is None:
            yield chunk.content
        for delta in chunk.tool_calls:
            if self._call is None and not begun():
                self._call = delta.index
                yield None
            if delta.index == self._call:
                yield from self._arguments(delta.arguments, delta.complete)
        if chunk.finish_reasons and self._call is not None:
            reasons = common_reasons(chunk.finish_reasons) or []
            yield from self._arguments("", {"length", "content_filter"}.isdisjoint(reasons))

    def _arguments(self, text: str, over: bool) -> Iterator[str]:
        if text or (over and not self._has_arguments):
            self._has_arguments = True
            yield text or "{}"  # a call without characters has no arguments
