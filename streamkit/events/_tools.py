"""ToolBlocks: the blocks of the tools that run in one turn, and the events of the streams inside of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from ..chunk import Chunk
from ..origin import TOOL_INDEX, Origin
from ..tool import ToolResult, ToolUpdate
from ._deriving import Deriving
from ._event import Event, ToolOutputEvent
from ._tool_output import (
    ToolOutputDelta,
    ToolOutputEnd,
    ToolOutputProgress,
    ToolOutputStart,
)


class ToolBlocks:
    """Derives the events of the tools that run, from the chunks that come from tools.

    Args:
        index: Number of the choice that calls the tools.
        next_id: Function that returns the id of the choice's next block.
        new_deriver: Function that makes the deriver of a stream inside of a tool.
        names: The names of the tools that the turn calls, by the id of the call.
    """

    __slots__ = ("_index", "_inner", "_names", "_new_deriver", "_next_id", "_open")

    def __init__(
        self,
        index: int,
        next_id: Callable[[], str],
        new_deriver: Callable[[], Deriving],
        names: Mapping[str | None, str],
    ) -> None:
        self._index = index
        self._next_id = next_id
        self._new_deriver = new_deriver
        self._open: dict[str | None, str] = {}
        self._inner: dict[str | None, Deriving] = {}
        self._names = names

    def open_blocks(self) -> list[str]:
        """Return the ids of the tools that have shown something and have no result, in the order of their starts."""
        return list(self._open.values())

    def feed(self, chunk: Chunk, origin: Origin) -> list[Event]:
        """Take a tool's chunk; return the events."""
        found, result = list[Event](), origin.result
        if origin.path:
            call_id = origin.path[0]
            deriver = self._inner.get(call_id)
            if deriver is None:
                deriver = self._inner[call_id] = self._new_deriver()
            self._add_inner(call_id, deriver.feed(_inner_chunk(chunk, origin)), found)
        elif isinstance(result, ToolResult):
            self._end(origin.tool_call_id, result, found)
        elif isinstance(result, ToolUpdate):
            block = self._block(origin.tool_call_id, result.call.name, found)
            if result.progress is not None:
                found.append(ToolOutputProgress(self._index, block, result.progress))
            else:
                found.append(ToolOutputDelta(self._index, block, result.text, result.output))
        return found

    def flush(self) -> list[Event]:
        """End all blocks, because nothing more comes."""
        found: list[Event] = []
        for call_id in list(self._open):
            self._end(call_id, None, found)
        return found

    def _block(self, call_id: str | None, name: str, found: list[Event]) -> str:
        block = self._open.get(call_id)
        if block is None:
            block = self._open[call_id] = self._next_id()
            found.append(ToolOutputStart(self._index, block, call_id, name))
        return block

    def _add_inner(self, call_id: str | None, events: Iterable[Event], found: list[Event]) -> None:
        for event in events:
            block = self._block(call_id, self._names.get(call_id, ""), found)
            found.append(ToolOutputEvent(self._index, block, event))

    def _end(self, call_id: str | None, result: ToolResult | None, found: list[Event]) -> None:
        """End the stream inside of a tool, and the tool's block."""
        name = self._names.get(call_id, "") if result is None else result.call.name
        block = self._block(call_id, name, found)
        if (inner := self._inner.pop(call_id, None)) is not None:
            error = None if result is None else result.error
            self._add_inner(call_id, inner.flush() if error is None else inner.fail(error), found)
        del self._open[call_id]
        found.append(ToolOutputEnd(self._index, block, result))


def _inner_chunk(chunk: Chunk, origin: Origin) -> Chunk:
    """Return a chunk of a stream inside of a tool as that stream had it."""
    inner = msgspec.structs.replace(origin, path=origin.path[1:])
    of_tool = bool(inner.path) or inner.result is not None
    fields: dict[str, Any] = {name: getattr(chunk, name) for name in Chunk.__struct_fields__}
    fields |= {"index": TOOL_INDEX if of_tool else 0, "plain": False}
    plain = Chunk(**fields)
    return plain if inner == Origin() else plain.with_origin(inner)
