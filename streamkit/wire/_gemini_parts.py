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
        reason: The last finish reason that it has given.
        ended: That reason stands behind its last part, which is no work of the server's: nothing is missing if
            the body ends here.
        waits: Its last part asks the server to run something, and the outcome has not come.
        calls: How many tool calls it has begun.
        text: The arguments of a call that comes in pieces; None if no such call is open.
        lost: Something about that call could not be put in order: it will not become complete.
    """

    reason: str = ""
    ended: bool = False
    waits: bool = False
    calls: int = 0
    text: ArgumentsText | None = None
    lost: bool = False


# What the model has the server do in the middle of an answer: it goes on when the outcome is there.
_ASKS = ("executableCode", "toolCall")
_WORK = (*_ASKS, "codeExecutionResult", "toolResponse")


def settle(parts: list[Any], reason: str, candidate: Candidate) -> None:
    """Note how an event leaves its candidate: whether a reason has come, and whether it may be the last.

    The server gives a reason also where the model pauses to have something run.

    Args:
        parts: The event's parts.
        reason: The finish reason that it gives; empty if it gives none.
        candidate: Updated.
    """
    last = next((part for part in reversed([*map(as_dict, parts)]) if _is_content(part)), None)
    if last is not None:
        candidate.waits = any(name in last for name in _ASKS)
    works = candidate.waits or (last is not None and any(name in last for name in _WORK))
    if reason:
        candidate.reason = reason
        candidate.ended = not works
    elif last is not None:
        candidate.ended = False  # the answer has gone on behind its reason


def _is_content(part: dict[str, Any]) -> bool:
    """Whether a part is more than empty text and a signature."""
    return any(name not in ("thought", "thoughtSignature") and value not in ("", None) for name, value in part.items())


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
