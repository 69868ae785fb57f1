"""Answers of every provider that call one tool, as their servers would write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from streamkit.testing import (
    anthropic_events,
    aws_frame,
    bedrock_events,
    chat_events,
    chat_tool_events,
    cohere_events,
    gemini_event,
    gemini_events,
    ollama_line,
    ollama_lines,
    responses_event,
    responses_events,
)

NAME, ARGUMENTS = "look_up", '{"moon": "Io"}'


@dataclass(frozen=True)
class Wire:
    """What a provider's server sends: first a call, then a text; and how that call is answered in its form."""

    call: Sequence[bytes]
    text: Sequence[bytes]
    path: str = ""
    answered_by: str = '"tool_call_id": "call_0"'


def named(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def anthropic_call() -> list[bytes]:
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "usage": {},
    }
    block: dict[str, Any] = {"type": "tool_use", "id": "toolu_1", "name": NAME, "input": {}}
    half = len(ARGUMENTS) // 2
    pieces = [{"type": "input_json_delta", "partial_json": each} for each in (ARGUMENTS[:half], ARGUMENTS[half:])]
    return [
        named("message_start", message={**message, "usage": {"input_tokens": 7, "output_tokens": 1}}),
        named("content_block_start", index=0, content_block=block),
        *(named("content_block_delta", index=0, delta=piece) for piece in pieces),
        named("content_block_stop", index=0),
        named("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 9}),
        named("message_stop"),
    ]


def cohere_call() -> list[bytes]:
    call = {"id": "look_up_1", "type": "function", "function": {"name": NAME, "arguments": ""}}
    delta = {"message": {"tool_calls": {"function": {"arguments": ARGUMENTS}}}}
    usage = {"tokens": {"input_tokens": 7, "output_tokens": 9}}
    return [
        named("message-start", id="c-1", delta={"message": {"role": "assistant"}}),
        named("tool-plan-delta", delta={"message": {"tool_plan": "I will look it up."}}),
        named("tool-call-start", index=0, delta={"message": {"tool_calls": call}}),
        named("tool-call-delta", index=0, delta=delta),
        named("tool-call-end", index=0),
        named("message-end", delta={"finish_reason": "TOOL_CALL", "usage": usage}),
    ]


def responses_call() -> list[bytes]:
    answer: dict[str, Any] = {"id": "resp_1", "object": "response", "model": "m", "status": "in_progress"}
    item = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": NAME, "status": "in_progress"}
    done = {**item, "arguments": ARGUMENTS, "status": "completed"}
    place = {"item_id": "fc_1", "output_index": 0}
    usage = {"input_tokens": 7, "output_tokens": 9, "total_tokens": 16}
    return [
        responses_event("created", 0, response=answer),
        responses_event("output_item.added", 1, output_index=0, item={**item, "arguments": ""}),
        responses_event("function_call_arguments.delta", 2, delta=ARGUMENTS, **place),
        responses_event("function_call_arguments.done", 3, arguments=ARGUMENTS, **place),
        responses_event("output_item.done", 4, output_index=0, item=done),
        responses_event("completed", 5, response={**answer, "status": "completed", "output": [done], "usage": usage}),
    ]


def bedrock_call() -> list[bytes]:
    start = {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "tooluse_1", "name": NAME}}}
    return [
        aws_frame("messageStart", {"role": "assistant"}),
        aws_frame("contentBlockStart", start),
        aws_frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"toolUse": {"input": ARGUMENTS}}}),
        aws_frame("contentBlockStop", {"contentBlockIndex": 0}),
        aws_frame("messageStop", {"stopReason": "tool_use"}),
        aws_frame("metadata", {"usage": {"inputTokens": 7, "outputTokens": 9, "totalTokens": 16}}),
    ]


CHAT = Wire(chat_tool_events((NAME, ARGUMENTS)), chat_events("Io is hot."), "/v1")
_OLLAMA_CALL = ollama_line({"tool_calls": [{"function": {"name": NAME, "arguments": json.loads(ARGUMENTS)}}]})
_PART: dict[str, Any] = {"functionCall": {"name": NAME, "args": json.loads(ARGUMENTS)}, "thoughtSignature": "c2ln"}
_GEMINI_CALL = [gemini_event(_PART), *gemini_events()]

WIRES: dict[str, Wire] = {
    "anthropic": Wire(anthropic_call(), anthropic_events("Io is hot."), answered_by='"tool_use_id": "toolu_1"'),
    "bedrock": Wire(
        bedrock_call(), bedrock_events("Io is hot."), answered_by='"toolResult": {"toolUseId": "tooluse_1"'
    ),
    "cohere": Wire(cohere_call(), cohere_events("Io is hot."), answered_by='"tool_call_id": "look_up_1"'),
    "deepseek": CHAT,
    "google": Wire(_GEMINI_CALL, gemini_events("Io is hot."), answered_by='"functionResponse": {"name": "look_up"'),
    "groq": Wire(CHAT.call, CHAT.text),
    "mistral": Wire(CHAT.call, CHAT.text),
    "ollama": Wire([_OLLAMA_CALL, *ollama_lines()], ollama_lines("Io is hot."), answered_by='"tool_name": "look_up"'),
    "openai": CHAT,
    "openai-responses": Wire(
        responses_call(), responses_events("Io is hot."), "/v1", '"type": "function_call_output", "call_id": "call_1"'
    ),
    "openrouter": CHAT,
    "vllm": CHAT,
    "xai": CHAT,
}
