"""The parts of one Gemini event, read into the fields of a chunk."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from ..chunk import Image, ToolCallDelta
from ._json import as_dict, as_json, as_list, as_text
from ._partial_args import ArgumentsText


@dataclass(slots=True)
class Candidate:
    """What must be remembered of a candidate from event to event.

    Args:
        ended: It has given its finish reason.
        calls: How many tool calls it has begun.
        text: The arguments of a call that is being told in pieces; None if there is no such call.
        lost: Something about that call could not be put in order: it will not become complete.
    """

    ended: bool = False
    calls: int = 0
    text: ArgumentsText | None = None
    lost: bool = False


def read_parts(parts: list[Any], candidate: Candidate) -> tuple[dict[str, Any], bool]:
    """Read the parts of an event.

    Args:
        parts: The provider's objects.
        candidate: What its candidate has told before; updated.

    Returns:
        The chunk's fields, and whether there is anything in the parts at all: what the model does on the
        provider's side, such as running code, is told by no field.
    """
    told: dict[str, Any] = {}
    moved = False
    for part in map(as_dict, parts):
        moved = moved or any(value not in ("", None, {}) for name, value in part.items() if name != "thought")
        signature = as_text(part.get("thoughtSignature"))
        if "functionCall" in part:
            call = as_dict(part.get("functionCall"))
            told["tool_calls"] = (*told.get("tool_calls", ()), *_read_call(call, candidate, signature or None))
            continue
        thought = part.get("thought") is True
        if text := as_text(part.get("text")):
            name = "thinking" if thought else "content"
            told[name] = told.get(name, "") + text
        if signature:
            told["signature"] = told.get("signature", "") + signature
        if not thought:  # pictures that it only thinks in are no part of the answer
            _read_media(part, told)
    return told, moved


def end_call(candidate: Candidate) -> tuple[ToolCallDelta, ...]:
    """Close the call that is being told, if there is one and all of it could be put in order."""
    text, candidate.text = candidate.text, None
    if text is None or candidate.lost:
        return ()
    return (ToolCallDelta(candidate.calls - 1, arguments=text.close(), complete=True),)


def _read_call(call: dict[str, Any], candidate: Candidate, signature: str | None) -> list[ToolCallDelta]:
    pieces: list[ToolCallDelta] = []
    name, arguments = as_text(call.get("name")) or None, as_list(call.get("partialArgs"))
    goes_on = call.get("willContinue") is True
    if name is not None:
        pieces += end_call(candidate)
        index, call_id = candidate.calls, as_text(call.get("id")) or None
        candidate.calls += 1
        if not goes_on and not arguments:
            told = as_json(call.get("args") or {})
            return [*pieces, ToolCallDelta(index, call_id, name, told, complete=True, signature=signature)]
        candidate.text, candidate.lost = ArgumentsText(), False
        pieces.append(ToolCallDelta(index, call_id, name, ArgumentsText.opening, signature=signature))
    if arguments and candidate.text is None:
        raise ValueError("arguments without a function call")
    for each in map(as_dict, arguments):
        if told := _add(candidate, each):
            pieces.append(ToolCallDelta(candidate.calls - 1, arguments=told))
    if not goes_on:
        pieces += end_call(candidate)
    return pieces


def _add(candidate: Candidate, told: dict[str, Any]) -> str:
    """Return the text that one value adds; one that has no place any more spoils its call, not the stream."""
    if candidate.text is None or candidate.lost:
        return ""
    try:
        return candidate.text.add(told)
    except ValueError:
        candidate.lost = True
        return ""


def _read_media(part: dict[str, Any], told: dict[str, Any]) -> None:
    blob, file = as_dict(part.get("inlineData")), as_dict(part.get("fileData"))
    kind = as_text(blob.get("mimeType") or file.get("mimeType"))
    if not kind.startswith(("image/", "audio/")):
        return
    data, url = _decoded(as_text(blob.get("data"))), as_text(file.get("fileUri")) or None
    if kind.startswith("audio/"):
        told["audio"] = told.get("audio", b"") + data
    elif data or url:
        told["images"] = (*told.get("images", ()), Image(data, kind, url))


def _decoded(text: str) -> bytes:
    try:  # in either alphabet: the SDK writes its objects in the one that is safe in addresses
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError as error:
        raise ValueError(f"inline data is not base64: {error}") from None
