"""CallBlocks: the blocks of the tool calls of one choice; each ends at the end of the call, or in an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..chunk import Chunk, ToolCallDelta
from ..tool import ToolCall, ToolCalls, arguments_error
from ._event import Event
from ._tool_input import ToolInputDelta, ToolInputEnd, ToolInputError, ToolInputStart


@dataclass(slots=True)
class _CallBlock:
    """The block of one call.

    Args:
        id: Id of the block.
        call_id: The provider's id of the call so far.
        name: The tool's name so far.
        call_kind: The kind of the call so far.
        started: True once the start was emitted.
        closed: True once the provider has closed the call: no arguments follow.
        ended: True once the end was emitted, or the error.
        held: Arguments that came before the name.
    """

    id: str
    call_id: str | None = None
    name: str = ""
    call_kind: str = "function"
    started: bool = False
    closed: bool = False
    ended: bool = False
    held: list[str] = field(default_factory=list[str])


class CallBlocks:
    """Derives the events of the tool calls of one choice, delta by delta.

    Args:
        index: Number of the choice.
        next_id: Function that returns the id of the choice's next block.
    """

    __slots__ = ("_blocks", "_calls", "_index", "_next_id")

    def __init__(self, index: int, next_id: Callable[[], str]) -> None:
        self._index = index
        self._next_id = next_id
        self._calls: ToolCalls | None = None
        self._blocks: dict[int, _CallBlock] = {}

    def begins(self, delta: ToolCallDelta) -> bool:
        """Return whether a delta is the first one of a call."""
        return delta.index not in self._blocks

    def open_blocks(self) -> list[str]:
        """Return the ids of the calls that have started and not ended, in the order of their first deltas."""
        return [block.id for block in self._blocks.values() if block.started and not block.ended]

    def names(self) -> dict[str | None, str]:
        """Return the name of the tool of each call, by the provider's id of the call."""
        return {block.call_id: block.name for block in self._blocks.values()}

    def feed(self, delta: ToolCallDelta) -> list[Event]:
        """Add the next delta; return the events: the ends of the calls that end here, then the delta's own."""
        calls = self._calls = self._calls or ToolCalls()
        calls.feed(Chunk(tool_calls=(delta,)))
        whole = calls.completed()
        found = [event for call in whole if call.index != delta.index for event in self._end(call)]
        block = self._blocks.get(delta.index)
        if block is None:
            block = self._blocks[delta.index] = _CallBlock(self._next_id())
        if block.ended:
            return found
        found += self._add(block, delta)
        if delta.complete and not any(call.index == delta.index for call in whole):
            call = calls.snapshot_of(delta.index)
            # A call without arguments, and one whose only argument is a text, may be whole: a later chunk shows it.
            if call.arguments is None and call.arguments_text.strip() not in ("", "null"):
                return [*found, *self._fail(call, "the provider ended the call")]
        return [*found, *(event for call in whole if call.index == delta.index for event in self._end(call))]

    def flush(self, reasons: list[str] | None) -> list[Event]:
        """End all calls.

        Args:
            reasons: The finish reasons of the choice; None if there are none.
        """
        if self._calls is None:
            return []
        if reasons:
            self._calls.feed(Chunk(finish_reasons=reasons))
        found = [event for call in self._calls.completed() for event in self._end(call)]
        how = f"the answer ended with {', '.join(reasons)}" if reasons else "the answer ended without a finish reason"
        broken = [self._calls.snapshot_of(at) for at, block in self._blocks.items() if not block.ended]
        return [*found, *(event for call in broken for event in self._fail(call, how))]

    def _add(self, block: _CallBlock, delta: ToolCallDelta) -> list[Event]:
        block.call_id = delta.id or block.call_id
        block.name = delta.name or block.name
        if delta.kind != "function":
            block.call_kind = delta.kind
        found: list[Event] = []
        if delta.arguments and not block.closed:
            block.held.append(delta.arguments)
        if block.name:
            found = self._emit_held(block)
        block.closed = block.closed or delta.complete
        return found

    def _emit_held(self, block: _CallBlock) -> list[Event]:
        """Return the start, unless emitted before, and the arguments that have come since."""
        found: list[Event] = []
        if not block.started:
            block.started = True
            found.append(ToolInputStart(self._index, block.id, block.call_id, block.name, block.call_kind))
        if block.held:
            found.append(ToolInputDelta(self._index, block.id, "".join(block.held)))
            block.held.clear()
        return found

    def _end(self, call: ToolCall) -> list[Event]:
        block = self._blocks.get(call.index)
        if block is None or block.ended:  # a number that the provider left out has no block
            return []
        block.ended = True
        fields = call.id, call.name, call.arguments, call.signature, call.kind
        return [*self._emit_held(block), ToolInputEnd(self._index, block.id, *fields)]

    def _fail(self, call: ToolCall, how: str) -> list[Event]:
        block = self._blocks[call.index]
        block.ended = True
        message = f"The arguments of {call.name!r} are not whole, strict JSON, and {how}: ask the model again."
        error = arguments_error(call, message)
        return [*self._emit_held(block), ToolInputError(self._index, block.id, error, call.id, call.name)]
