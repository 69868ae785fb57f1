"""Events of the provider's own tools, and the blocks of one choice that they are in."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal, TypeAlias

from .. import chunk as _chunk
from ..chunk import Chunk
from ..details import ServerTool, ServerToolKind
from ..details import ServerToolDelta as Delta
from ..fold_details import ServerToolFold
from ._blocks import BlockDelta, BlockEnd, BlockStart


class ServerToolStart(BlockStart, frozen=True, gc=False, repr_omit_defaults=True):
    """The start of the provider's own work, such as a web search.

    Args:
        index: Number of the choice.
        id: Id of the block.
        tool_kind: Kind of the tool, the same for all providers.
        name: The provider's own name of the tool.
        tool_id: The provider's id of the work.
    """

    kind: ClassVar[Literal["server_tool_start"]] = "server_tool_start"
    tool_kind: ServerToolKind = "other"
    name: str | None = None
    tool_id: str | None = None


class ServerToolDelta(BlockDelta, frozen=True, gc=False, repr_omit_defaults=True):
    """New characters of the input: JSON, or code."""

    kind: ClassVar[Literal["server_tool_delta"]] = "server_tool_delta"
    text: str


class ServerToolEnd(BlockEnd, frozen=True, gc=False, repr_omit_defaults=True):
    """The end of the work, with all that the provider shows of it; ``tool.state`` tells whether it failed."""

    kind: ClassVar[Literal["server_tool_end"]] = "server_tool_end"
    tool: ServerTool


ServerToolEvent: TypeAlias = ServerToolStart | ServerToolDelta | ServerToolEnd


def _may_have_tools(chunk: Chunk, payload: bytes) -> bool:
    """Whether a delta of thinking or of a tool call may be beside a server tool: in a last chunk, and with Groq."""
    if chunk.content or chunk.finish_reasons or chunk.usage is not None:
        return True
    return bool(chunk.thinking) and b'"executed_tools"' in payload


class ServerToolBlocks:
    """Derives the events of the server's tools of one choice, from the events that the chunks carry.

    Args:
        index: Number of the choice.
        next_id: Function that returns the id of the choice's next block.
    """

    __slots__ = ("_fold", "_index", "_next_id", "_open", "_payload")

    def __init__(self, index: int, next_id: Callable[[], str]) -> None:
        self._index = index
        self._next_id = next_id
        self._fold = ServerToolFold()
        self._open: dict[int, str] = {}
        self._payload: bytes | None = None

    def open_blocks(self) -> list[str]:
        """Return the ids of the open blocks, in the order of their starts."""
        return list(self._open.values())

    def feed(self, chunk: Chunk) -> list[ServerToolEvent]:
        """Add the choice's next chunk; return the events of the server's tools."""
        payload = chunk.payload
        if payload is None or payload is self._payload:  # one event may have become several chunks
            return []
        if (chunk.thinking or chunk.tool_calls) and not _may_have_tools(chunk, payload):
            return []
        found: list[ServerToolEvent] = []
        for each in _chunk.with_details((chunk,)):
            self._payload = payload
            for delta in _chunk.details_of(each).server_tools:
                found += self._add(delta)
        if self._open:
            settled = [at for at in self._open if self._fold.snapshot_of(at).state != "running"]
            found += [self._end(at) for at in settled]
        return found

    def flush(self) -> list[ServerToolEvent]:
        """End all blocks; of a tool that still runs, no result is known."""
        return [self._end(at) for at in list(self._open)]

    def _add(self, delta: Delta) -> list[ServerToolEvent]:
        known = self._fold.count
        at = self._fold.add(delta)
        if at is None:
            return []
        found: list[ServerToolEvent] = []
        if at == known:
            tool, block = self._fold.snapshot_of(at), self._next_id()
            self._open[at] = block
            found.append(ServerToolStart(self._index, block, tool.kind, tool.name, tool.id))
        if delta.input and at in self._open:
            found.append(ServerToolDelta(self._index, self._open[at], delta.input))
        return found

    def _end(self, at: int) -> ServerToolEnd:
        return ServerToolEnd(self._index, self._open.pop(at), self._fold.snapshot_of(at))
