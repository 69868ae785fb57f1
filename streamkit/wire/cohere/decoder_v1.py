"""The chat wire of Cohere, version 1: lines of JSON, the last of which repeats the whole answer."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Unpack

from ...chunk import Chunk, ToolCallDelta, Usage
from ...errors import StreamError, provider_error
from ..event_decoder import EventDecoder, Options
from ..framing.ndjson import LineFramer
from ..lenient_json import as_count, as_dict, as_json, as_list, as_text

_CONTENT = frozenset(
    {
        *("text-generation", "citation-generation", "tool-calls-chunk", "tool-calls-generation"),
        *("search-queries-generation", "search-results"),
    }
)


class CohereV1Decoder(EventDecoder):
    """Decode a v1 chat stream: ``stream-end`` is the proof, if its reason is no error, and the sentinel too."""

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
        self._told: list[bool] = []
        """Of each tool call that has begun in pieces: whether arguments have come."""

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        kind = as_text(event.get("event_type"))
        told: dict[str, Any] = {}
        if kind in _CONTENT:
            self.saw_content = True
        if kind == "stream-start":
            told["id"] = as_text(event.get("generation_id")) or None
        elif kind == "text-generation":
            told["content"] = as_text(event.get("text"))
        elif kind == "citation-generation":
            told["citations"] = tuple(as_list(event.get("citations")))
        elif kind == "tool-calls-chunk":
            told = self._read_piece(event)
        elif kind == "tool-calls-generation":
            told = self._read_calls(event)
        elif kind == "stream-end":
            told = self._read_end(event)
        chunks.append(self._chunk(payload, told))

    def _read_piece(self, event: dict[str, Any]) -> dict[str, Any]:
        delta = as_dict(event.get("tool_call_delta"))
        plan = as_text(delta.get("text") or event.get("text"))
        self._planned = self._planned or bool(plan)
        name, arguments = as_text(delta.get("name")) or None, as_json(delta.get("parameters"))
        told: dict[str, Any] = {"tool_plan": plan}
        if name is None and not arguments:
            return told
        given = as_count(delta, "index")
        index = (len(self._told) if name else len(self._told) - 1) if given is None else given
        if not 0 <= index <= len(self._told) or (index == len(self._told) and name is None):
            raise ValueError(f"arguments for tool call {given}, which has not begun")
        if index == len(self._told):
            self._template.forget()
            self._told.append(False)
        self._told[index] = self._told[index] or bool(arguments)
        return {**told, "tool_calls": (ToolCallDelta(index, None, name, arguments),)}

    def _read_calls(self, event: dict[str, Any]) -> dict[str, Any]:
        """Read the calls once more as a whole: only what has not been told in pieces is new."""
        self._template.forget()
        pieces: list[ToolCallDelta] = []
        for at, call in enumerate(map(as_dict, as_list(event.get("tool_calls")))):
            known = at < len(self._told)
            name = None if known else as_text(call.get("name")) or None
            arguments = "" if known and self._told[at] else as_json(call.get("parameters") or {})
            pieces.append(ToolCallDelta(at, None, name, arguments, complete=True))
            if not known:
                self._told.append(True)
        plan = "" if self._planned else as_text(event.get("text"))
        return {"tool_calls": tuple(pieces), "tool_plan": plan}

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
        """Make the error that a ``stream-end`` tells."""
        message = as_text(event.get("error")) or "The provider ended the answer with an error."
        return provider_error(message, provider=self._provider)


def _usage(raw: dict[str, Any]) -> Usage | None:
    """Read the tokens that were used, or the billed ones where there is nothing else."""
    given = as_dict(raw.get("tokens")) or as_dict(raw.get("billed_units"))
    if not given:
        return None
    return Usage(
        input_tokens=as_count(given, "input_tokens"),
        output_tokens=as_count(given, "output_tokens"),
        cached_tokens=as_count(raw, "cached_tokens"),
        raw=raw,
    )
