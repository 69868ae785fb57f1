"""Decoder of Cohere's Chat API, version 1: lines of JSON, the last of which repeats the whole answer."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Unpack

from ...chunk import Chunk, ToolCallDelta, Usage
from ...errors import StreamError, provider_error
from ..decoder import Options
from ..event_decoder import EventDecoder
from ..framing.ndjson import LineFramer
from ..lenient_json import as_count, as_dict, as_json, as_list, as_text

_CONTENT = frozenset(
    {
        *("text-generation", "citation-generation", "tool-calls-chunk", "tool-calls-generation"),
        *("search-queries-generation", "search-results"),
    }
)


class CohereV1Decoder(EventDecoder):
    """Decodes a v1 chat stream. ``stream-end`` is the sentinel, and proves the end unless the reason is an error."""

    framer: ClassVar = LineFramer
    strings: ClassVar = {
        "content": re.compile(rb'"text"\s*:\s*"'),
        "tool_plan": re.compile(rb'"text"\s*:\s*"'),
        "arguments": re.compile(rb'"parameters"\s*:\s*"'),
    }
    proof = "`stream-end` with a `finish_reason` other than `ERROR`"

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self._planned = False
        self._has_arguments: list[bool] = []
        """One item for each tool call that has come in deltas: True once it has arguments."""

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        kind = as_text(event.get("event_type"))
        fields: dict[str, Any] = {}
        if kind in _CONTENT:
            self.saw_content = True
        if kind == "stream-start":
            fields["id"] = as_text(event.get("generation_id")) or None
        elif kind == "text-generation":
            fields["content"] = as_text(event.get("text"))
        elif kind == "citation-generation":
            fields["citations"] = tuple(as_list(event.get("citations")))
        elif kind == "tool-calls-chunk":
            fields = self._read_call_delta(event)
        elif kind == "tool-calls-generation":
            fields = self._read_calls(event)
        elif kind == "stream-end":
            fields = self._read_end(event)
        chunks.append(self._chunk(payload, fields))

    def _read_call_delta(self, event: dict[str, Any]) -> dict[str, Any]:
        delta = as_dict(event.get("tool_call_delta"))
        plan = as_text(delta.get("text") or event.get("text"))
        self._planned = self._planned or bool(plan)
        name, arguments = as_text(delta.get("name")) or None, as_json(delta.get("parameters"))
        fields: dict[str, Any] = {"tool_plan": plan}
        if name is None and not arguments:
            return fields
        position = as_count(delta, "index")
        index = (len(self._has_arguments) if name else len(self._has_arguments) - 1) if position is None else position
        if not 0 <= index <= len(self._has_arguments) or (index == len(self._has_arguments) and name is None):
            raise ValueError(f"arguments for tool call {position}, which has not begun")
        if index == len(self._has_arguments):
            self._template.forget()
            self._has_arguments.append(False)
        self._has_arguments[index] = self._has_arguments[index] or bool(arguments)
        return {**fields, "tool_calls": (ToolCallDelta(index, None, name, arguments),)}

    def _read_calls(self, event: dict[str, Any]) -> dict[str, Any]:
        """Read the complete calls; only what the deltas have not brought is new."""
        self._template.forget()
        deltas: list[ToolCallDelta] = []
        for at, call in enumerate(map(as_dict, as_list(event.get("tool_calls")))):
            known = at < len(self._has_arguments)
            name = None if known else as_text(call.get("name")) or None
            arguments = "" if known and self._has_arguments[at] else as_json(call.get("parameters") or {})
            deltas.append(ToolCallDelta(at, None, name, arguments, complete=True))
            if not known:
                self._has_arguments.append(True)
        plan = "" if self._planned else as_text(event.get("text"))
        return {"tool_calls": tuple(deltas), "tool_plan": plan}

    def _read_end(self, event: dict[str, Any]) -> dict[str, Any]:
        self.done = True
        self._template.forget()
        response = as_dict(event.get("response"))
        reason = as_text(event.get("finish_reason") or response.get("finish_reason"))
        if reason == "ERROR":
            self._fail(self._refused(event))
        elif reason:
            self.finish_seen = self.saw_content = True
        else:
            self._cut("stream-end came")
        identity = as_text(response.get("generation_id")) or None
        usage = _usage(as_dict(response.get("meta")))
        return {"finish_reasons": [reason] if reason else None, "usage": usage, "id": identity}

    def _refused(self, event: dict[str, Any]) -> StreamError:
        """Return the error that ``stream-end`` reports."""
        message = as_text(event.get("error")) or "The provider ended the answer with an error."
        return provider_error(message, provider=self._provider)


def _usage(raw: dict[str, Any]) -> Usage | None:
    """Return the tokens that were used, or the billed tokens where the server sends no others."""
    tokens = as_dict(raw.get("tokens")) or as_dict(raw.get("billed_units"))
    if not tokens:
        return None
    return Usage(
        input_tokens=as_count(tokens, "input_tokens"),
        output_tokens=as_count(tokens, "output_tokens"),
        cached_tokens=as_count(raw, "cached_tokens"),
        raw=raw,
    ).with_total()
