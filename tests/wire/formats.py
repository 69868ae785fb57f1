"""Events of Anthropic and Cohere as their servers write them, and one whole answer of each format."""

from __future__ import annotations

from typing import Any

from streamkit.testing import chat_event, cohere_v1_lines, gemini_events, ollama_lines, responses_events
from tests.wire.outcome import DONE, data


def event(kind: str, /, **fields: object) -> bytes:
    """Write one event that names its kind twice, as both providers do."""
    return f"event: {kind}\n".encode() + data({"type": kind, **fields})


def begin(**usage: int | None) -> bytes:
    """Write Anthropic's first event."""
    message: dict[str, object] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-1",
        "content": [],
    }
    return event("message_start", message={**message, "stop_reason": None, "usage": usage})


def start(index: int, kind: str = "text", /, **fields: object) -> bytes:
    """Begin a block of Anthropic's."""
    return event("content_block_start", index=index, content_block={"type": kind, **fields})


def text(index: int, text: str) -> bytes:
    """Write text into a block of Anthropic's."""
    return delta(index, "text_delta", text=text)


def arguments(index: int, text: str) -> bytes:
    """Write an Anthropic delta with a part of a tool call's arguments."""
    return delta(index, "input_json_delta", partial_json=text)


def delta(index: int, kind: str, /, **fields: object) -> bytes:
    """Write a delta into a block of Anthropic's."""
    return event("content_block_delta", index=index, delta={"type": kind, **fields})


def stop(index: int) -> bytes:
    """Stop a block of Anthropic's."""
    return event("content_block_stop", index=index)


def end(reason: str | None = "end_turn", **usage: int | None) -> bytes:
    """Write Anthropic's stop reason."""
    return event("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage=usage)


STOP = event("message_stop")
PING = event("ping")


def part(kind: str, index: int | None = 0, /, **message: Any) -> bytes:
    """Write an event of Cohere's with something of the message."""
    return event(kind, **({} if index is None else {"index": index}), delta={"message": message})


def says(text: str, index: int = 0) -> bytes:
    """Write text as Cohere does."""
    return part("content-delta", index, content={"text": text})


def call(index: int, text: str) -> bytes:
    """Write a Cohere delta with a part of a tool call's arguments."""
    return part("tool-call-delta", index, tool_calls={"function": {"arguments": text}})


def begin_call(index: int, id: str, name: str = "look_up", arguments: str = "") -> bytes:  # noqa: A002 - the field
    """Begin a tool call as Cohere does."""
    function = {"name": name, "arguments": arguments}
    return part("tool-call-start", index, tool_calls={"id": id, "type": "function", "function": function})


def message_end(reason: str | None = "COMPLETE", **fields: object) -> bytes:
    """Write Cohere's last event."""
    return event("message-end", delta={"finish_reason": reason, **fields})


def _with_newlines(events: list[bytes]) -> list[bytes]:
    """Write events with the line ends of the other formats."""
    return [event.replace(b"\r\n", b"\n") for event in events]


_GEMINI_END = _with_newlines(gemini_events("I", "o"))[-1]

FORMATS: dict[str, tuple[list[bytes], bytes, list[bytes]]] = {
    "openai.chat": (
        [chat_event({"content": "I"}), chat_event({"content": "o"})],
        chat_event({}, finish="stop"),
        [DONE],
    ),
    "anthropic.messages": (
        [begin(input_tokens=7), start(0, text=""), PING, text(0, "I"), text(0, "o"), stop(0)],
        end(output_tokens=2),
        [STOP],
    ),
    "cohere.v2.chat": (
        [event("message-start", id="c1"), part("content-start", content={"type": "text"}), says("I"), says("o")],
        message_end(usage={"tokens": {"input_tokens": 7.0, "output_tokens": 2.0}}),
        [],
    ),
    "gemini.generate_content": (_with_newlines(gemini_events("I", "o", reason=None)), _GEMINI_END, []),
    "ollama.chat": (ollama_lines("I", "o")[:-1], ollama_lines("I", "o")[-1], []),
    "cohere.v1.chat": (cohere_v1_lines("I", "o")[:-1], cohere_v1_lines("I", "o")[-1], []),
    "openai.responses": (responses_events("I", "o", status=None), responses_events("I", "o")[-1], []),
}
"""For each format: the events with the text "Io", the one that proves the end, and the sentinel if it is another."""
LINES = frozenset({"cohere.v1.chat", "ollama.chat"})
"""Formats whose events are lines."""
NEVER_CLOSED = frozenset({"gemini.generate_content"})
"""Formats in which only the end of the body shows that no more can come."""
