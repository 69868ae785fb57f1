"""Decoder of OpenAI's Responses API: numbered events about items, and a last event with the answer's status."""

from __future__ import annotations

import re
from typing import Any, ClassVar, TypeAlias, Unpack

from ...chunk import Chunk, ToolCallDelta, Usage
from ...errors import LimitExceeded, MalformedError, ProviderError, TruncatedError
from ..decoder import Options
from ..event_decoder import EventDecoder
from ..lenient_json import as_dict, as_list, as_text, count_of
from ..openai_chat.decoder import Base64Stream
from ..typed import UNFIT, is_sound
from .item import TEXTS, Call, Fields, Part
from .items import Items
from .numbers import NumberedTemplate, Position
from .typed import PartKey, decode, is_delta

_DELTA = re.compile(rb'"delta"\s*:\s*"')

_ARGUMENTS = {"response.function_call_arguments": False, "response.custom_tool_call_input": True}

"""By prefix of the events of tool arguments: True if the tool is a custom one."""

_Numbered: TypeAlias = "tuple[int, dict[str, Any], bytes]"

"""An event: its number, its parsed form and its bytes."""

_ENDS = frozenset({"completed", "incomplete", "failed", "cancelled"})
# The last words of event types with content; events of other types report progress.
_CONTENT = frozenset({"added", "delta", "done", "partial_image"})


