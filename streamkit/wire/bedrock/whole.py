"""Turns an answer of Bedrock's, which comes without streaming, into the events of a stream."""

from __future__ import annotations

import json
from typing import Any

from ..lenient_json import as_dict, as_dicts


def events(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of an answer of Converse.

    Args:
        answer: The answer.
    """
    message = as_dict(as_dict(answer.get("output")).get("message"))
    found: list[dict[str, Any]] = [{"messageStart": {"role": message.get("role")}}]
    for at, block in enumerate(as_dicts(message.get("content"))):
        index = {"contentBlockIndex": at}
        start, deltas = _block(block)
        found += [{"contentBlockStart": {**index, "start": start}}] if start else []
        found += [{"contentBlockDelta": {**index, "delta": delta}} for delta in deltas]
        found.append({"contentBlockStop": index})
    found.append({"messageStop": {"stopReason": answer.get("stopReason")}})
    return [*found, {"metadata": {name: answer[name] for name in ("usage", "metrics", "trace") if name in answer}}]


def _block(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what the start event of a block holds, and the deltas of the block."""
    if "toolUse" in block:
        call = as_dict(block["toolUse"])
        arguments = json.dumps(call["input"], ensure_ascii=False) if call.get("input") else ""
        return {"toolUse": call}, [{"toolUse": {"input": arguments}}]
    if "toolResult" in block:
        return block, []
    if "image" in block:
        return block, [{"image": block["image"]}]
    if "reasoningContent" in block:
        thought = as_dict(block["reasoningContent"])
        return {}, [{"reasoningContent": {**thought, **as_dict(thought.get("reasoningText"))}}]
    if "citationsContent" in block:
        cited = as_dict(block["citationsContent"])
        texts: list[dict[str, Any]] = [{"text": part.get("text")} for part in as_dicts(cited.get("content"))]
        return {}, [*texts, *({"citation": each} for each in as_dicts(cited.get("citations")))]
    return {}, [block]


def invoked(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the event of an answer of the older families, with the tokens where Bedrock's streams have them.

    Args:
        answer: The answer of InvokeModel.
    """
    results = as_dicts(answer.get("results"))
    counts = {
        "inputTokenCount": answer.get("prompt_token_count") or answer.get("inputTextTokenCount"),
        "outputTokenCount": answer.get("generation_token_count") or (results[0].get("tokenCount") if results else None),
    }
    known = {name: count for name, count in counts.items() if count is not None}
    return {**answer, **({"amazon-bedrock-invocationMetrics": known} if known else {})}
