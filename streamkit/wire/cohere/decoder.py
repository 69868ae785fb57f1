"""The chat wire of Cohere, version 2: every kind of content begins, is told in deltas, and ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Unpack

from ...chunk import Chunk, ToolCallDelta, Usage
from ...errors import StreamError, provider_error
from ..event_decoder import EventDecoder, Options
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
    """A tool call that has started: its place among the calls, its id, and whether arguments have come."""

    at: int
    id: str | None
    told: bool = False
    ended: bool = False


class CohereDecoder(EventDecoder):
    """Decode a v2 chat stream: ``message-end`` is the proof, if its reason is no error, and the sentinel too."""

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
        self._places: dict[int, _Call] = {}
        """The last call of an index."""

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        kind = as_text(event.get("type"))
        delta = as_dict(event.get("delta"))
        told: dict[str, Any] = {}
        if kind in _CONTENT:
            self.saw_content = True
            told = self._read_content(kind, event, as_dict(delta.get("message")))
        elif kind == "message-start":
            told = {"id": as_text(event.get("id")) or None}
        elif kind == "message-end":
            told = self._read_end(delta)
        chunks.append(self._chunk(payload, told))

    def _read_content(self, kind: str, event: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
        index = as_count(event, "index")
        if kind.startswith("content-"):
            content = as_dict(message.get("content"))
            told = {"content": as_text(content.get("text")), "thinking": as_text(content.get("thinking"))}
            return {"block": index, **told}
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
            call.told = bool(arguments)
            piece = ToolCallDelta(call.at, call.id, as_text(function.get("name")) or None, arguments)
            return {"tool_calls": (piece,)}
        call = self._places.get(len(self._calls) - 1 if index is None else index)
        if kind == "tool-call-delta":
            if call is None or call.ended:
                raise ValueError(f"arguments for tool call {index}, which is not being told")
            call.told = call.told or bool(arguments)
            return {"tool_calls": (ToolCallDelta(call.at, arguments=arguments),)}
        self._template.forget()
        if call is None:
            return {}
        call.ended = True
        # Without a character of arguments it takes none, or was cut before them: the finish reason will tell.
        return {"tool_calls": (ToolCallDelta(call.at, complete=True),)} if call.told else {}

    def _start(self, index: int | None, call_id: str | None) -> _Call:
        index = len(self._calls) if index is None else index
        before = self._places.get(index)
        if before is not None and before.id == call_id:
            raise ValueError(f"tool call {index} starts twice")
        self._template.forget()
        call = self._places[index] = _Call(len(self._calls), call_id)
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
        """Make the error that a ``message-end`` tells."""
        message = as_text(delta.get("error")) or "The provider ended the answer with an error."
        return provider_error(message, code=as_text(delta.get("error_type")) or None, provider=self._provider)


def _usage(raw: dict[str, Any]) -> Usage | None:
    """Read the tokens that were used; what is billed for them stands only in ``raw``."""
    if not raw:
        return None
    return Usage(
        input_tokens=as_count(raw, "tokens", "input_tokens"),
        output_tokens=as_count(raw, "tokens", "output_tokens"),
        cached_tokens=as_count(raw, "cached_tokens"),
        reasoning_tokens=as_count(raw, "tokens", "reasoning_tokens"),
        raw=raw,
    )
