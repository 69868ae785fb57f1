"""Turns a chat response of Cohere's, which comes without streaming, into the events of a stream."""

from __future__ import annotations

from typing import Any

from ..lenient_json import as_dict, as_dicts, as_list


def events(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of a response of version 2: each kind of content in the order that streams have.

    Args:
        answer: The response, or an error.
    """
    message = as_dict(answer.get("message"))
    found: list[dict[str, Any]] = [{"type": "message-start", "id": answer.get("id")}]
    if message.get("tool_plan"):
        found.append(_event("tool-plan-delta", tool_plan=message["tool_plan"]))
    for at, part in enumerate(as_dicts(message.get("content"))):
        found.append({**_event("content-start", content=part), "index": at})
    for at, call in enumerate(as_dicts(message.get("tool_calls"))):
        found.append({**_event("tool-call-start", tool_calls=call), "index": at})
        found.append({"type": "tool-call-end", "index": at})
    if citations := as_list(message.get("citations")):
        found.append(_event("citation-start", citations=citations))
    if answer.get("error"):
        return [*found, answer]
    if answer.get("finish_reason"):
        found.append({"type": "message-end", "delta": answer})
    return found


def _event(kind: str, **message: Any) -> dict[str, Any]:
    return {"type": kind, "delta": {"message": message}}


def events_v1(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of a response of version 1; with tool calls the text is the plan for them.

    Args:
        answer: The response, or an error.
    """
    found: list[dict[str, Any]] = [{"event_type": "stream-start", "generation_id": answer.get("generation_id")}]
    text, calls = answer.get("text"), as_list(answer.get("tool_calls"))
    if calls:
        found.append({"event_type": "tool-calls-generation", "tool_calls": calls, "text": text})
    else:
        found.append({"event_type": "text-generation", "text": text})
    if citations := as_list(answer.get("citations")):
        found.append({"event_type": "citation-generation", "citations": citations})
    if answer.get("error"):
        return [*found, answer]
    if answer.get("finish_reason"):
        found.append({"event_type": "stream-end", "finish_reason": answer["finish_reason"], "response": answer})
    return found