class ResponsesDecoder(EventDecoder):
    """Decodes a Responses stream. The proof of the end is ``response.completed`` or ``response.incomplete``.

    The finish reason is the status, or ``content_filter`` if that made the answer incomplete.
    """

    strings: ClassVar = {"content": _DELTA, "thinking": _DELTA, "arguments": _DELTA}
    has_typed: ClassVar = True
    reason = "final status"
    proof = "`response.completed` or `response.incomplete` (`response.failed`, `response.cancelled`: errors)"

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self._template = self._numbered = NumberedTemplate(self.strings)
        self._order = self._numbered.order
        self._early: _Numbered | None = None
        self._current: tuple[PartKey, Part | Call] | None = None
        """The part of the last event, if that was a delta of it in order: the next one probably goes on."""
        self._items = Items(self._note, api=options["api"])
        self._audio = Base64Stream()
        self._cap = options["cap"]

    def _read_second(self, payload: bytes) -> Chunk | None:
        if self._current is None or not is_delta(payload):
            return None
        return super()._read_second(payload)

    def _read_typed(self, payload: bytes) -> Chunk | None:
        current = self._current
        try:
            event = decode(payload)
        except UNFIT:
            return None
        number, text, order = event.sequence_number, event.delta, self._order
        key = event.type, event.output_index, event.content_index, event.summary_index
        if current is None or key != current[0]:
            return None
        if number is not None and not (order.counting and number == order.number + 1 > 2):
            return None
        if event.object == "error" or not is_sound(payload, len(text)):
            return None
        if number is not None:
            order.number, order.payload = number, payload
        part = current[1]
        self.saw_content = True
        part.emitted.append(text)
        if part.field_name == "content":
            return Chunk(text, None, None, self._provider, payload, self._api, block=part.block)
        value = (ToolCallDelta(part.number, None, None, text),) if isinstance(part, Call) else text
        return self._chunk(payload, {"block": part.block, part.field_name: value})

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        """Read an event, and before or after it one that came too early; an event waits for one other event only."""
        number, early = count_of(event.get("sequence_number")), self._early
        if early is None and not self._order.ahead(number):  # nearly all
            self._read_next(number, event, payload, chunks)
            return
        self._early = None
        if early is not None and (number is None or number >= early[0]):
            self._read_next(*early, chunks)
            early = None
        failed = event.get("type") == "error" or event.get("error")  # no event follows an error
        if early is None and number is not None and self._order.ahead(number) and not failed:
            self._early = number, event, payload
            self._current = None
            self._template.forget()
            return
        self._read_next(number, event, payload, chunks)
        if early is not None:
            self._read_next(*early, chunks)

    def _read_next(self, number: int | None, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        self._current = None
        last = self._order.number
        position = self._order.classify(number, payload)
        if position == "again":
            self._note("repeated_event_dropped")
            return
        if self.done or self.error is not None:
            self._note("after_sentinel_dropped")
            return
        if position != "next":
            self._template.forget()
            self._note_position(position, last, payload, chunks)
        self._items.late = position == "late"
        found = self._read_fields(event)
        if found:
            for fields in found:
                chunks.append(self._chunk(payload, fields))
        else:
            chunks.append(Chunk(provider=self._provider, payload=payload, api=self._api))
        if self._items.buffered > self._cap:  # an event with the complete text would exceed the cap
            message = f"More than {self._cap} characters wait for events that are missing."
            self._fail(LimitExceeded(message, provider=self._provider))

    def _note_position(self, position: Position, last: int, payload: bytes, chunks: list[Chunk]) -> None:
        """Handle an event that is not the next one, before it is read."""
        if position == "gap":
            self._items.note_gap()
            self._note("events_missing", after=last)
        elif position == "restart":
            chunks += [self._chunk(payload, each) for each in self._items.ignore_numbers()]

    def _read_fields(self, event: dict[str, Any]) -> list[Fields]:
        kind = as_text(event.get("type"))
        stem, _, act = kind.rpartition(".")
        if act in _CONTENT:
            self.saw_content = True
        if kind == "error":  # the base class reads the error itself
            return [*self._items.flush(), {"finish_reasons": ["failed"]}]
        return self._read_whole(act, event) if stem == "response" else self._read_part(stem, act, event)

    def _read_event(self, payload: bytes, chunks: list[Chunk]) -> None:
        super()._read_event(payload, chunks)
        if self.error is not None:
            chunks += [self._chunk(payload, each) for each in self._items.flush()]

    def _end_of_body(self, chunks: list[Chunk]) -> None:
        if self._early is not None:
            early, self._early = self._early, None
            try:
                self._read_next(*early, chunks)
            except (TypeError, ValueError) as error:
                self._fail(MalformedError(f"An event has not the form of this wire: {error}.", provider=self._provider))
        chunks += [Chunk(provider=self._provider, **each) for each in self._items.flush()]

    def _read_part(self, stem: str, act: str, event: dict[str, Any]) -> list[Fields]:
        items = self._items
        if act == "delta":
            fields = self._read_delta(stem, event)
            if not fields:
                self._numbered.about(None)
            return [fields]
        self._numbered.about(None)
        if act == "done" and stem in TEXTS:
            return items.complete_text(stem, event)
        if act == "done" and stem in _ARGUMENTS:
            if items.is_server_side(event):
                return []
            return items.complete_arguments(event, custom=_ARGUMENTS[stem])
        match stem, act:
            case "response.content_part", "done":
                return items.complete_part(event)
            case "response.output_item", "added":
                return items.begin_item(event)
            case "response.output_item", "done":
                return items.end_item(event)
            case "response.output_text.annotation", "added":
                return [items.citation(event)]
            case _:
                return []

    def _read_delta(self, stem: str, event: dict[str, Any]) -> Fields:
        part: Part | Call
        if stem in TEXTS:
            part, fields = self._items.text(stem, event)
        elif stem in _ARGUMENTS and not self._items.is_server_side(event):
            part, fields = self._items.arguments(event, custom=_ARGUMENTS[stem])
        elif stem == "response.audio":
            return {"audio": self._audio.feed(as_text(event.get("delta")))}
        elif stem == "response.audio.transcript":
            return {"audio_transcript": as_text(event.get("delta"))}
        else:
            return {}
        fits = not (isinstance(part, Call) and part.custom)
        self._numbered.about(part.emitted, fits=fits)
        index = count_of(event.get("output_index"))
        if fields and fits and index is not None:
            texts = count_of(event.get("content_index")), count_of(event.get("summary_index"))
            self._current = (as_text(event.get("type")), index, *texts), part
        return fields

    def _read_whole(self, act: str, event: dict[str, Any]) -> list[Fields]:
        """Read an event about the whole answer."""
        response = as_dict(event.get("response"))
        fields: Fields = {
            "model": as_text(response.get("model")) or None,
            "id": as_text(response.get("id")) or None,
            "usage": _usage(as_dict(response.get("usage"))),
        }
        if act not in _ENDS:
            return [fields]
        status = as_text(response.get("status"))
        return self._end(status if status in _ENDS else act, response, fields)

    def _end(self, status: str, response: dict[str, Any], fields: Fields) -> list[Fields]:
        self.done = True
        self._template.forget()
        found = self._items.output(as_list(response.get("output")))
        incomplete = self._items.is_incomplete(completed=status == "completed")
        found += self._items.flush()
        if status == "cancelled":
            self._fail(ProviderError("The answer was cancelled.", provider=self._provider, code=status))
        elif status == "failed":
            self._fail(self._failure({"error": response.get("error") or {}}))
        elif incomplete:
            message = "The answer is cut: events are missing, and no other brings the whole of what they were about."
            self._fail(TruncatedError(message, provider=self._provider))
            return [*found, fields]
        else:
            self.finish_seen = self.saw_content = True
        why = as_text(as_dict(response.get("incomplete_details")).get("reason"))
        fields["finish_reasons"] = [why if status == "incomplete" and why == "content_filter" else status]
        return [*found, fields]


def _usage(raw: dict[str, Any]) -> Usage | None:
    if not raw:
        return None
    details, output = as_dict(raw.get("input_tokens_details")), as_dict(raw.get("output_tokens_details"))
    usage = Usage(
        input_tokens=count_of(raw.get("input_tokens")),
        output_tokens=count_of(raw.get("output_tokens")),
        cached_tokens=count_of(details.get("cached_tokens")),
        reasoning_tokens=count_of(output.get("reasoning_tokens")),
        total_tokens=count_of(raw.get("total_tokens")),
        raw=raw,
        cache_write_tokens=count_of(details.get("cache_write_tokens")),
    )
    return None if usage.input_tokens is usage.output_tokens is usage.total_tokens is None else usage.with_total()
