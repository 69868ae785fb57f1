"""One choice of one chat event, read into the fields of a chunk."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from ..chunk import Image, ToolCallDelta
from ._base64 import Base64Pieces
from ._json import as_dict, as_json, as_list, as_text


@dataclass(slots=True)
class _Call:
    """How a call has been named so far."""

    id: str | None
    name: str | None

    def differs(self, call_id: str | None, name: str | None) -> bool:
        """Whether a piece of that id and name belongs to another call."""
        if call_id is not None and self.id is not None:
            return call_id != self.id
        return name is not None and self.name is not None and name != self.name


@dataclass(slots=True)
class ChoiceState:
    """What must be remembered of a choice from event to event."""

    ended: bool = False
    audio: bool = False
    calls: list[_Call] = field(default_factory=list[_Call])
    places: dict[object, int] = field(default_factory=dict[object, int])
    """Where in ``calls`` the last call of an index stands."""
    sound: Base64Pieces = field(default_factory=Base64Pieces)


def read_choice(choice: dict[str, Any], state: ChoiceState) -> tuple[dict[str, Any], bool]:
    """Read one choice of an event.

    Args:
        choice: The provider's object.
        state: What the choice has told before; updated.

    Returns:
        The chunk's fields that are not at their default, and whether there is content among them.
    """
    told: dict[str, Any] = {}
    delta = as_dict(choice.get("delta"))
    if delta:
        _read_delta(delta, state, told)
    content = bool(told)
    reason = as_text(choice.get("finish_reason"))
    if reason:
        told["finish_reasons"] = [reason]
        state.ended = True
    return told, content


def _read_delta(delta: dict[str, Any], state: ChoiceState, told: dict[str, Any]) -> None:
    content = delta.get("content")
    if text := as_text(content):
        told["content"] = text
    elif content:
        _read_parts(as_list(content), told)
    # The same text may stand under both names, and a third time in reasoning_details: take one.
    if thinking := as_text(delta.get("reasoning_content") or delta.get("reasoning")):
        told["thinking"] = thinking
    if refusal := as_text(delta.get("refusal")):
        told["refusal"] = refusal
    if calls := _calls(delta):
        told["tool_calls"] = tuple(_read_call(call, state) for call in calls)
    if audio := as_dict(delta.get("audio")):
        _read_audio(audio, state, told)
    if sources := as_list(delta.get("annotations")):
        told["citations"] = (*told.get("citations", ()), *sources)
    if images := as_list(delta.get("images")):
        told["images"] = tuple(_read_image(as_dict(image)) for image in images)


def _read_parts(parts: list[Any], told: dict[str, Any]) -> None:
    """Read content that comes as a list of typed parts (Mistral)."""
    text, thinking, citations = "", "", list[Any]()
    for part in parts:
        fields = as_dict(part)
        text += as_text(part)
        if fields.get("type") == "text":
            text += as_text(fields.get("text"))
        elif fields.get("type") == "thinking":
            thinking += _thinking_text(fields.get("thinking"))
        elif fields.get("type") == "reference":
            citations.append(fields)
    found = {"content": text, "thinking": thinking, "citations": tuple(citations)}
    told.update((name, value) for name, value in found.items() if value)


def _thinking_text(value: object) -> str:
    return as_text(value) + "".join(as_text(as_dict(part).get("text")) for part in as_list(value))


def _calls(delta: dict[str, Any]) -> list[dict[str, Any]]:
    if calls := as_list(delta.get("tool_calls")):
        return [call for call in map(as_dict, calls) if call]
    legacy = as_dict(delta.get("function_call"))
    return [{"index": 0, "function": legacy}] if legacy else []


def _read_call(given: dict[str, Any], state: ChoiceState) -> ToolCallDelta:
    function = as_dict(given.get("function"))
    index, call_id, name = given.get("index"), as_text(given.get("id")) or None, as_text(function.get("name")) or None
    at = _place(index, call_id, name, state)
    if at is None:
        at = len(state.calls)
        state.calls.append(_Call(None, None))
    if index is not None:
        state.places[index] = at
    call = state.calls[at]
    fresh_id = None if call_id == call.id else call_id
    call.id, call.name = call_id or call.id, name or call.name
    return ToolCallDelta(at, fresh_id, name, as_json(function.get("arguments")))


def _place(index: object, call_id: str | None, name: str | None, state: ChoiceState) -> int | None:
    """Which call a piece belongs to: by index if given, else by id, else the last one; None for a new call.

    Another id or name at a known index is another call: some servers number every call 0.
    """
    calls = state.calls
    if index is not None:
        at = state.places.get(index)
        if at is None or not calls[at].differs(call_id, name):
            return at
    if call_id is not None and any(call.id == call_id for call in calls):
        return next(at for at, call in enumerate(calls) if call.id == call_id)
    untold = bool(calls) and (call_id is None or calls[-1].id is None)
    return len(calls) - 1 if index is None and name is None and untold else None


def _read_audio(audio: dict[str, Any], state: ChoiceState, told: dict[str, Any]) -> None:
    state.audio = True
    sound = state.sound.feed(as_text(audio.get("data")))
    found = {"audio_transcript": as_text(audio.get("transcript")), "audio": sound}
    told.update((name, value) for name, value in found.items() if value)


def _read_image(image: dict[str, Any]) -> Image:
    url = as_text(as_dict(image.get("image_url")).get("url"))
    head, comma, data = url.partition(";base64,")
    if not (comma and head.startswith("data:")):
        return Image(url=url or None)
    return Image(data=base64.b64decode(data), media_type=head.removeprefix("data:"))
