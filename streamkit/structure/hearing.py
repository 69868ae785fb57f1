"""Which text of an answer is read: what it says, or the arguments of the first tool that it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..chunk import Chunk, common_reasons
from ..fold import Fold

if TYPE_CHECKING:
    from ..response import Response


class Hearing:
    """Takes the text of choice 0 out of chunks.

    If a tool is called before any JSON has begun in the text, the arguments of that call are read instead,
    and those of no later one: two calls are not one value.
    """

    def __init__(self) -> None:
        self._fold = Fold()
        self._call: int | None = None
        self._told = False  # the call has brought characters

    @property
    def partial(self) -> Response:
        """What has arrived."""
        return self._fold.response("failed")

    def pieces(self, chunk: Chunk, begun: Callable[[], bool]) -> Iterator[str | None]:
        """Give the next pieces of the text; None where it begins anew.

        Args:
            chunk: The next chunk.
            begun: Whether JSON has begun in the text.
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
        if text or (over and not self._told):
            self._told = True
            yield text or "{}"  # no characters at all are a call without arguments
