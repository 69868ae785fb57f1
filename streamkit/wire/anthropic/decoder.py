"""Decoder of Anthropic's Messages API: numbered blocks, each with a start event, deltas and a stop event."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar, Unpack

from ...chunk import Chunk, ToolCallDelta, Usage
from ..decoder import Options
from ..event_decoder import EventDecoder
from ..lenient_json import as_count, as_dict, as_json, as_list, as_text, count_of
from ..typed import UNFIT, is_sound
from .typed import Delta, decode

# By type of block or delta: its text fields, and the chunk's field for each.
_TEXTS = {
    "text": {"text": "content"},
    "thinking": {"thinking": "thinking", "signature": "signature"},
    "redacted_thinking": {"data": "redacted_thinking"},
    "text_delta": {"text": "content"},
    "thinking_delta": {"thinking": "thinking"},
    "signature_delta": {"signature": "signature"},
}


@dataclass(slots=True)
class _Block:
    """State of a block that has begun.

    Args:
        server_side: True for the server's own tools, their results and compactions, which are no part of the answer.
        call: The tool call's number among those of the client; None for other blocks.
        input: The tool call's arguments as the start event has them.
        has_arguments: True once a delta has brought arguments.
        stopped: True after the stop event.
    """

    server_side: bool = False
    call: int | None = None
    input: dict[str, Any] = field(default_factory=dict[str, Any])
    has_arguments: bool = False
    stopped: bool = False


class AnthropicDecoder(EventDecoder):
    """Decodes a Messages stream.

    The proof of the end is a stop reason. ``message_stop`` is only a sentinel, like ``[DONE]``.
    """

    strings: ClassVar = {
        "content": re.compile(rb'"text"\s*:\s*"'),
        "thinking": re.compile(rb'"thinking"\s*:\s*"'),
        "arguments": re.compile(rb'"partial_json"\s*:\s*"'),
    }
    has_typed: ClassVar = True
    reason = "stop reason"
    proof = "`message_delta` with a `stop_reason`"
    after = "`message_stop`"

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self._blocks: dict[int, _Block] = {}
        self._last = -1
        self._calls = 0
        self._pending_empty_call: int | None = None
        """The call that has stopped without any arguments: it has none, or the answer was cut before them."""
        self._usage: dict[str, Any] = {}

    def _read_typed(self, payload: bytes) -> Chunk | None:
        try:
            event = decode(payload)
        except UNFIT:
            return None
        number, kind, delta = event.index, event.type, event.delta
        if self.finish_seen or event.object == "error" or not is_sound(payload, len(kind)):
            return None
        block = self._blocks.get(number)
        if kind == "content_block_start":
            if number <= self._last or event.content_block is None:
                return None
            self.saw_content = True
            return self._chunk(payload, {"block": number, **self._start(number, event.content_block)})
        if block is None or block.stopped:
            return None
        if kind == "content_block_delta" and delta is not None:
            return self._typed_chunk(payload, number, block, delta)
        if kind == "content_block_stop":
            self.saw_content = True
            return self._chunk(payload, {"block": number, **self._stop(block)})
        return None

    def _typed_chunk(self, payload: bytes, number: int, block: _Block, delta: Delta) -> Chunk | None:
        """Return the chunk of a delta."""
        kind, text, thinking, signature, calls = delta.type, "", "", None, ()
        if block.server_side:
            pass
        elif kind == "text_delta":
            text = delta.text or ""
        elif kind == "thinking_delta":
            thinking = delta.thinking or ""
        elif kind == "signature_delta":
            signature = delta.signature or None
        elif kind == "input_json_delta" and block.call is not None:
            arguments = delta.partial_json or ""
            block.has_arguments = block.has_arguments or bool(arguments)
            self._calling |= {0}
            calls = (ToolCallDelta(block.call, arguments=arguments),)
        else:
            return None
        self.saw_content = True
        return Chunk(
            *(text, None, None, self._provider, payload, self._api),
            thinking=thinking,
            signature=signature,
            tool_calls=calls,
            block=number,
        )

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        kind = as_text(event.get("type"))
        fields: dict[str, Any] = {}
        if kind in ("content_block_start", "content_block_delta", "content_block_stop"):
            fields = self._read_block(kind, event)
        elif kind == "message_start":
            message = as_dict(event.get("message"))
            fields["model"], fields["id"] = as_text(message.get("model")) or None, as_text(message.get("id")) or None
            fields["usage"] = self._read_usage(message)
        elif kind == "message_delta":
            fields = self._read_end(event)
        elif kind == "message_stop":
            self._take_message_stop()
        if kind != "ping":
            chunks.append(self._chunk(payload, fields))

    def _read_block(self, kind: str, event: dict[str, Any]) -> dict[str, Any]:
        if self.finish_seen:
            self._note("content_after_end_dropped")
            return {}
        self.saw_content = True
        number = as_count(event, "index")
        if kind == "content_block_start":
            number = self._last + 1 if number is None else number
            return {"block": number, **self._start(number, as_dict(event.get("content_block")))}
        number = max(self._last, 0) if number is None else number
        block = self._blocks.get(number)
        if block is not None and block.stopped:
            raise ValueError(f"block {number} goes on after its stop")
        if kind == "content_block_stop":
            return {"block": number, **self._stop(block)}
        if block is None:  # some gateways do not announce a block of text
            block = self._blocks[number] = _Block()
            self._last = max(self._last, number)
        return {"block": number, **self._delta(block, as_dict(event.get("delta")))}

    def _start(self, number: int, given: dict[str, Any]) -> dict[str, Any]:
        if number <= self._last:
            raise ValueError(f"block {number} starts after block {self._last}")
        if number > self._last + 1:
            self._note("block_skipped", block=self._last + 1)
        self._new_block()
        kind = as_text(given.get("type"))
        block = self._blocks[number] = _Block(server_side=_is_server_side(kind))
        self._last = number
        fields = _texts(kind, given, as_list(given.get("citations")))
        deltas: list[ToolCallDelta] = []
        if self._pending_empty_call is not None:  # a later block has begun, so the call was not cut
            deltas.append(ToolCallDelta(self._pending_empty_call, complete=True))
            self._pending_empty_call = None
        if kind == "tool_use":
            block.call, block.input = self._calls, as_dict(given.get("input"))
            self._calls += 1
            call_id, name = as_text(given.get("id")) or None, as_text(given.get("name")) or None
            deltas.append(ToolCallDelta(block.call, call_id, name))
        return {**fields, "tool_calls": tuple(deltas)}

    def _delta(self, block: _Block, delta: dict[str, Any]) -> dict[str, Any]:
        if block.server_side:
            return {}
        kind = as_text(delta.get("type"))
        if kind != "input_json_delta":
            citation = delta.get("citation") if kind == "citations_delta" else None
            return _texts(kind, delta, [citation] if citation else [])
        if block.call is None:
            raise ValueError("arguments in a block that is no tool call")
        arguments = as_json(delta.get("partial_json"))
        block.has_arguments = block.has_arguments or bool(arguments)
        return {"tool_calls": (ToolCallDelta(block.call, arguments=arguments),)}

    def _stop(self, block: _Block | None) -> dict[str, Any]:
        self._new_block()
        if block is None:
            return {}
        block.stopped = True
        if block.call is None:
            return {}
        if block.has_arguments:
            return {"tool_calls": (ToolCallDelta(block.call, complete=True),)}
        if block.input:
            return {"tool_calls": (ToolCallDelta(block.call, arguments=as_json(block.input), complete=True),)}
        self._pending_empty_call = block.call
        return {}

    def _new_block(self) -> None:
        """Reset the template: the events of another block hold other strings."""
        self._template.forget()
        self._template.misses = 0

    def _read_end(self, event: dict[str, Any]) -> dict[str, Any]:
        fields: dict[str, Any] = {"usage": self._read_usage(event)}
        reason = as_text(as_dict(event.get("delta")).get("stop_reason"))
        if reason:
            fields["finish_reasons"] = [reason]
            self.finish_seen = self.saw_content = True
            self._template.forget()
        return fields

    def _read_usage(self, event: dict[str, Any]) -> Usage | None:
        """Merge an event's usage into the usage so far: each figure is a running total of the call."""
        figures = {name: value for name, value in as_dict(event.get("usage")).items() if value is not None}
        if not figures:
            return None
        raw = self._usage = {**self._usage, **figures}
        usage = Usage(
            input_tokens=count_of(raw.get("input_tokens")),
            output_tokens=count_of(raw.get("output_tokens")),
            cached_tokens=count_of(raw.get("cache_read_input_tokens")),
            reasoning_tokens=count_of(as_dict(raw.get("output_tokens_details")).get("thinking_tokens")),
            raw=raw,
            cache_write_tokens=count_of(raw.get("cache_creation_input_tokens")),
        )
        return None if usage.input_tokens is usage.output_tokens is None else usage.with_total()

    def _take_message_stop(self) -> None:
        self.done = True
        self._template.forget()
        if not self.finish_seen:
            self._cut("message_stop came")


def _texts(kind: str, given: dict[str, Any], citations: list[Any]) -> dict[str, Any]:
    """Return the chunk's fields for the texts and citations of a block's start or of a delta."""
    fields: dict[str, Any] = {"citations": tuple(citations)} if citations else {}
    for name, field_name in _TEXTS.get(kind, {}).items():
        if text := as_text(given.get(name)):
            fields[field_name] = text
    return fields


def _is_server_side(kind: str) -> bool:
    return kind.endswith(("_tool_use", "_tool_result")) or kind == "compaction"
