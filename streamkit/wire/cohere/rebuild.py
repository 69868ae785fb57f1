"""Rebuilds an answer of Cohere's from the events, and builds the SDK's objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..format import Event, SdkBuilder, sdk_class
from ..lenient_json import as_dict

if TYPE_CHECKING:
    from ...response import Response


def answer(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the response."""
    ends = [as_dict(event.get("delta")) for event in events if event.get("type") == "message-end"]
    last = ends[-1] if ends else {}
    content = _content(events)
    message: dict[str, Any] = {"role": "assistant"}
    if content:
        message["content"] = content
    if response.tool_plan:
        message["tool_plan"] = response.tool_plan
    if response.tool_calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_text}}
            for call in response.tool_calls
        ]
    if response.citations:
        message["citations"] = list(response.citations)
    probable = [event["logprobs"] for event in events if event.get("logprobs")]
    return {"id": response.id, **last, **({"logprobs": probable} if probable else {}), "message": message}


def _content(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    blocks: dict[int, dict[str, Any]] = {}
    for event in events:
        if event.get("type") not in ("content-start", "content-delta"):
            continue
        given = as_dict(as_dict(as_dict(event.get("delta")).get("message")).get("content"))
        block = blocks.setdefault(event.get("index") or 0, {"type": given.get("type", "text")})
        for name in ("text", "thinking"):
            if given.get(name):
                block["type"] = name
                block[name] = block.get(name, "") + given[name]
    return [block for _, block in sorted(blocks.items()) if len(block) > 1]


def next_turn(rebuilt: dict[str, Any], response: Response) -> dict[str, Any]:
    """Return the message of a next turn, without incomplete tool calls."""
    complete = {call.id for call in response.tool_calls if call.complete}
    message = {name: value for name, value in rebuilt["message"].items() if name != "citations"}
    if "tool_calls" in message:
        message["tool_calls"] = [_with_arguments(call) for call in message["tool_calls"] if call["id"] in complete]
        if not message["tool_calls"]:
            del message["tool_calls"]
    return message if message.get("content") or message.get("tool_calls") else {**message, "content": response.content}


def _with_arguments(call: dict[str, Any]) -> dict[str, Any]:
    """Return a call whose arguments are JSON: a call without any has sent an empty text."""
    function = call["function"]
    return {**call, "function": {**function, "arguments": function["arguments"] or "{}"}}


def answer_v1(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild a response of version 1, whose last event has the whole response."""
    for event in reversed(events):
        if event.get("event_type") == "stream-end":
            return {**as_dict(event.get("response")), "finish_reason": event.get("finish_reason")}
    return {"text": response.content, "generation_id": response.id}


def construct_type(name: str) -> SdkBuilder:
    """Return a builder of a type of Cohere's."""

    def build(raw: Event) -> Any:
        make = sdk_class("cohere.core.unchecked_base_model:construct_type")
        return make(type_=sdk_class(f"cohere:{name}"), object_=raw)

    return build
