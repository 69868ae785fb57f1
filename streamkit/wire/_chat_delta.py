"""One choice of one chat event, read into the fields of a chunk."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any, cast

from ..chunk import Image, ToolCallDelta


@dataclass(slots=True)
class ChoiceState:
    """What must be remembered of a choice from event to event."""

    ended: bool = False
    audio: bool = False
    calls: dict[object, int] = field(default_factory=dict[object, int])
    ids: list[str | None] = field(default_factory=list["str | None"])
    bits: str = ""
    """Base64 characters that do not yet make whole bytes."""


def read_choice(choice: dict[str, Any], state: ChoiceState) -> tuple[dict[str, Any], bool]:
    """Read one choice of an event.

    Args:
        choice: The provider's object.
        state: What the choice has told before; updated.

    Returns:
        The chunk's fields that are not at their default, and whether there is content among them.
    """
    told: dict[str, Any] = {}
    delta = choice.get("delta")
    if isinstance(delta, dict):
        _read_delta(cast("dict[str, Any]", delta), state, told)
    reason = choice.get("finish_reason")
    content = bool(told)
    if reason:
        told["finish_reasons"] = [str(reason)]
        state.ended = True
    return told, content


def _read_delta(delta: dict[str, Any], state: ChoiceState, told: dict[str, Any]) -> None:
    content = delta.get("content")
    if isinstance(content, str):
        if content:
            told["content"] = content
    elif isinstance(content, list):
        _read_parts(cast("list[Any]", content), told)
    # The same text may stand under both names, and a third time in reasoning_details: take one.
    thinking = delta.get("reasoning_content") or delta.get("reasoning")
    if isinstance(thinking, str) and thinking:
        told["thinking"] = thinking
    refusal = delta.get("refusal")
    if isinstance(refusal, str) and refusal:
        told["refusal"] = refusal
    calls = _calls(delta)
    if calls:
        told["tool_calls"] = tuple(_read_call(call, state) for call in calls)
    if delta.get("audio"):
        _read_audio(delta["audio"], state, told)
    if delta.get("annotations"):
        told["citations"] = tuple(delta["annotations"])
    if delta.get("images"):
        told["images"] = tuple(_read_image(image) for image in delta["images"])


def _read_parts(parts: list[Any], told: dict[str, Any]) -> None:
    """Read content that comes as a list of typed parts (Mistral)."""
    text, thinking, citations = "", "", list[Any]()
    for part in parts:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text":
            text += part.get("text") or ""
        elif kind == "thinking":
            thinking += _thinking_text(part.get("thinking"))
        elif kind == "reference":
            citations.append(part)
        elif isinstance(part, str):
            text += part
    if text:
        told["content"] = text
    if thinking:
        told["thinking"] = thinking
    if citations:
        told["citations"] = tuple(citations)


def _thinking_text(value: object) -> str:
    if isinstance(value, str):
        return value
    parts = cast("list[Any]", value) if isinstance(value, list) else []
    return "".join(part.get("text") or "" for part in parts if isinstance(part, dict))


def _calls(delta: dict[str, Any]) -> list[dict[str, Any]]:
    found = delta.get("tool_calls")
    if isinstance(found, list):
        return [call for call in cast("list[Any]", found) if isinstance(call, dict)]
    legacy = delta.get("function_call")
    return [{"index": 0, "function": legacy}] if isinstance(legacy, dict) else []


def _read_call(call: dict[str, Any], state: ChoiceState) -> ToolCallDelta:
    given = call.get("function")
    function = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    call_id = call.get("id") or None
    at = _place(call.get("index"), call_id, bool(function.get("name")), state)
    fresh_id = call_id if call_id != state.ids[at] else None
    if fresh_id is not None:
        state.ids[at] = fresh_id
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else _as_json(arguments)
    return ToolCallDelta(at, fresh_id, function.get("name") or None, text)


def _place(index: object, call_id: str | None, named: bool, state: ChoiceState) -> int:
    """Which call a piece belongs to: by index if given, else by id, else the last one unless it names a tool.

    A new id at a known index is a new call: some servers number every call 0.
    """
    if index is not None:
        known = state.calls.get(index)
        if known is not None and call_id is not None and state.ids[known] not in (None, call_id):
            known = None
        key = index
    elif call_id is not None:
        known, key = state.calls.get(call_id), call_id
    else:
        known, key = (None if named or not state.ids else len(state.ids) - 1), object()
    if known is None:
        known = len(state.ids)
        state.ids.append(None)
        state.calls[key] = known
    return known


def _as_json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _read_audio(audio: Any, state: ChoiceState, told: dict[str, Any]) -> None:
    state.audio = True
    if not isinstance(audio, dict):
        return
    given = cast("dict[str, Any]", audio)
    if isinstance(given.get("transcript"), str) and given["transcript"]:
        told["audio_transcript"] = given["transcript"]
    if isinstance(given.get("data"), str):
        data = _decoded(given["data"], state)
        if data:
            told["audio"] = data


def _decoded(text: str, state: ChoiceState) -> bytes:
    """Decode base64 that may be cut anywhere; padding ends a piece that decodes alone."""
    text = state.bits + text
    whole = len(text) - len(text) % 4
    state.bits = text[whole:]
    try:
        return base64.b64decode(text[:whole], validate=True)
    except binascii.Error as error:
        raise ValueError(f"audio is not base64: {error}") from None


def _read_image(image: Any) -> Image:
    url = ""
    if isinstance(image, dict):
        given = cast("dict[str, Any]", image)
        inner = given.get("image_url")
        url = str(cast("dict[str, Any]", inner).get("url") or "") if isinstance(inner, dict) else ""
    head, comma, data = url.partition(";base64,")
    if not (comma and head.startswith("data:")):
        return Image(url=url or None)
    return Image(data=base64.b64decode(data), media_type=head.removeprefix("data:"))
