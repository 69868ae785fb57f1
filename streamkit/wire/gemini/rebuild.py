"""Rebuilds an answer of Gemini's from the events, and builds the object of google-genai."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from ..._compat.private import google_reader
from ..format import Event, sdk_class
from ..lenient_json import as_dict, as_dicts

if TYPE_CHECKING:
    from ...response import Choice, Response
    from ...tool import ToolCall


def answer(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the content."""
    rebuilt: dict[str, Any] = {}
    for event in events:
        rebuilt |= {name: value for name, value in event.items() if name != "candidates" and value is not None}
    choices = {choice.index: choice for choice in response.choices}
    by_index = [(index, list(_raw_candidates(events, index))) for index in sorted(choices)]
    candidates = [_candidate(index, each, choices[index]) for index, each in by_index if each]
    return {"candidates": candidates, **rebuilt} if candidates else rebuilt


def _raw_candidates(events: Sequence[dict[str, Any]], index: int) -> Iterator[dict[str, Any]]:
    for event in events:
        for candidate in as_dicts(event.get("candidates")):
            if (candidate.get("index") or 0) == index:
                yield candidate


def _candidate(index: int, events: list[dict[str, Any]], choice: Choice) -> dict[str, Any]:
    rebuilt: dict[str, Any] = {"index": index}
    parts: list[dict[str, Any]] = []
    calls = iter(choice.tool_calls)
    for each in events:
        rebuilt |= {name: value for name, value in each.items() if name != "content" and value is not None}
        for part in as_dicts(as_dict(each.get("content")).get("parts")):
            _add(parts, dict(part), calls)
    if choice.finish_reasons:  # the name of the reason, for which the events may have a number
        rebuilt["finishReason"] = choice.finish_reasons[0]
    return {**rebuilt, "content": {"role": "model", "parts": parts}}


def _add(parts: list[dict[str, Any]], part: dict[str, Any], calls: Iterator[ToolCall]) -> None:
    last = parts[-1] if parts else {}
    if "functionCall" in part:
        given = cast("dict[str, Any]", part["functionCall"] or {})
        if given.get("name"):  # later parts of the same call have no name
            parts.append({**part, "functionCall": _call(given, next(calls, None))})
        return
    text = part.get("text")
    same = text is not None and "text" in last and bool(last.get("thought")) == bool(part.get("thought"))
    if same and "thoughtSignature" not in last:
        last["text"] += text
        last |= {name: value for name, value in part.items() if name != "text"}
    elif part and part != {"text": ""}:
        parts.append(part)


def _call(given: dict[str, Any], call: ToolCall | None) -> dict[str, Any]:
    rebuilt = {name: value for name, value in given.items() if name not in ("partialArgs", "willContinue")}
    if call is None or ("partialArgs" not in given and not given.get("willContinue")):
        return rebuilt
    try:
        return {**rebuilt, "args": json.loads(call.arguments_text or "{}")}
    except ValueError:
        return {**rebuilt, "args": {}}


def next_turn(rebuilt: dict[str, Any], response: Response) -> dict[str, Any]:
    """Return the message of a next turn: the parts unchanged, without unsigned thoughts and incomplete calls."""
    candidates = as_dicts(rebuilt.get("candidates"))
    calls = iter(response.tool_calls)
    parts = [part for part in (candidates[0]["content"]["parts"] if candidates else ()) if _is_whole(part, calls)]
    return {"role": "model", "parts": parts}


def _is_whole(part: dict[str, Any], calls: Iterator[ToolCall]) -> bool:
    if "functionCall" in part:
        call = next(calls, None)
        return call is not None and call.complete
    return not part.get("thought") or "thoughtSignature" in part


def sdk_object(raw: Event) -> Any:
    """Build the SDK's object; give a plain dict where google-genai is not installed or fails."""
    try:
        cls = sdk_class("google.genai.types:GenerateContentResponse")
    except ImportError:
        return raw
    try:
        return google_reader(cls)(response=raw, kwargs={})  # the public constructor refuses unknown fields
    except AttributeError:  # the SDK takes no enum that is a number
        return raw
