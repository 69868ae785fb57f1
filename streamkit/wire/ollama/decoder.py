"""Ollama's own two wires, chat and generate: lines of JSON, the last of which says that it is done."""

from __future__ import annotations

import base64
import re
from typing import Any, ClassVar, Unpack

from ...chunk import Chunk, Image, ToolCallDelta, Usage
from ..event_decoder import EventDecoder, Options
from ..framing.ndjson import LineFramer
from ..lenient_json import as_count, as_dict, as_json, as_list, as_text


class OllamaChatDecoder(EventDecoder):
    """Decode a chat stream: ``done`` is the proof, and the sentinel too."""

    framer: ClassVar = LineFramer
    # Only servers that do not stamp every line with its time send lines that differ in one string.
    strings: ClassVar = {
        "content": re.compile(rb'"content"\s*:\s*"'),
        "thinking": re.compile(rb'"thinking"\s*:\s*"'),
    }
    reason = "line that says done"
    proof = "a line in which `done` is true"

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self._calls = 0

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        told = self._read_message(event)
        told = {name: value for name, value in told.items() if value}
        self.saw_content = self.saw_content or bool(told)
        if event.get("done") is True:
            self._template.forget()
            self.done = self.finish_seen = self.saw_content = True
            reason = as_text(event.get("done_reason"))
            told["finish_reasons"] = [reason] if reason else None
            told["usage"] = _usage(event)
        chunks.append(self._chunk(payload, {"model": as_text(event.get("model")) or None, **told}))

    def _read_message(self, event: dict[str, Any]) -> dict[str, Any]:
        message = as_dict(event.get("message"))
        calls = tuple(self._read_call(as_dict(call)) for call in as_list(message.get("tool_calls")))
        images = tuple(_image(as_text(each)) for each in as_list(message.get("images")))
        texts = {"content": as_text(message.get("content")), "thinking": as_text(message.get("thinking"))}
        return {**texts, "tool_calls": calls, "images": images}

    def _read_call(self, given: dict[str, Any]) -> ToolCallDelta:
        """Read a call, which always comes whole; its own number is not always there, and not always its own."""
        function = as_dict(given.get("function"))
        index = self._calls
        self._calls += 1
        call_id, name = as_text(given.get("id")) or None, as_text(function.get("name")) or None
        return ToolCallDelta(index, call_id, name, as_json(function.get("arguments") or {}), complete=True)


class OllamaGenerateDecoder(OllamaChatDecoder):
    """Decode the stream of a bare prompt: the same, with the text at the top."""

    strings: ClassVar = {
        "content": re.compile(rb'"response"\s*:\s*"'),
        "thinking": re.compile(rb'"thinking"\s*:\s*"'),
    }

    def _read_message(self, event: dict[str, Any]) -> dict[str, Any]:
        image = as_text(event.get("image"))
        texts = {"content": as_text(event.get("response")), "thinking": as_text(event.get("thinking"))}
        return {**texts, "images": (_image(image),) if image else ()}


def _image(text: str) -> Image:
    try:
        return Image(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise ValueError(f"an image is not base64: {error}") from None


def _usage(event: dict[str, Any]) -> Usage | None:
    """Read the figures of the last line; how long each step took stands beside them in ``raw``."""
    figures = ("_count", "_duration")
    raw = {name: value for name, value in event.items() if name.endswith(figures) and value is not None}
    if not raw:
        return None
    return Usage(input_tokens=as_count(raw, "prompt_eval_count"), output_tokens=as_count(raw, "eval_count"), raw=raw)
