"""The pair that a loop over a stream gives: a chunk, and the tool call that the chunk completes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, cast

from typing_extensions import TypeVar

from ..chunk import Chunk
from ..tool import ToolCall

C = TypeVar("C", default=Chunk)

K = TypeVar("K", default=ToolCall)


class Pair(NamedTuple, Generic[C, K]):
    """What ``for chunk, tool in stream`` gives: a chunk, and the tool call that is complete with it, or None.

    >>> from streamkit.testing import Script, chat_events
    >>> for chunk, tool in Script(chat_events("Io")).stream():
    ...     if chunk.content:
    ...         print(chunk.content, tool)
    Io None
    """

    chunk: C
    tool: K | None

    if not TYPE_CHECKING:  # a type checker refuses these names by itself

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__") or not hasattr(Chunk, name):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            raise AttributeError(
                f"A loop over a stream gives (chunk, tool) pairs, and {name!r} belongs to the chunk: write "
                f"'for chunk, tool in stream' and chunk.{name}."
            )


new_pair = cast("Callable[[type[Pair[Any, Any]], tuple[Any, Any]], Pair[Any, Any]]", cast("Any", tuple).__new__)
"""Make a pair without a Python call: ``new_pair(Pair, (chunk, tool))``."""
