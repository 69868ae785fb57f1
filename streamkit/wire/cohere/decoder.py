"""Decoder of Cohere's Chat API, version 2: each kind of content has a start event, deltas and an end event."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Unpack

from ...chunk import Chunk, ToolCallDelta, Usage
from ...errors import StreamError, provider_error
from ..decoder import Options
from ..event_decoder import EventDecoder
from ..lenient_json import as_count, as_dict, as_json, as_list, as_text

_CONTENT = frozenset(
    {
        *("content-start", "content-delta", "content-end"),
        *("tool-plan-delta", "tool-call-start", "tool-call-delta", "tool-call-end"),
        *("citation-start", "citation-end"),
    }
)


@dataclass(slots=True)
class _Call:
    """State of a tool call: the number among the calls, the id, and whether the call has arguments or has ended."""

    number: int
    id: str | None
    has_arguments: bool = False
    ended: bool = False


class CohereDecoder(EventDecoder):
    """Decodes a v2 chat stream. ``message-end`` is the sentinel, and proves the end unless the reason is an error."""

    strings: ClassVar = {
        "content": re.compile(rb'"text"\s*:\s*"'),
        "thinking": re.compile(rb'"thinking"\s*:\s*"'),
        "arguments": re.compile(rb'"arguments"\s*:\s*"'),
        "tool_plan": re.compile(rb'"tool_plan"\s*:\s*"'),
    }
    proof = "`message-end` with a `finish_reason` other than `ERROR`"

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}
        """The latest call of each index; an index can be reused."""

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        kind = as_text(event.get("type"))
        delta = as_dict(event.get("delta"))
        fields: dict[str, Any] = {}
        if kind in _CONTENT:
            self.saw_content = True
            fields = self._read_content(kind, event, as_dict(delta.get("message")))
        elif kind == "message-start":
            fields = {"id": as_text(event.get("id")) or None}
        elif kind == "message-end":
            fields = self._read_end(delta)
        chunks.append(self._chunk(payload, fields))

    def _read_content(self, kind: str, event: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
        index = as_count(event, "index")
        if kind.startswith("content-"):
            content = as_dict(message.get("content"))
            fields = {"content": as_text(content.get("text")), "thinking": as_text(content.get("thinking"))}
            return {"block": index, **fields}
        if kind == "tool-plan-delta":
            return {"tool_plan": as_text(message.get("tool_plan"))}
        if kind == "citation-start":
            citations = message.get("citations")
            return {"citations": tuple(as_list(citations) or [citations] * bool(citations))}
        if kind.startswith("tool-call-"):
            calls = message.get("tool_calls")
            return self._read_call(kind, index, as_dict(next(iter(as_list(calls)), calls)))
        return {}

    def _read_call(self, kind: str, index: int | None, given: dict[str, Any]) -> dict[str, Any]:
        function = as_dict(given.get("function"))
        arguments = as_json(function.get("arguments"))
        if kind == "tool-call-start":
            call = self._start(index, as_text(given.get("id")) or None)
            call.has_arguments = bool(arguments)
            first_delta = ToolCallDelta(call.number, call.id, as_text(function.get("name")) or None, arguments)
            return {"tool_calls": (first_delta,)}
        call = self._by_index.get(len(self._calls) - 1 if index is None else index)
        if kind == "tool-call-delta":
            if call is None or call.ended:
                raise ValueError(f"arguments for tool call {index}, which is not being told")
            call.has_arguments = call.has_arguments or bool(arguments)
            return {"tool_calls": (ToolCallDelta(call.number, arguments=arguments),)}
        self._template.forget()
        if call is None:
            return {}
        call.ended = True
        # A call without arguments has none or was cut before them; the finish reason decides.
        return {"tool_calls": (ToolCallDelta(call.number, complete=True),)} if call.has_arguments else {}

    def _start(self, index: int | None, call_id: str | None) -> _Call:
        index = len(self._calls) if index is None else index
        before = self._by_index.get(index)
        if before is not None and before.id == call_id:
            raise ValueError(f"tool call {index} starts twice")
        self._template.forget()
        call = self._by_index[index] = _Call(len(self._calls), call_id)
        self._calls.append(call)
        return call

    def _read_end(self, delta: dict[str, Any]) -> dict[str, Any]:
        self.done = True
        self._template.forget()
        reason, failure = as_text(delta.get("finish_reason")), delta.get("error")
        if reason == "ERROR" or failure:
            self._fail(self._refused(delta))
        elif reason:
            self.finish_seen = self.saw_content = True
        else:
            self._cut("message-end came")
        return {"finish_reasons": [reason] if reason else None, "usage": _usage(as_dict(delta.get("usage")))}

    def _refused(self, delta: dict[str, Any]) -> StreamError:
        """Return the error that ``message-end`` reports."""
        message = as_text(delta.get("error")) or "The provider ended the answer with an error."
        return provider_error(message, code=as_text(delta.get("error_type")) or None, provider=self._provider)


def _usage(raw: dict[str, Any]) -> Usage | None:
    """Return the tokens that were used; the billed tokens stand only in ``raw``."""
    if not raw:
        return None
    return Usage(
        input_tokens=as_count(raw, "tokens", "input_tokens"),
        output_tokens=as_count(raw, "tokens", "output_tokens"),
        cached_tokens=as_count(raw, "cached_tokens"),
        reasoning_tokens=as_count(raw, "tokens", "reasoning_tokens"),
        raw=raw,
    ).with_total()
