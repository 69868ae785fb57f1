"""The items of a Responses answer: what each has told so far, and what an event adds to that.

A text is told in deltas and then once more as a whole, up to four times: whatever a server leaves out of
the deltas is taken from the first whole that comes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..chunk import Image, ToolCallDelta
from ._json import as_count, as_dict, as_list, as_text

Told: TypeAlias = dict[str, Any]
"""Fields of a chunk."""
_Place: TypeAlias = "int | str"

# What the deltas of a text begin with; the field of the chunk; what numbers the texts of an item.
TEXTS = {
    "response.output_text": ("content", "content_index"),
    "response.refusal": ("refusal", "content_index"),
    "response.reasoning_text": ("thinking", "content_index"),
    "response.reasoning_summary_text": ("thinking", "summary_index"),
}
# The same texts where they stand as a whole in their item.
_WHOLE = {
    "output_text": "response.output_text",
    "refusal": "response.refusal",
    "reasoning_text": "response.reasoning_text",
    "summary_text": "response.reasoning_summary_text",
}
_CALLS = ("function_call", "custom_tool_call")


@dataclass(slots=True)
class Part:
    """A text of an item, or the arguments of a call.

    Args:
        block: Its number among all of them.
        into: The field of the chunk that it is for.
        pieces: The strings that it was told in, until it is whole.
        whole: It has been told as a whole.
        sources: How many citations it has given.
    """

    block: int
    into: str
    pieces: list[str] = field(default_factory=list[str])
    whole: bool = False
    sources: int = 0


@dataclass(slots=True)
class Call(Part):
    """A tool call.

    Args:
        at: Its number among the calls.
        custom: It takes a text instead of JSON; the chunks have that text as a JSON string.
        named: Its id and name have been told.
        closed: It has come to its own end.
    """

    at: int = 0
    custom: bool = False
    named: bool = False
    closed: bool = False


class Items:
    """What the items of one answer have told.

    Args:
        note: Leaves a note for the log.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self.gap = False
        """Events are missing: a whole that differs from its deltas is no matter of taste."""
        self._note = note
        self._parts: dict[tuple[_Place, str, int], Part] = {}
        self._calls: dict[_Place, Call] = {}
        self._seen: set[_Place] = set()

    def text(self, stem: str, event: Told) -> tuple[Part, Told]:
        """Take a delta of a text."""
        part = self._part(_place(event), stem, as_count(event, TEXTS[stem][1]) or 0)
        piece = as_text(event.get("delta"))
        part.pieces.append(piece)
        return part, {"block": part.block, part.into: piece}

    def whole_text(self, stem: str, event: Told) -> list[Told]:
        """Take a text as a whole, and tell what its deltas left out."""
        text = as_text(event.get("refusal" if stem == "response.refusal" else "text"))
        return self._whole(self._part(_place(event), stem, as_count(event, TEXTS[stem][1]) or 0), text)

    def whole_part(self, event: Told) -> list[Told]:
        """Take a part of a message as a whole."""
        return self._inner(_place(event), as_count(event, "content_index") or 0, as_dict(event.get("part")))

    def citation(self, event: Told) -> Told:
        """Take one source of a text."""
        part = self._part(_place(event), "response.output_text", as_count(event, "content_index") or 0)
        annotation = event.get("annotation")
        part.sources += 1
        return {"block": part.block, "citations": (annotation,) if annotation else ()}

    def arguments(self, event: Told, *, custom: bool) -> tuple[Call, Told]:
        """Take a delta of a call's arguments."""
        call = self._call(_place(event), custom=custom)
        if call.closed:
            raise ValueError(f"tool call {call.at} goes on after its end")
        piece = as_text(event.get("delta"))
        told = self._piece(call, _quoted(call, piece) if custom else piece)
        call.pieces.append(piece)
        return call, told

    def whole_arguments(self, event: Told, *, custom: bool) -> list[Told]:
        """Take a call's arguments as a whole; none at all may be those of a call that was cut before them."""
        call, text = self._call(_place(event), custom=custom), as_text(event.get("input" if custom else "arguments"))
        return self._close(call, text) if text else []

    def begin(self, event: Told) -> list[Told]:
        """Take the beginning of an item."""
        item, place = as_dict(event.get("item")), _place(event)
        self._seen.add(place)
        if item.get("type") not in _CALLS:
            return []
        call = self._call(place, custom=item.get("type") == "custom_tool_call")
        return [self._piece(call, "", item)]

    def end(self, event: Told) -> list[Told]:
        """Take a whole item, and tell what was left out before."""
        item, place = as_dict(event.get("item")), _place(event)
        self._seen.add(place)
        kind = as_text(item.get("type"))
        if kind in _CALLS:
            return self._end_call(place, item, custom=kind == "custom_tool_call")
        if kind == "image_generation_call":
            return self._image(item)
        told: list[Told] = []
        for name in ("summary", "content") if kind in ("message", "reasoning") else ():
            for at, each in enumerate(as_list(item.get(name))):
                told += self._inner(place, at, as_dict(each))
        if kind == "reasoning" and (secret := as_text(item.get("encrypted_content"))):
            told.append({"redacted_thinking": secret})
        return told

    def output(self, items: list[Any]) -> list[Told]:
        """Take the whole answer at its end, if nothing of it has come before."""
        if self._seen or self._parts or self._calls:
            return []
        return [told for at, item in enumerate(items) for told in self.end({"output_index": at, "item": item})]

    def _end_call(self, place: _Place, item: Told, *, custom: bool) -> list[Told]:
        call = self._call(place, custom=custom)
        named = [] if call.named else [self._piece(call, "", item)]
        if item.get("status") == "incomplete":
            return named
        return named + self._close(call, as_text(item.get("input" if custom else "arguments")))

    def _close(self, call: Call, text: str) -> list[Told]:
        rest = _rest(call.pieces, text)
        if rest is None and (call.custom or not _same_json("".join(call.pieces), text)):
            raise ValueError(f"the arguments of tool call {call.at} are told twice, and differ")
        if call.closed:
            return []
        call.closed = True
        last = _quoted(call, rest or "") + '"' if call.custom else rest or ""
        return [self._piece(call, last, complete=True)]

    def _piece(self, call: Call, arguments: str, item: Told | None = None, *, complete: bool = False) -> Told:
        call_id = name = None
        if item is not None and not call.named:
            call.named = True
            call_id = as_text(item.get("call_id")) or as_text(item.get("id")) or None
            name = as_text(item.get("name")) or None
        return {"block": call.block, "tool_calls": (ToolCallDelta(call.at, call_id, name, arguments, complete),)}

    def _inner(self, place: _Place, at: int, given: Told) -> list[Told]:
        """Take a text that stands in its item."""
        stem = _WHOLE.get(as_text(given.get("type")))
        if stem is None:
            return []
        into = TEXTS[stem][0]
        if any(key[0] == place and key[1] != stem and part.into == into for key, part in self._parts.items()):
            return []  # the same thinking once more, as a summary or as it was
        part = self._part(place, stem, at)
        told = self._whole(part, as_text(given.get("refusal" if stem == "response.refusal" else "text")))
        sources = as_list(given.get("annotations"))[part.sources :]
        if sources:
            part.sources += len(sources)
            told.append({"block": part.block, "citations": tuple(sources)})
        return told

    def _whole(self, part: Part, text: str) -> list[Told]:
        if part.whole:
            return []
        rest = _rest(part.pieces, text)
        if rest is None:
            if self.gap:
                raise ValueError("a text differs from its deltas, of which some are missing")
            self._note("text_differs")
        part.whole, part.pieces = True, []
        return [{"block": part.block, part.into: rest}] if rest else []

    def _part(self, place: _Place, stem: str, at: int) -> Part:
        key = (place, stem, at)
        if key not in self._parts:
            self._parts[key] = Part(self._block(), TEXTS[stem][0])
        return self._parts[key]

    def _call(self, place: _Place, *, custom: bool) -> Call:
        if place not in self._calls:
            self._calls[place] = Call(self._block(), "tool_calls", at=len(self._calls), custom=custom)
        return self._calls[place]

    def _block(self) -> int:
        return len(self._parts) + len(self._calls)

    def _image(self, item: Told) -> list[Told]:
        data = as_text(item.get("result"))
        try:
            image = base64.b64decode(data, validate=True)
        except ValueError:
            self._note("image_not_base64")
            return []
        return [{"images": (Image(image, f"image/{as_text(item.get('output_format')) or 'png'}"),)}] if data else []


def _place(event: Told) -> _Place:
    """Which item an event is about: some gateways change the id from event to event, but not the index."""
    index = as_count(event, "output_index")
    return as_text(event.get("item_id")) if index is None else index


def _rest(pieces: list[str], text: str) -> str | None:
    """What a whole adds to its pieces; None if it is another text."""
    told = "".join(pieces)
    if not text:
        return ""
    return text[len(told) :] if text.startswith(told) else None


def _same_json(one: str, other: str) -> bool:
    try:
        return json.loads(one) == json.loads(other)
    except (ValueError, RecursionError):
        return False


def _quoted(call: Call, text: str) -> str:
    """Return more of a custom tool's text as more of a JSON string."""
    return ("" if call.pieces else '"') + json.dumps(text, ensure_ascii=False)[1:-1]
