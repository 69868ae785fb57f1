"""Bodies of answers in each provider's own format, streamed and whole: a text, speech, or calls of tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from streamkit.testing import (
    Plan,
    anthropic_events,
    aws_frame,
    bedrock_events,
    chat_event,
    chat_events,
    chat_tool_events,
    cohere_events,
    gemini_event,
    gemini_events,
)
from streamkit.testing.faults import Send

SPEECH: list[dict[str, Any]] = [{"id": "a", "transcript": "Try"}, {"data": "AAAA"}, {"expires_at": 1}]

Calls = list[tuple[str, Any]]


def plan_of(*parts: str | bytes, kind: str = "application/json", status: int = 200) -> Plan:
    """Make a plan of a body."""
    data = [Send(part.encode() if isinstance(part, str) else part) for part in parts]
    return Plan(status=status, headers=(("content-type", kind),), steps=tuple(data))


def streamed(api: str, calls: Calls, text: str, *, audio: bool) -> Plan:
    """Answer in events."""
    halves = [text[:9], text[9:]]
    if audio:
        events = [*(chat_event({"audio": each}) for each in SPEECH), chat_event({}, finish="stop"), b"data: [DONE]\n\n"]
        return plan_of(*events, kind="text/event-stream")
    events = _TOOL_EVENTS[api](calls) if calls else _TEXT_EVENTS[api](*halves)
    return plan_of(*events, kind=_KINDS.get(api, "text/event-stream"))


_TEXT_EVENTS: dict[str, Callable[..., list[bytes]]] = {
    "chat": chat_events,
    "cohere": cohere_events,
    "anthropic": anthropic_events,
    "bedrock": bedrock_events,
    "gemini": gemini_events,
}

_KINDS = {"bedrock": "application/vnd.amazon.eventstream"}


def _sse(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def _chat_calls(calls: Calls) -> list[bytes]:
    return chat_tool_events(*((name, json.dumps(arguments)) for name, arguments in calls))


def _anthropic_calls(calls: Calls) -> list[bytes]:
    message: dict[str, Any] = {"id": "m", "type": "message", "role": "assistant", "content": [], "model": "m"}
    events = [_sse("message_start", message={**message, "usage": {"input_tokens": 7, "output_tokens": 1}})]
    for at, (name, arguments) in enumerate(calls):
        block: dict[str, Any] = {"type": "tool_use", "id": f"t{at}", "name": name, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(arguments)}
        events += [_sse("content_block_start", index=at, content_block=block)]
        events += [_sse("content_block_delta", index=at, delta=delta), _sse("content_block_stop", index=at)]
    end = {"stop_reason": "tool_use", "stop_sequence": None}
    return [*events, _sse("message_delta", delta=end, usage={"output_tokens": 2}), _sse("message_stop")]


def _cohere_calls(calls: Calls) -> list[bytes]:
    events = [_sse("message-start", id="m", delta={"message": {"role": "assistant"}})]
    for at, (name, arguments) in enumerate(calls):
        call = {"id": f"t{at}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        events += [_sse("tool-call-start", index=at, delta={"message": {"tool_calls": call}})]
        events += [_sse("tool-call-end", index=at)]
    usage = {"tokens": {"input_tokens": 7, "output_tokens": 2}}
    return [*events, _sse("message-end", delta={"finish_reason": "TOOL_CALL", "usage": usage}), b"data: [DONE]\n\n"]


def _gemini_calls(calls: Calls) -> list[bytes]:
    parts = [{"functionCall": {"name": name, "args": arguments}} for name, arguments in calls]
    return [gemini_event(*parts, finish="STOP")]


def _bedrock_calls(calls: Calls) -> list[bytes]:
    frames = [aws_frame("messageStart", {"role": "assistant"})]
    for at, (name, arguments) in enumerate(calls):
        index = {"contentBlockIndex": at}
        start = {**index, "start": {"toolUse": {"toolUseId": f"t{at}", "name": name}}}
        frames += [aws_frame("contentBlockStart", start)]
        frames += [aws_frame("contentBlockDelta", {**index, "delta": {"toolUse": {"input": json.dumps(arguments)}}})]
        frames += [aws_frame("contentBlockStop", index)]
    usage = {"usage": {"inputTokens": 7, "outputTokens": 2, "totalTokens": 9}}
    return [*frames, aws_frame("messageStop", {"stopReason": "tool_use"}), aws_frame("metadata", usage)]


_TOOL_EVENTS = {
    "chat": _chat_calls,
    "anthropic": _anthropic_calls,
    "cohere": _cohere_calls,
    "gemini": _gemini_calls,
    "bedrock": _bedrock_calls,
}


def whole(api: str, calls: Calls, text: str, *, audio: bool) -> Plan:
    """Answer in one body."""
    if api == "anthropic":
        blocks = [{"type": "tool_use", "id": f"t{at}", "name": name, "input": args} for at, (name, args) in _at(calls)]
        message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "stop_sequence": None}
        body = {**message, "content": blocks or [{"type": "text", "text": text}]}
        body |= {"stop_reason": "tool_use" if calls else "end_turn", "usage": {"input_tokens": 7, "output_tokens": 2}}
    elif api == "gemini":
        parts = [{"functionCall": {"name": name, "args": args}} for name, args in calls] or [{"text": text}]
        usage = {"promptTokenCount": 7, "candidatesTokenCount": 2, "totalTokenCount": 9}
        candidate = {"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}
        body = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m", "responseId": "r"}
    elif api == "bedrock":
        used = [{"toolUse": {"toolUseId": f"t{at}", "name": name, "input": args}} for at, (name, args) in _at(calls)]
        message = {"message": {"role": "assistant", "content": used or [{"text": text}]}}
        body = {"output": message, "stopReason": "tool_use" if calls else "end_turn"}
        body |= {"usage": {"inputTokens": 7, "outputTokens": 2, "totalTokens": 9}, "metrics": {"latencyMs": 1}}
    else:
        body = _chat_body(api, calls, text, audio=audio)
    return plan_of(json.dumps(body))


def _at(calls: Calls) -> Iterator[tuple[int, tuple[str, Any]]]:
    return iter(enumerate(calls))


def _chat_body(api: str, calls: Calls, text: str, *, audio: bool) -> dict[str, Any]:
    used = [
        {"id": f"t{at}", "type": "function", "function": {"name": name, "arguments": json.dumps(args)}}
        for at, (name, args) in _at(calls)
    ]
    message: dict[str, Any] = {"role": "assistant", "content": None if calls else text}
    message |= {"tool_calls": used} if used else {}
    if api == "cohere":
        content = {"content": [{"type": "text", "text": text}]} if not calls else {}
        usage = {"tokens": {"input_tokens": 7, "output_tokens": 2}}
        reason = "TOOL_CALL" if calls else "COMPLETE"
        return {"id": "m", "finish_reason": reason, "message": {**message, **content}, "usage": usage}
    if audio:
        message |= {"content": None, "audio": {"id": "a", "data": "AAAA", "transcript": "Try", "expires_at": 1}}
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop", "logprobs": None}
    return {"id": "m", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
