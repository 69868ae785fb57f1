"""A generated content of Gemini's, rebuilt from its events: its parts in their order, each with its signature."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from ..lenient_json import as_dict, as_dicts

if TYPE_CHECKING:
    from ...response import Choice, Response
    from ...tool import ToolCall


def answer(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the content.

    Args:
        events: The events, parsed.
        response: What they fold to.
    """
    found: dict[str, Any] = {}
    for event in events:
        found |= {name: value for name, value in event.items() if name != "candidates" and value is not None}
    told = [(index, list(_told(events, index))) for index in sorted({choice.index for choice in response.choices})]
    choices = {choice.index: choice for choice in response.choices}
    candidates = [_candidate(index, each, choices[index]) for index, each in told if each]
    return {"candidates": candidates, **found} if candidates else found


def _told(events: Sequence[dict[str, Any]], index: int) -> Iterator[dict[str, Any]]:
    for event in events:
        for candidate in as_dicts(event.get("candidates")):
            if (candidate.get("index") or 0) == index:
                yield candidate


def _candidate(index: int, told: list[dict[str, Any]], choice: Choice) -> dict[str, Any]:
    found: dict[str, Any] = {"index": index}
    parts: list[dict[str, Any]] = []
    calls = iter(choice.tool_calls)
    for each in told:
        found |= {name: value for name, value in each.items() if name != "content" and value is not None}
        for part in as_dicts(as_dict(each.get("content")).get("parts")):
            _add(parts, dict(part), calls)
    if choice.finish_reasons:  # by its name, where the events have a number
        found["finishReason"] = choice.finish_reasons[0]
    return {**found, "content": {"role": "model", "parts": parts}}


def _add(parts: list[dict[str, Any]], part: dict[str, Any], calls: Iterator[ToolCall]) -> None:
    last = parts[-1] if parts else {}
    if "functionCall" in part:
        given = cast("dict[str, Any]", part["functionCall"] or {})
        if given.get("name"):  # later pieces of the same call bring no name
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
    found = {name: value for name, value in given.items() if name not in ("partialArgs", "willContinue")}
    if call is None or ("partialArgs" not in given and not given.get("willContinue")):
        return found
    try:
        return {**found, "args": json.loads(call.arguments_text or "{}")}
    except ValueError:
        return {**found, "args": {}}


def next_turn(found: dict[str, Any], response: Response) -> dict[str, Any]:
    """Make the message of a next turn: its parts as they came, without thoughts and calls that were cut.

    Args:
        found: The rebuilt content.
        response: What its events fold to.
    """
    candidates = as_dicts(found.get("candidates"))
    calls = iter(response.tool_calls)
    parts = [part for part in (candidates[0]["content"]["parts"] if candidates else ()) if _is_whole(part, calls)]
    return {"role": "model", "parts": parts}


def _is_whole(part: dict[str, Any], calls: Iterator[ToolCall]) -> bool:
    if "functionCall" in part:
        call = next(calls, None)
        return call is not None and call.complete
    return not part.get("thought") or "thoughtSignature" in part
