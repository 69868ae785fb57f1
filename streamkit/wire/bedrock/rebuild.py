"""Rebuilds an answer of Bedrock's Converse from the events, and builds objects as boto3 returns them."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from ..format import Event, sdk_class
from ..lenient_json import as_dict, as_dicts

if TYPE_CHECKING:
    from ...response import Response


def answer(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the answer."""
    rebuilt: dict[str, Any] = {}
    blocks: dict[int, dict[str, Any]] = {}
    role = "assistant"
    for event in events:
        for name, fields in event.items():
            body = cast("dict[str, Any]", fields) if isinstance(fields, dict) else {}
            if name == "messageStart":
                role = body.get("role", role)
            elif name == "contentBlockStart":
                blocks[body.get("contentBlockIndex", 0)] = dict(body.get("start") or {})
            elif name == "contentBlockDelta":
                _grow(blocks.setdefault(body.get("contentBlockIndex", 0), {}), body.get("delta") or {})
            elif name in ("messageStop", "metadata"):
                rebuilt |= {field: value for field, value in body.items() if field != "p"}
    content = [_finished(blocks[index]) for index in sorted(blocks)]
    return {"output": {"message": {"role": role, "content": content}}, **rebuilt}


def _grow(block: dict[str, Any], delta: dict[str, Any]) -> None:
    for name, value in delta.items():
        before = block.get(name)
        if name == "toolUse":
            call = block.setdefault("toolUse", {})
            call["input"] = (call.get("input") or "") + (value.get("input") or "")
        elif name == "reasoningContent":
            _grow_reasoning(block.setdefault("reasoningContent", {}), value)
        elif name == "image":
            _grow_image(block.setdefault("image", {}), value)
        elif name == "toolResult":
            result = block.setdefault("toolResult", {})
            result["content"] = [*(result.get("content") or []), *as_dicts(value)]
        elif name == "citation":
            block["citations"] = [*(block.get("citations") or []), value]
        elif isinstance(before, str) and isinstance(value, str):
            block[name] = before + value
        else:
            block[name] = value


def _grow_image(image: dict[str, Any], delta: dict[str, Any]) -> None:
    source = as_dict(delta.get("source"))
    before = as_dict(image.get("source")).get("bytes")
    if before and source.get("bytes"):
        source = {**source, "bytes": _join_base64(before, source["bytes"])}
    image |= {**delta, "source": source} if source else delta


def _grow_reasoning(reasoning: dict[str, Any], delta: dict[str, Any]) -> None:
    for name, value in delta.items():
        if name == "redactedContent":
            reasoning[name] = _join_base64(reasoning.get(name) or "", value)
        else:
            text = reasoning.setdefault("reasoningText", {"text": ""})
            text[name] = (text.get(name) or "") + value


def _join_base64(first: str, second: str) -> str:
    """Join two base64 texts, each of which may be padded."""
    try:
        return base64.b64encode(base64.b64decode(first) + base64.b64decode(second)).decode()
    except ValueError:
        return first + second


def _finished(block: dict[str, Any]) -> dict[str, Any]:
    if "citations" in block:  # in a stream citations stand beside the text; in an answer they contain it
        text = {"content": [{"text": block["text"]}]} if "text" in block else {}
        return {"citationsContent": {**text, "citations": block["citations"]}}
    call = block.get("toolUse")
    if call is None or not isinstance(call.get("input") or "", str):
        return block
    try:
        arguments = json.loads(call.get("input") or "{}")  # a call without arguments has no delta
    except ValueError:
        arguments = {}
    return {**block, "toolUse": {**call, "input": arguments}}


def next_turn(rebuilt: dict[str, Any], response: Response) -> dict[str, Any]:
    """Return the message of a next turn: signed blocks unchanged, and no incomplete ones."""
    complete = {call.id for call in response.tool_calls if call.complete}
    message = rebuilt["output"]["message"]
    complete |= {as_dict(block.get("toolResult")).get("toolUseId") for block in message["content"]}  # by the server
    return {**message, "content": [block for block in message["content"] if _is_whole(block, complete)]}


def _is_whole(block: dict[str, Any], complete: set[str | None]) -> bool:
    if "toolUse" in block:
        return block["toolUse"].get("toolUseId") in complete
    if "reasoningContent" in block:
        reasoning = block["reasoningContent"]
        return "redactedContent" in reasoning or bool(reasoning.get("reasoningText", {}).get("signature"))
    return block.get("text") != "" and bool(block)


def sdk_event(raw: Event) -> Event:
    """Build an event as boto3 returns it, without padding; without botocore the event stays unchanged."""
    try:
        shape, parser = _shape("ConverseStreamOutput"), sdk_class("botocore.parsers:EventStreamJSONParser")()
    except ImportError:
        return raw
    name = next(iter(raw), "")
    headers = {":event-type": name, ":message-type": "event"}
    body = json.dumps(raw.get(name)).encode()
    return parser.parse({"headers": headers, "status_code": 200, "body": body}, shape)


def sdk_response(raw: Event) -> Event:
    """Build an answer as boto3's ``converse`` returns it; without botocore the answer stays unchanged."""
    try:
        shape, parser = _shape("ConverseResponse"), sdk_class("botocore.parsers:RestJSONParser")()
    except ImportError:
        return raw
    found = parser.parse({"headers": {}, "status_code": 200, "body": json.dumps(raw).encode()}, shape)
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


@functools.cache
def _shape(name: str) -> Any:
    model = sdk_class("botocore.loaders:Loader")().load_service_model("bedrock-runtime", "service-2")
    return sdk_class("botocore.model:ServiceModel")(model).shape_for(name)
