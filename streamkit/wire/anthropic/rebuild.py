"""Rebuilds a message of Anthropic's from the events, and builds the SDK's objects."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..format import Event, sdk_class
from ..lenient_json import as_dict

if TYPE_CHECKING:
    from ...response import Response


_GROWS = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
    "compaction_delta": "content",
}
# The stop reasons after which the server goes on with work that has no result yet.
_GOES_ON = ("pause_turn", "tool_use")


def answer(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the message."""
    rebuilt: dict[str, Any] = {"type": "message", "role": "assistant", "stop_reason": None, "stop_sequence": None}
    usage: dict[str, Any] = {}
    blocks: dict[int, dict[str, Any]] = {}
    arguments: dict[int, str] = {}
    for event in events:
        kind = event.get("type")
        if kind == "message_start":
            rebuilt |= event.get("message") or {}
            usage |= rebuilt.get("usage") or {}
        elif kind == "content_block_start":
            blocks[event.get("index", len(blocks))] = dict(event.get("content_block") or {})
        elif kind == "content_block_delta":
            _grow(blocks, arguments, event)
        elif kind == "message_delta":
            rebuilt |= event.get("delta") or {}
            rebuilt |= {name: value for name, value in event.items() if name not in ("type", "delta", "usage")}
            usage |= {name: value for name, value in as_dict(event.get("usage")).items() if value is not None}
    for index, text in arguments.items():
        if index in blocks:
            blocks[index]["input"] = _parsed(text, blocks[index].get("input"))
    return {**rebuilt, "content": [blocks[index] for index in sorted(blocks)], "usage": usage}


def _grow(blocks: dict[int, dict[str, Any]], arguments: dict[int, str], event: dict[str, Any]) -> None:
    index, delta = event.get("index", 0), as_dict(event.get("delta"))
    block = blocks.setdefault(index, {"type": "text"})
    kind = delta.get("type")
    if kind == "input_json_delta":
        arguments[index] = arguments.get(index, "") + (delta.get("partial_json") or "")
    elif kind == "citations_delta":
        block["citations"] = [*(block.get("citations") or []), delta.get("citation")]
    elif kind in _GROWS:
        name = _GROWS[kind]
        block[name] = (block.get(name) or "") + (delta.get(name) or "")


def _parsed(text: str, otherwise: Any) -> Any:
    if not text:
        return otherwise or {}
    try:
        return json.loads(text)
    except ValueError:
        return {}


def next_turn(rebuilt: dict[str, Any], response: Response) -> dict[str, Any]:
    """Return the message of a next turn: signed blocks unchanged, and no incomplete ones."""
    complete = {call.id for call in response.tool_calls if call.complete}
    answered = {block.get("tool_use_id") for block in rebuilt["content"]}
    if rebuilt.get("stop_reason") in _GOES_ON:
        answered |= {block.get("id") for block in rebuilt["content"]}
    kept = [block for block in rebuilt["content"] if _is_whole(block, complete, answered)]
    content = [{name: value for name, value in block.items() if value is not None} for block in kept]
    return {"role": "assistant", "content": content}


def _is_whole(block: dict[str, Any], complete: set[str | None], answered: set[Any]) -> bool:
    kind = block.get("type")
    if kind == "text":
        return bool(block.get("text"))
    if kind == "thinking":
        return bool(block.get("signature"))
    if kind == "tool_use":
        return block.get("id") in complete
    if kind == "compaction":
        return bool(block.get("content"))
    if kind in ("server_tool_use", "mcp_tool_use"):
        return block.get("id") in answered
    return True


_CLASSES = {
    "message_start": "anthropic.types:RawMessageStartEvent",
    "message_delta": "anthropic.types:RawMessageDeltaEvent",
    "message_stop": "anthropic.types:RawMessageStopEvent",
    "content_block_start": "anthropic.types:RawContentBlockStartEvent",
    "content_block_delta": "anthropic.types:RawContentBlockDeltaEvent",
    "content_block_stop": "anthropic.types:RawContentBlockStopEvent",
}


def sdk_event(raw: Event) -> Any:
    """Build the SDK's object for an event; an event of an unknown type stays a dict."""
    name = _CLASSES.get(raw.get("type", ""))
    return raw if name is None else sdk_class(name).construct(**raw)
