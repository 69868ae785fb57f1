"""Wire events of a scripted chat answer, shaped like a provider's."""

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
