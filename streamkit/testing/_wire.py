"""Wire events of scripted answers, shaped like the providers'."""

from __future__ import annotations

import json
from typing import Any


def chat_event(
    delta: dict[str, Any] | None = None, *, finish: str | None = None, index: int = 0, **fields: Any
) -> bytes:
    """Make one event of the chat completions wire.

    Args:
        delta: What it adds to its choice; None makes an event without choices.
        finish: The choice's finish reason.
        index: The choice.
        fields: Further fields of the event, such as ``usage``.
    """
    choices = [] if delta is None else [{"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}]
    event = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "scripted-1"}
    return b"data: " + json.dumps({**event, "choices": choices, **fields}, separators=(",", ":")).encode() + b"\n\n"


def chat_events(*texts: str, finish: str | None = "stop", usage: bool = True, done: bool = True) -> list[bytes]:
    """Make the events of a whole chat answer.

    Args:
        texts: The pieces of text, one event each.
        finish: The finish reason; None leaves it out.
        usage: Whether an event with usage follows.
        done: Whether the sentinel follows.

    >>> len(chat_events("Euro", "pa"))
    6
    """
    events = [chat_event({"role": "assistant", "content": ""})]
    events += [chat_event({"content": text}) for text in texts]
    if finish is not None:
        events.append(chat_event({}, finish=finish))
    if usage:
        told = {"prompt_tokens": 7, "completion_tokens": len(texts), "total_tokens": 7 + len(texts)}
        events.append(chat_event(None, usage=told))
    if done:
        events.append(b"data: [DONE]\n\n")
    return events


def chat_tool_events(*calls: tuple[str, str], finish: str | None = "tool_calls", done: bool = True) -> list[bytes]:
    """Make the events of a chat answer that calls tools, one after the other.

    Args:
        calls: The name and the arguments' JSON of each, which comes in two pieces.
        finish: The finish reason; None leaves it out.
        done: Whether the sentinel follows.

    >>> len(chat_tool_events(("orbit", '{"moon": "Io"}')))
    5
    """
    events = [chat_event({"role": "assistant", "content": None})]
    for at, (name, arguments) in enumerate(calls):
        half = len(arguments) // 2
        first = {"name": name, "arguments": arguments[:half]}
        start = {"index": at, "id": f"call_{at}", "type": "function", "function": first}
        rest = {"index": at, "function": {"arguments": arguments[half:]}}
        events += [chat_event({"tool_calls": [start]}), chat_event({"tool_calls": [rest]})]
    events += [chat_event({}, finish=finish)] if finish is not None else []
    return [*events, b"data: [DONE]\n\n"] if done else events


def anthropic_events(*texts: str, reason: str | None = "end_turn") -> list[bytes]:
    """Make the events of a whole answer of Anthropic's.

    Args:
        texts: The pieces of text, one event each.
        reason: The stop reason; None leaves its event out.

    >>> len(anthropic_events("Euro", "pa"))
    7
    """
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "scripted-1",
        "content": [],
    }
    started = {**message, "stop_reason": None, "usage": {"input_tokens": 7, "output_tokens": 1}}
    events = [_named("message_start", message=started)]
    events.append(_named("content_block_start", index=0, content_block={"type": "text", "text": ""}))
    events += [_named("content_block_delta", index=0, delta={"type": "text_delta", "text": text}) for text in texts]
    events.append(_named("content_block_stop", index=0))
    if reason is not None:
        usage = {"output_tokens": len(texts)}
        events.append(_named("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage=usage))
    return [*events, _named("message_stop")]


def cohere_events(*texts: str, reason: str | None = "COMPLETE") -> list[bytes]:
    """Make the events of a whole answer of Cohere's.

    Args:
        texts: The pieces of text, one event each.
        reason: The finish reason; None leaves its event out.

    >>> len(cohere_events("Euro", "pa"))
    7
    """
    events = [_named("message-start", id="c-1", delta={"message": {"role": "assistant"}})]
    events.append(_named("content-start", index=0, delta={"message": {"content": {"type": "text", "text": ""}}}))
    for text in texts:
        events.append(_named("content-delta", index=0, delta={"message": {"content": {"text": text}}}))
    events.append(_named("content-end", index=0))
    if reason is not None:
        usage = {"tokens": {"input_tokens": 7, "output_tokens": len(texts)}}
        events.append(_named("message-end", delta={"finish_reason": reason, "usage": usage}))
    return [*events, b"data: [DONE]\n\n"]


def _named(kind: str, **fields: Any) -> bytes:
    data = json.dumps({"type": kind, **fields}, separators=(",", ":"), ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()
