"""ChoiceEvents: the blocks of one choice, as chunks start, continue and end them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..chunk import Chunk, FinishReason, common_reasons
from ._calls import CallBlocks
from ._event import Event
from ._media import (
    AudioDelta,
    AudioEnd,
    AudioStart,
    CitationDelta,
    CitationEnd,
    CitationStart,
    ImageDelta,
    ImageEnd,
    ImageStart,
)
from ._server_tool import ServerToolBlocks, ServerToolStart
from ._text import (
    RefusalDelta,
    RefusalEnd,
    RefusalStart,
    TextDelta,
    TextEnd,
    TextStart,
    ThinkingDelta,
    ThinkingEnd,
    ThinkingStart,
    ToolPlanDelta,
    ToolPlanEnd,
    ToolPlanStart,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """The events of one kind of block."""

    start: Callable[[int, str], Event]
    delta: Callable[[int, str, str], Event]
    end: Callable[..., Event]


_TEXT = _Kind(TextStart, TextDelta, TextEnd)
_THINKING = _Kind(ThinkingStart, ThinkingDelta, ThinkingEnd)
_REFUSAL = _Kind(RefusalStart, RefusalDelta, RefusalEnd)
_TOOL_PLAN = _Kind(ToolPlanStart, ToolPlanDelta, ToolPlanEnd)
_AUDIO = _Kind(AudioStart, lambda index, block, text: AudioDelta(index, block, transcript=text), AudioEnd)

# What begins or continues a block; a citation is no part of the block around it.
_CONTENT = (
    *("thinking", "redacted_thinking", "tool_plan", "content", "refusal"),
    *("audio", "audio_transcript", "tool_calls", "images"),
)


@dataclass(slots=True)
class _Block:
    """The open block of text or audio.

    Args:
        id: Its id.
        kind: The events of its kind.
        number: The provider's number of the block, if the provider numbers blocks.
        signature: The fragments of the signature so far.
    """

    id: str
    kind: _Kind
    number: int | None
    signature: list[str] = field(default_factory=list[str])


class ChoiceEvents:
    """Derives the events of one choice.

    A block of text ends where another block starts; at the end of the answer it ends only if the stream is complete.
    So a finish reason ends no block by itself: an error may follow it.

    Args:
        index: Number of the choice.
    """

    __slots__ = ("_block", "_called", "_calls", "_count", "_finished", "_server_tools", "index", "reasons")

    def __init__(self, index: int) -> None:
        self.index = index
        self.reasons: list[str] | None = None
        self._finished = False  # True from a finish reason on, until the answer goes on
        self._called = False
        self._count = 0
        self._block: _Block | None = None
        self._calls = CallBlocks(index, self.next_id)
        self._server_tools = ServerToolBlocks(index, self.next_id)

    @property
    def common_reasons(self) -> list[FinishReason] | None:
        """The finish reasons in the four common words."""
        return common_reasons(self.reasons, calls=self._called)

    @property
    def open_text(self) -> tuple[str, int | None] | None:
        """The id and the provider's number of the open text; None if no text is open, or the choice finished."""
        block = self._block
        return None if block is None or block.kind is not _TEXT or self._finished else (block.id, block.number)

    def open_blocks(self) -> list[str]:
        """Return the ids of the open blocks, in the order of their starts."""
        return [
            *self._calls.open_blocks(),
            *self._server_tools.open_blocks(),
            *([] if self._block is None else [self._block.id]),
        ]

    def feed(self, chunk: Chunk) -> list[Event]:
        """Add the choice's next chunk and return the new events."""
        found: list[Event] = []
        if self._finished and any(getattr(chunk, name) for name in _CONTENT):
            found += self.end_blocks()
        self._feed_texts(chunk, found)
        if chunk.audio or chunk.audio_transcript:
            block = self._continue(_AUDIO, chunk.block, found)
            found.append(AudioDelta(self.index, block.id, chunk.audio, chunk.audio_transcript))
        for delta in chunk.tool_calls:
            self._called = True
            if self._calls.begins(delta):
                self._end_block(found)
            found += self._calls.feed(delta)
        if chunk.images or chunk.citations:
            self._feed_objects(chunk, found)
        self._feed_server_tools(chunk, found)
        if chunk.finish_reasons:
            self.reasons, self._finished = chunk.finish_reasons, True
        return found

    def flush(self) -> list[Event]:
        """Return the ends of all open blocks."""
        found: list[Event] = [*self._calls.flush(self.reasons), *self._server_tools.flush()]
        self._end_block(found)
        return found

    def end_blocks(self) -> list[Event]:
        """End all blocks, because something comes after a finish reason: tools, another turn, or from an odd server."""
        found = self.flush()
        self._finished, self._calls = False, CallBlocks(self.index, self.next_id)
        return found

    def begin_turn(self) -> None:
        """Begin another turn of a conversation, which has finish reasons and calls of its own."""
        self.reasons, self._called = None, False

    def call_names(self) -> dict[str | None, str]:
        """Return the names of the tools that are called, by the id of the call."""
        return self._calls.names()

    def _feed_texts(self, chunk: Chunk, found: list[Event]) -> None:
        if chunk.thinking:
            self._add(_THINKING, chunk.thinking, chunk, found)
        if chunk.redacted_thinking:
            self._end_block(found)
            block = self.next_id()
            found.append(ThinkingStart(self.index, block))
            found.append(ThinkingEnd(self.index, block, redacted=chunk.redacted_thinking))
        if chunk.tool_plan:
            self._add(_TOOL_PLAN, chunk.tool_plan, chunk, found)
        if chunk.signature and chunk.thinking:
            self._sign(chunk.signature, chunk, found)
        if chunk.content:
            self._add(_TEXT, chunk.content, chunk, found)
        if chunk.signature and not chunk.thinking:
            self._sign(chunk.signature, chunk, found)
        if chunk.refusal:
            self._add(_REFUSAL, chunk.refusal, chunk, found)

    def _feed_objects(self, chunk: Chunk, found: list[Event]) -> None:
        at = self.index
        for image in chunk.images:
            self._end_block(found)
            block = self.next_id()
            found += [ImageStart(at, block), ImageDelta(at, block, image), ImageEnd(at, block)]
        for citation in chunk.citations:
            block = self.next_id()
            found += [CitationStart(at, block), CitationDelta(at, block, citation), CitationEnd(at, block)]

    def _feed_server_tools(self, chunk: Chunk, found: list[Event]) -> None:
        for event in self._server_tools.feed(chunk):
            if isinstance(event, ServerToolStart):
                self._end_block(found)
            found.append(event)

    def _add(self, kind: _Kind, text: str, chunk: Chunk, found: list[Event]) -> None:
        block = self._continue(kind, chunk.block, found)
        found.append(kind.delta(self.index, block.id, text))

    def _sign(self, signature: str, chunk: Chunk, found: list[Event]) -> None:
        """Add to the signature of the open block; a signature of no text is that of thinking which is not shown."""
        block = self._block
        if block is None or block.number != chunk.block or block.kind not in (_TEXT, _THINKING):
            block = self._continue(_THINKING, chunk.block, found)
        block.signature.append(signature)

    def _continue(self, kind: _Kind, number: int | None, found: list[Event]) -> _Block:
        """Return the open block of that kind and number; if there is none, end the open one and start another."""
        block = self._block
        if block is None or block.kind is not kind or block.number != number:
            self._end_block(found)
            block = self._block = _Block(self.next_id(), kind, number)
            found.append(kind.start(self.index, block.id))
        return block

    def _end_block(self, found: list[Event]) -> None:
        block, self._block = self._block, None
        if block is not None:
            signed: dict[str, Any] = {"signature": "".join(block.signature)} if block.signature else {}
            found.append(block.kind.end(self.index, block.id, **signed))

    def next_id(self) -> str:
        """Return the id of the next block."""
        self._count += 1
        return f"{self.index}-{self._count - 1}"
