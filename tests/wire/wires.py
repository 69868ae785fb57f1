"""One sound answer of each of the 24 wires, event by event, and how an event of it is read and written anew."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from streamkit import wire
from streamkit.testing import anthropic_events, aws_frame, bedrock_events, invoke_events
from tests.wire.formats import FORMATS
from tests.wire.outcome import DONE, data

Event = dict[str, Any]


@dataclass(frozen=True)
class Sound:
    """An answer that says "Io".

    Args:
        said: The events before the end.
        proof: The event that proves it.
        after: What follows.
        read: Takes the JSON out of an event.
        write: Makes an event of JSON.
    """

    content: list[bytes]
    proof: bytes
    after: list[bytes]
    read: Callable[[bytes], Event]
    write: Callable[[Event], bytes]

    @property
    def events(self) -> list[bytes]:
        """All of it."""
        return [*self.content, self.proof, *self.after]


def _read_sse(event: bytes) -> Event:
    return json.loads(event.partition(b"data: ")[2])


def _write_line(event: Event) -> bytes:
    return json.dumps(event).encode() + b"\n"


def _in_format(api: str, *, lines: bool = False) -> Sound:
    content, proof, after = FORMATS[api]
    return Sound(content, proof, after, json.loads if lines else _read_sse, _write_line if lines else data)


def _read_frame(frame: bytes) -> Event:
    """Take the event's name out of its first header, and the JSON behind all headers."""
    headers = int.from_bytes(frame[4:8])
    name = frame[27 : 27 + int.from_bytes(frame[25:27])].decode()
    return {name: json.loads(frame[12 + headers : -4])}


def _read_inside(frame: bytes) -> Event:
    return json.loads(base64.b64decode(_read_frame(frame)["chunk"]["bytes"]))


def _write_inside(event: Event) -> bytes:
    return invoke_events(event)[0]


def _write_frame(event: Event) -> bytes:
    ((name, payload),) = event.items()
    return aws_frame(name, payload)


def _completion(text: str, reason: str | None = None) -> bytes:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": reason}
    return data({"id": "c-1", "object": "text_completion", "created": 1, "model": "scripted-1", "choices": [choice]})


def _generated(text: str, **fields: Any) -> bytes:
    return _write_line({"model": "scripted-1", "created_at": "now", "response": text, "done": False, **fields})


_CONVERSE = bedrock_events("I", "o")
_CLAUDE = [_read_sse(each) for each in anthropic_events("I", "o")]

_BY_DECODER: dict[str, Sound] = {
    "AnthropicDecoder": _in_format("anthropic.messages"),
    "ChatDecoder": _in_format("openai.chat"),
    "CohereDecoder": _in_format("cohere.v2.chat"),
    "CohereV1Decoder": _in_format("cohere.v1.chat", lines=True),
    "CompletionsDecoder": Sound([_completion("I"), _completion("o")], _completion("", "stop"), [DONE], _read_sse, data),
    "ConverseDecoder": Sound(_CONVERSE[:-2], _CONVERSE[-2], _CONVERSE[-1:], _read_frame, _write_frame),
    "GeminiDecoder": _in_format("gemini.generate_content"),
    "InvokeDecoder": Sound(
        invoke_events(*_CLAUDE[:-2]),
        _write_inside(_CLAUDE[-2]),
        [_write_inside(_CLAUDE[-1])],
        _read_inside,
        _write_inside,
    ),
    "OllamaChatDecoder": _in_format("ollama.chat", lines=True),
    "OllamaGenerateDecoder": Sound(
        [_generated("I"), _generated("o")],
        _generated("", done=True, done_reason="stop", prompt_eval_count=7, eval_count=2),
        [],
        json.loads,
        _write_line,
    ),
    "ResponsesDecoder": _in_format("openai.responses"),
}


WIRES: dict[str, Sound] = {api: _BY_DECODER[row.decoder.__name__] for api, row in wire.APIS.items()}
