"""A chat response of Cohere's, rebuilt from its events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..lenient_json import as_dict

if TYPE_CHECKING:
    from ...response import Response


def answer(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the response.

    Args:
        events: The events, parsed.
        response: What they fold to.
    """
    ends = [as_dict(event.get("delta")) for event in events if event.get("type") == "message-end"]
    last = ends[-1] if ends else {}
    content = _content(events)
    told: dict[str, Any] = {"role": "assistant"}
    if content:
        told["content"] = content
    if response.tool_plan:
        told["tool_plan"] = response.tool_plan
    if response.tool_calls:
        told["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_text}}
            for call in response.tool_calls
        ]
    if response.citations:
        told["citations"] = list(response.citations)
    probable = [event["logprobs"] for event in events if event.get("logprobs")]
    return {"id": response.id, **last, **({"logprobs": probable} if probable else {}), "message": told}


def _content(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    blocks: dict[int, dict[str, Any]] = {}
    for event in events:
        if event.get("type") not in ("content-start", "content-delta"):
            continue
        told = as_dict(as_dict(as_dict(event.get("delta")).get("message")).get("content"))
        block = blocks.setdefault(event.get("index") or 0, {"type": told.get("type", "text")})
        for name in ("text", "thinking"):
            if told.get(name):
                block["type"] = name
                block[name] = block.get(name, "") + told[name]
    return [block for _, block in sorted(blocks.items()) if len(block) > 1]


def next_turn(found: dict[str, Any], response: Response) -> dict[str, Any]:
    """Make the message of a next turn, without calls that were cut.

    Args:
        found: The rebuilt response.
        response: What its events fold to.
    """
    complete = {call.id for call in response.tool_calls if call.complete}
    told = {name: value for name, value in found["message"].items() if name != "citations"}
    if "tool_calls" in told:
        told["tool_calls"] = [call for call in told["tool_calls"] if call["id"] in complete]
        if not told["tool_calls"]:
            del told["tool_calls"]
    return told if told.get("content") or told.get("tool_calls") else {**told, "content": response.content}


def answer_v1(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild a response of the older wire, whose last event repeats it whole.

    Args:
        events: The events, parsed.
        response: What they fold to.
    """
    for event in reversed(events):
        if event.get("event_type") == "stream-end":
            return {**as_dict(event.get("response")), "finish_reason": event.get("finish_reason")}
    return {"text": response.content, "generation_id": response.id}
