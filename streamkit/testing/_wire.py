"""Wire events of scripted answers, one function for each provider's format."""

from __future__ import annotations

import base64
import json
from itertools import chain
from typing import Any

from .._recording import aws_frame


def chat_event(
    delta: dict[str, Any] | None = None, *, finish: str | None = None, index: int = 0, **fields: Any
) -> bytes:
    """Make one event of the chat completions wire.

    Args:
        delta: The choice's delta; None makes an event without choices.
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
        texts: Text deltas, one event each.
        finish: The finish reason; None omits it.
        usage: True adds an event with usage.
        done: True adds the sentinel.

    >>> len(chat_events("Euro", "pa"))
    6
    """
    events = [chat_event({"role": "assistant", "content": ""})]
    events += [chat_event({"content": text}) for text in texts]
    if finish is not None:
        events.append(chat_event({}, finish=finish))
    if usage:
        figures = {"prompt_tokens": 7, "completion_tokens": len(texts), "total_tokens": 7 + len(texts)}
        events.append(chat_event(None, usage=figures))
    if done:
        events.append(b"data: [DONE]\n\n")
    return events


def chat_tool_events(*calls: tuple[str, str], finish: str | None = "tool_calls", done: bool = True) -> list[bytes]:
    """Make the events of a chat answer that calls tools, one after the other.

    Args:
        calls: The name and the arguments' JSON of each call; the JSON comes in two deltas.
        finish: The finish reason; None omits it.
        done: True adds the sentinel.

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
        texts: Text deltas, one event each.
        reason: The stop reason; None omits its event.

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
        texts: Text deltas, one event each.
        reason: The finish reason; None omits its event.

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


def bedrock_events(*texts: str, reason: str | None = "end_turn") -> list[bytes]:
    """Make the frames of a whole answer of ConverseStream.

    Args:
        texts: Text deltas, one frame each.
        reason: The stop reason; None leaves its frame out.

    >>> len(bedrock_events("Euro", "pa"))
    6
    """
    events = [aws_frame("messageStart", {"role": "assistant", "p": "abc"})]
    for at, text in enumerate(texts):
        padding = "abcdefghijklmnopqrstuvwxyz"[: at % 26 + 1]
        events.append(aws_frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}, "p": padding}))
    events.append(aws_frame("contentBlockStop", {"contentBlockIndex": 0, "p": "ab"}))
    if reason is not None:
        events.append(aws_frame("messageStop", {"p": "abcd", "stopReason": reason}))
    usage = {"inputTokens": 7, "outputTokens": len(texts), "totalTokens": 7 + len(texts)}
    return [*events, aws_frame("metadata", {"metrics": {"latencyMs": 1}, "p": "a", "usage": usage})]


def invoke_events(*events: dict[str, Any] | bytes) -> list[bytes]:
    """Make the frames in which InvokeModelWithResponseStream carries a model's own events.

    Args:
        events: The model's events.
    """
    written = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in events]
    return [aws_frame("chunk", {"bytes": base64.b64encode(each).decode(), "p": "abc"}) for each in written]


def bedrock_error(name: str, message: str) -> bytes:
    """Make the frame of an error in the middle of an answer.

    Args:
        name: The exception's name, such as ``throttlingException``.
        message: The error's message.
    """
    return aws_frame(name, {"message": message}, kind="exception")


def gemini_event(
    *parts: dict[str, Any] | str, finish: str | None = None, index: int = 0, candidate: Any = None, **fields: Any
) -> bytes:
    """Make one event of Gemini's wire; a str stands for a text part.

    Args:
        parts: Parts of the candidate's content.
        finish: The candidate's finish reason.
        index: The candidate.
        candidate: Further fields of the candidate, such as ``groundingMetadata``.
        fields: Further fields of the event, such as ``usageMetadata``.

    >>> gemini_event("Io")[:68]
    b'data: {"candidates":[{"content":{"role":"model","parts":[{"text":"Io'
    """
    content = [{"text": part} if isinstance(part, str) else part for part in parts]
    given: dict[str, Any] = {"content": {"role": "model", "parts": content}, **(candidate or {})}
    given |= ({"finishReason": finish} if finish else {}) | ({"index": index} if index else {})
    event = {"candidates": [given], "modelVersion": "scripted-1", "responseId": "g-1", **fields}
    return b"data: " + json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode() + b"\r\n\r\n"


def gemini_events(*texts: str, reason: str | None = "STOP") -> list[bytes]:
    """Make the events of a whole answer of Gemini's.

    Args:
        texts: Text deltas, one event each.
        reason: The finish reason; None omits its event.

    >>> len(gemini_events("Euro", "pa"))
    3
    """
    events = [gemini_event(text) for text in texts]
    if reason is not None:
        used = {"promptTokenCount": 7, "candidatesTokenCount": len(texts), "totalTokenCount": 7 + len(texts)}
        events.append(gemini_event("", finish=reason, usageMetadata=used))
    return events


def gemini_array(*events: bytes) -> list[bytes]:
    r"""Make one streamed JSON array of events, as the server sends without `alt=sse`.

    Args:
        events: Events of Gemini's wire.

    >>> b"".join(gemini_array(b'data: {"a":1}\r\n\r\n', b'data: {"b":2}\r\n\r\n'))
    b'[{\n  "a": 1\n}\n,\r\n{\n  "b": 2\n}\n]'
    """
    objects = (json.loads(event.removeprefix(b"data: ")) for event in events)
    pretty = [json.dumps(each, indent=2, ensure_ascii=False).encode() + b"\n" for each in objects]
    return [b"[", *chain.from_iterable((text, b",\r\n") for text in pretty[:-1]), *pretty[-1:], b"]"]


def ollama_line(message: dict[str, Any] | None = None, **fields: Any) -> bytes:
    r"""Make one line of Ollama's chat, with a timestamp as the server's have.

    Args:
        message: Fields of the line's message.
        fields: Further fields of the line, such as ``done``.

    >>> ollama_line({"content": "Io"}, created_at="now")
    b'{"model":"scripted-1","created_at":"now","message":{"role":"assistant","content":"Io"},"done":false}\n'
    """
    content = {"role": "assistant", "content": "", **(message or {})}
    return _line(
        {"model": "scripted-1", "created_at": "2026-01-01T00:00:00Z", "message": content, "done": False, **fields}
    )


def ollama_lines(*texts: str, reason: str | None = "stop") -> list[bytes]:
    """Make the lines of a whole chat answer of Ollama's.

    Args:
        texts: Text deltas, one line each.
        reason: The done reason; None leaves its line out.

    >>> len(ollama_lines("Euro", "pa"))
    3
    """
    stamps = (f"2026-01-01T00:00:00.{at:06}Z" for at in range(len(texts)))
    lines = [ollama_line({"content": text}, created_at=stamp) for text, stamp in zip(texts, stamps, strict=True)]
    if reason is not None:
        used: dict[str, Any] = {"total_duration": 9000, "prompt_eval_count": 7, "eval_count": len(texts)}
        lines.append(ollama_line(done=True, done_reason=reason, **used))
    return lines


def cohere_v1_lines(*texts: str, reason: str | None = "COMPLETE") -> list[bytes]:
    """Make the lines of a whole answer of Cohere's older chat.

    Args:
        texts: Text deltas, one line each.
        reason: The finish reason; None leaves its line out.

    >>> len(cohere_v1_lines("Euro", "pa"))
    4
    """
    lines = [_line({"is_finished": False, "event_type": "stream-start", "generation_id": "c-1"})]
    lines += [_line({"is_finished": False, "event_type": "text-generation", "text": text}) for text in texts]
    if reason is not None:
        used = {"tokens": {"input_tokens": 7, "output_tokens": len(texts)}}
        answer = {"text": "".join(texts), "generation_id": "c-1", "finish_reason": reason, "meta": used}
        end = {"is_finished": True, "event_type": "stream-end", "response": answer, "finish_reason": reason}
        lines.append(_line(end))
    return lines


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def responses_event(kind: str, number: int | None = None, /, **fields: Any) -> bytes:
    r"""Make one event of the Responses wire.

    Args:
        kind: The event's name without ``response.``; or ``error``.
        number: Sequence number in the stream; None omits it.
        fields: Further fields of the event.

    >>> responses_event("in_progress", 1)
    b'event: response.in_progress\ndata: {"type":"response.in_progress","sequence_number":1}\n\n'
    """
    name = kind if kind == "error" else f"response.{kind}"
    numbered = {} if number is None else {"sequence_number": number}
    data = json.dumps({"type": name, **fields, **numbered}, separators=(",", ":"), ensure_ascii=False)
    return f"event: {name}\ndata: {data}\n\n".encode()


def responses_events(*texts: str, status: str | None = "completed") -> list[bytes]:
    """Make the events of a whole Responses answer.

    Args:
        texts: Text deltas, one event each.
        status: The answer's final status; None leaves its event out.

    >>> len(responses_events("Euro", "pa"))
    10
    """
    whole = "".join(texts)
    answer: dict[str, Any] = {
        "id": "resp_1",
        "object": "response",
        "model": "scripted-1",
        "status": "in_progress",
        "usage": None,
    }
    part: dict[str, Any] = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
    item: dict[str, Any] = {"id": "msg_1", "type": "message", "status": "in_progress", "role": "assistant"}
    position = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    events: list[tuple[str, dict[str, Any]]] = [
        ("created", {"response": answer}),
        ("in_progress", {"response": answer}),
        ("output_item.added", {"output_index": 0, "item": {**item, "content": []}}),
        ("content_part.added", {**position, "part": part}),
    ]
    for at, text in enumerate(texts):
        noise = "aB3dE6gH9jK2mN5p"[: 16 - at % 16]  # padding that hides the length of the text
        events.append(("output_text.delta", {"delta": text, "logprobs": [], "obfuscation": noise, **position}))
    done = {**part, "text": whole}
    events += [
        ("output_text.done", {"text": whole, "logprobs": [], **position}),
        ("content_part.done", {**position, "part": done}),
        ("output_item.done", {"output_index": 0, "item": {**item, "status": "completed", "content": [done]}}),
    ]
    if status is not None:
        usage = {"input_tokens": 7, "output_tokens": len(texts), "total_tokens": 7 + len(texts)}
        last = {**answer, "status": status, "usage": usage, "output": [{**item, "content": [done]}]}
        events.append((status, {"response": last}))
    return [responses_event(kind, number, **fields) for number, (kind, fields) in enumerate(events)]
