"""Answers of every provider, a tool call or a text, as their servers would write them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from streamkit.testing import (
    Plan,
    Script,
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
    plan,
    responses_event,
    responses_events,
    whole_body,
)
from streamkit.testing.in_process import Request
from tests.packages import missing


def either_way(events: Sequence[bytes]) -> Callable[[Request], Plan]:
    """Answer in events, or in one body where the request asks for that."""
    return lambda request: plan("none", list(events) if request.json().get("stream") else [whole_body(events)])


@dataclass(frozen=True)
class Wire:
    """A provider's model string, and the events that its server sends.

    Args:
        model: ``provider/model``.
        call: Makes a call of the tool of that name, with these arguments.
        text: Makes the events of these texts.
        path: What stands behind the server's name in its address.
        answered_by: What stands in a request that answers the call.
        package: The extra that its SDK is.
    """

    model: str
    call: Callable[[str, str], Sequence[bytes]]
    text: Callable[..., Sequence[bytes]]
    path: str = ""
    answered_by: str = '"tool_call_id": "call_0"'
    package: str = ""

    @property
    def provider(self) -> str:
        """The name of the provider."""
        return self.model.partition("/")[0]


def named(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def chat_call(name: str, arguments: str) -> list[bytes]:
    return chat_tool_events((name, arguments))


def anthropic_call(name: str, arguments: str) -> list[bytes]:
    message: dict[str, Any] = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []}
    block: dict[str, Any] = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
    half = len(arguments) // 2
    deltas = [{"type": "input_json_delta", "partial_json": each} for each in (arguments[:half], arguments[half:])]
    return [
        named("message_start", message={**message, "usage": {"input_tokens": 7, "output_tokens": 1}}),
        named("content_block_start", index=0, content_block=block),
        *(named("content_block_delta", index=0, delta=each) for each in deltas),
        named("content_block_stop", index=0),
        named("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 9}),
        named("message_stop"),
    ]


def cohere_call(name: str, arguments: str) -> list[bytes]:
    call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}}
    delta = {"message": {"tool_calls": {"function": {"arguments": arguments}}}}
    usage = {"tokens": {"input_tokens": 7, "output_tokens": 9}}
    return [
        named("message-start", id="c-1", delta={"message": {"role": "assistant"}}),
        named("tool-plan-delta", delta={"message": {"tool_plan": "I will look it up."}}),
        named("tool-call-start", index=0, delta={"message": {"tool_calls": call}}),
        named("tool-call-delta", index=0, delta=delta),
        named("tool-call-end", index=0),
        named("message-end", delta={"finish_reason": "TOOL_CALL", "usage": usage}),
    ]


def responses_call(name: str, arguments: str) -> list[bytes]:
    answer: dict[str, Any] = {"id": "resp_1", "object": "response", "model": "m", "status": "in_progress"}
    item = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": name, "status": "in_progress"}
    done = {**item, "arguments": arguments, "status": "completed"}
    position = {"item_id": "fc_1", "output_index": 0}
    usage = {"input_tokens": 7, "output_tokens": 9, "total_tokens": 16}
    return [
        responses_event("created", 0, response=answer),
        responses_event("output_item.added", 1, output_index=0, item={**item, "arguments": ""}),
        responses_event("function_call_arguments.delta", 2, delta=arguments, **position),
        responses_event("function_call_arguments.done", 3, arguments=arguments, **position),
        responses_event("output_item.done", 4, output_index=0, item=done),
        responses_event("completed", 5, response={**answer, "status": "completed", "output": [done], "usage": usage}),
    ]


def bedrock_call(name: str, arguments: str) -> list[bytes]:
    start = {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "tooluse_1", "name": name}}}
    return [
        aws_frame("messageStart", {"role": "assistant"}),
        aws_frame("contentBlockStart", start),
        aws_frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"toolUse": {"input": arguments}}}),
        aws_frame("contentBlockStop", {"contentBlockIndex": 0}),
        aws_frame("messageStop", {"stopReason": "tool_use"}),
        aws_frame("metadata", {"usage": {"inputTokens": 7, "outputTokens": 9, "totalTokens": 16}}),
    ]


def gemini_call(name: str, arguments: str) -> list[bytes]:
    part: dict[str, Any] = {"functionCall": {"name": name, "args": json.loads(arguments)}, "thoughtSignature": "c2ln"}
    return [gemini_event(part), *gemini_events()]


def ollama_call(name: str, arguments: str) -> list[bytes]:
    call = {"function": {"name": name, "arguments": json.loads(arguments)}}
    return [ollama_line({"tool_calls": [call]}), *ollama_lines()]


_ANSWERED = '"type": "function_call_output", "call_id": "call_1"'
_RESPONSES = Wire("openai-responses/m", responses_call, responses_events, "/v1", _ANSWERED)
_CHAT = Wire("openai/m", chat_call, chat_events, "/v1")
_COMPATIBLE = (
    *("deepseek", "fireworks", "litellm-proxy", "llama.cpp", "lmstudio", "ollama-openai", "openrouter", "perplexity"),
    *("together", "vllm", "xai"),
)

WIRES: dict[str, Wire] = {
    "openai": _CHAT,
    "openai-responses": _RESPONSES,
    "azure": replace(_CHAT, model="azure/m", path="/openai/v1"),
    "azure inference": replace(_CHAT, model="azure/m", path="/models"),
    "azure-responses": replace(_RESPONSES, model="azure-responses/m", path="/openai/v1"),
    "anthropic": Wire("anthropic/m", anthropic_call, anthropic_events, answered_by='"tool_use_id": "toolu_1"'),
    "bedrock": Wire("bedrock/m", bedrock_call, bedrock_events, answered_by='"toolResult": {"toolUseId": "tooluse_1"'),
    "cohere": Wire("cohere/m", cohere_call, cohere_events, answered_by='"tool_call_id": "call_1"'),
    "google": Wire("google/m", gemini_call, gemini_events, answered_by='"functionResponse": {"name": "look_up"'),
    "groq": replace(_CHAT, model="groq/m", path="", package="groq"),
    "litellm": replace(_CHAT, model="litellm/openai/m", package="litellm"),
    "litellm to anthropic": Wire(
        "litellm/anthropic/claude-3-5-sonnet-20240620",
        anthropic_call,
        anthropic_events,
        answered_by='"tool_use_id": "toolu_1"',
        package="litellm",
    ),
    "mistral": replace(_CHAT, model="mistral/m", path=""),
    "ollama": Wire("ollama/m", ollama_call, ollama_lines, answered_by='"tool_name": "look_up"'),
    **{name: replace(_CHAT, model=f"{name}/m") for name in _COMPATIBLE},
    **{name: replace(_RESPONSES, model=f"{name}/m") for name in ("openrouter-responses", "xai-responses")},
}


def key_of(wire: Wire) -> str | None:
    """Return what is given as the key of a provider; its SDK has to be there."""
    if wire.package and (reason := missing(wire.package)):
        pytest.skip(reason)
    return None if wire.provider == "bedrock" else "test-key"


DONE = b"data: [DONE]\n\n"


def look_up(moon: str = "all") -> str:
    return moon


def dig(depth: int = 1) -> int:
    return depth


def called(*events: bytes, api: str = "openai.chat", vendor: str = "openai") -> list[Any]:
    stream = Script(events).stream(api=api, vendor=vendor, tools=[look_up, dig])
    return [(tool.name, tool.args) for _, tool in stream if tool]


def delta(at: int, name: str | None = None, arguments: str = "") -> dict[str, Any]:
    began = {} if name is None else {"id": f"call_{at}", "type": "function"}
    return {"index": at, **began, "function": {**({} if name is None else {"name": name}), "arguments": arguments}}
