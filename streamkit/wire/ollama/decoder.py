"""Decoders of Ollama's chat and generate: lines of JSON, of which the last one has ``done``."""

from __future__ import annotations

import base64
import re
from typing import Any, ClassVar, Unpack

from ...chunk import Chunk, Image, ToolCallDelta, Usage
from ..decoder import Options
from ..event_decoder import EventDecoder
from ..framing.ndjson import LineFramer
from ..lenient_json import as_count, as_dict, as_json, as_list, as_text
from ..typed import UNFIT, is_sound
from .typed import Line, decode_chat, decode_generate


class OllamaChatDecoder(EventDecoder):
    """Decodes a chat stream. ``done`` proves the end, and is the sentinel too."""

    framer: ClassVar = LineFramer
    # Useful only for servers whose lines have no time: other lines differ in more than one string.
    strings: ClassVar = {"content": re.compile(rb'"content"\s*:\s*"'), "thinking": re.compile(rb'"thinking"\s*:\s*"')}
    has_typed: ClassVar = True
    reason = "line that says done"
    proof = "a line in which `done` is true"

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self._calls = 0

    def _read_typed(self, payload: bytes) -> Chunk | None:
        try:
            line = decode_chat(payload)
        except UNFIT:
            return None
        message = line.message
        return self._typed_chunk(line, payload, message.content or "", message.thinking or "")

    def _typed_chunk(self, line: Line, payload: bytes, content: str, thinking: str) -> Chunk | None:
        if line.done or line.type == "error" or line.object == "error":
            return None
        if not is_sound(payload, len(content) + len(thinking)):
            return None
        if content or thinking:
            self.saw_content = True
        return Chunk(content, line.model or None, None, self._provider, payload, self._api, thinking=thinking)

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        fields = self._read_message(event)
        fields = {name: value for name, value in fields.items() if value}
        self.saw_content = self.saw_content or bool(fields)
        if event.get("done") is True:
            self._template.forget()
            self.done = self.finish_seen = self.saw_content = True
            reason = as_text(event.get("done_reason"))
            fields["finish_reasons"] = [reason] if reason else None
            fields["usage"] = _usage(event)
        chunks.append(self._chunk(payload, {"model": as_text(event.get("model")) or None, **fields}))

    def _read_message(self, event: dict[str, Any]) -> dict[str, Any]:
        message = as_dict(event.get("message"))
        calls = tuple(self._read_call(as_dict(call)) for call in as_list(message.get("tool_calls")))
        images = tuple(_image(as_text(each)) for each in as_list(message.get("images")))
        texts = {"content": as_text(message.get("content")), "thinking": as_text(message.get("thinking"))}
        return {**texts, "tool_calls": calls, "images": images}

    def _read_call(self, given: dict[str, Any]) -> ToolCallDelta:
        """Return a tool call, which is always complete; the server's own number can be missing or wrong."""
        function = as_dict(given.get("function"))
        index = self._calls
        self._calls += 1
        call_id, name = as_text(given.get("id")) or None, as_text(function.get("name")) or None
        return ToolCallDelta(index, call_id, name, as_json(function.get("arguments") or {}), complete=True)


class OllamaGenerateDecoder(OllamaChatDecoder):
    """Decodes a generate stream: like chat, with the text at the top level."""

    strings: ClassVar = {"content": re.compile(rb'"response"\s*:\s*"'), "thinking": re.compile(rb'"thinking"\s*:\s*"')}

    def _read_typed(self, payload: bytes) -> Chunk | None:
        try:
            line = decode_generate(payload)
        except UNFIT:
            return None
        return self._typed_chunk(line, payload, line.response, line.thinking or "")

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
    """Return the usage in the last line; ``raw`` also has the durations of the steps."""
    figures = ("_count", "_duration")
    raw = {name: value for name, value in event.items() if name.endswith(figures) and value is not None}
    if not raw:
        return None
    tokens = as_count(raw, "prompt_eval_count"), as_count(raw, "eval_count")
    return Usage(*tokens, raw=raw).with_total()
