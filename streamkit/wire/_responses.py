"""The Responses wire of OpenAI: numbered events about items, and a last one with the answer's status."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Unpack

from ..chunk import Chunk, Usage
from ..errors import ProviderError
from ._base64 import Base64Pieces
from ._events import EventDecoder, Options
from ._json import as_count, as_dict, as_list, as_text
from ._numbered import NumberedTemplate
from ._responses_items import TEXTS, Call, Items, Part, Told

_DELTA = re.compile(rb'"delta"\s*:\s*"')
_ARGUMENTS = {"response.function_call_arguments": False, "response.custom_tool_call_input": True}
"""What the events of a call's arguments begin with, and whether its tool is a custom one."""
_ENDS = frozenset({"completed", "incomplete", "failed", "cancelled"})
# The ends of a kind of event that bring content; the others tell of progress.
_CONTENT = frozenset({"added", "delta", "done", "partial_image"})


class ResponsesDecoder(EventDecoder):
    """Decode a Responses stream: the proof is ``response.completed`` or ``response.incomplete``.

    The finish reason is the status. An answer that is incomplete because it was filtered says so instead,
    since that is no matter of length.
    """

    strings: ClassVar = {"content": _DELTA, "thinking": _DELTA, "arguments": _DELTA}
    reason = "final status"
    proof = "`response.completed` or `response.incomplete` (`response.failed`, `response.cancelled`: errors)"

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self._template = self._numbered = NumberedTemplate(self.strings)
        self._items = Items(self._note)
        self._audio = Base64Pieces()

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        if self._is_repeated(event, payload):
            self._note("repeated_event_dropped")
            return
        kind = as_text(event.get("type"))
        stem, _, act = kind.rpartition(".")
        if act in _CONTENT:
            self.moved = True
        if kind == "error":  # what is wrong is read where errors of every wire are
            told = [{"finish_reasons": ["failed"]}]
        elif stem == "response":
            told = self._read_whole(act, event)
        else:
            told = self._read_part(stem, act, event)
        chunks += [self._chunk(payload, each) for each in told or [{}]]

    def _is_repeated(self, event: dict[str, Any], payload: bytes) -> bool:
        """Whether this is the last event once more; notes besides whether one is missing."""
        told = self._numbered
        number, last = as_count(event, "sequence_number"), told.number
        if number is None:
            return False
        if told.counting and number == last and payload == told.payload:
            return True
        if told.counting and number > last + 1:
            self._items.gap = True
            self._note("events_missing", after=last)
        told.counting = told.counting or number == last + 1 > 0
        told.number, told.payload = number, payload
        return False

    def _read_part(self, stem: str, act: str, event: dict[str, Any]) -> list[Told]:
        items = self._items
        if act == "delta":
            return [self._read_delta(stem, event)]
        self._numbered.about([])
        if act == "done" and stem in TEXTS:
            return items.whole_text(stem, event)
        if act == "done" and stem in _ARGUMENTS:
            return items.whole_arguments(event, custom=_ARGUMENTS[stem])
        match stem, act:
            case "response.content_part", "done":
                return items.whole_part(event)
            case "response.output_item", "added":
                return items.begin(event)
            case "response.output_item", "done":
                return items.end(event)
            case "response.output_text.annotation", "added":
                return [items.citation(event)]
            case _:
                return []

    def _read_delta(self, stem: str, event: dict[str, Any]) -> Told:
        part: Part | Call
        if stem in TEXTS:
            part, told = self._items.text(stem, event)
        elif stem in _ARGUMENTS:
            part, told = self._items.arguments(event, custom=_ARGUMENTS[stem])
        elif stem == "response.audio":
            return {"audio": self._audio.feed(as_text(event.get("delta")))}
        elif stem == "response.audio.transcript":
            return {"audio_transcript": as_text(event.get("delta"))}
        else:
            return {}
        self._numbered.about(part.pieces, fits=not (isinstance(part, Call) and part.custom))
        return told

    def _read_whole(self, act: str, event: dict[str, Any]) -> list[Told]:
        """Read an event about the answer as a whole."""
        response = as_dict(event.get("response"))
        told: Told = {
            "model": as_text(response.get("model")) or None,
            "id": as_text(response.get("id")) or None,
            "usage": _usage(as_dict(response.get("usage"))),
        }
        if act not in _ENDS:
            return [told]
        status = as_text(response.get("status"))
        return self._end(status if status in _ENDS else act, response, told)

    def _end(self, status: str, response: dict[str, Any], told: Told) -> list[Told]:
        self.closed = True
        self._template.forget()
        if status == "cancelled":
            self._fail(ProviderError("The answer was cancelled.", provider=self._provider, code=status))
        elif status == "failed":
            self._fail(self._failure({"error": response.get("error") or {}}))
        else:
            self.ended = self.moved = True
        why = as_text(as_dict(response.get("incomplete_details")).get("reason"))
        told["finish_reasons"] = [why if status == "incomplete" and why == "content_filter" else status]
        return [*self._items.output(as_list(response.get("output"))), told]


def _usage(raw: dict[str, Any]) -> Usage | None:
    usage = Usage(
        input_tokens=as_count(raw, "input_tokens"),
        output_tokens=as_count(raw, "output_tokens"),
        cached_tokens=as_count(raw, "input_tokens_details", "cached_tokens"),
        reasoning_tokens=as_count(raw, "output_tokens_details", "reasoning_tokens"),
        total_tokens=as_count(raw, "total_tokens"),
        raw=raw,
    )
    return None if usage.input_tokens is usage.output_tokens is usage.total_tokens is None else usage
