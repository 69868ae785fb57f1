"""A short way through events that differ in one string only.

In a stream of deltas nearly all of an event repeats. Keep what stands before and after the one string
of a fully parsed event: a later event with the same two ends, and one whole JSON string between them,
is that event with another string in it, and nothing else needs to be parsed. An event that does not
fit is parsed in full, and after three in a row that did not, the template gives up.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ..chunk import Chunk, ToolCallDelta

_string = msgspec.json.Decoder(str).decode
_KEYS = {
    "content": re.compile(rb'"content"\s*:\s*"'),
    "arguments": re.compile(rb'"arguments"\s*:\s*"'),
    "thinking": re.compile(rb'"reasoning(?:_content)?"\s*:\s*"'),
}
# Random padding against guessing from sizes: OpenAI adds it to the end of every event.
_NOISE = b',"obfuscation":"'
_MISSES = 3


class Template:
    """The two ends of the last event that was parsed, and the chunk that it made."""

    __slots__ = ("_head", "_kind", "_noise", "_prefix", "_start", "_stop", "_suffix", "_tool", "misses")

    def __init__(self) -> None:
        self.misses = 0
        self.forget()

    def forget(self) -> None:
        """Fit nothing until the next event is learned."""
        self._prefix = b"\xff"  # starts no JSON text
        self._suffix = b""
        self._noise = False
        self._start = 0
        self._stop: int | None = None
        self._kind = "content"
        self._tool = 0
        self._head: tuple[Any, ...] = ()

    def read(self, payload: bytes) -> Chunk | None:
        """Return the chunk of an event that fits, or None."""
        if not payload.startswith(self._prefix):
            return None
        if self._noise:
            stop = payload.rfind(self._suffix)
            noise = payload[stop + len(self._suffix) : -2]
            if stop < 0 or not payload.endswith(b'"}') or not (noise.isalnum() or not noise):
                return None
            text = payload[self._start : stop + 1]
        elif payload.endswith(self._suffix):
            text = payload[self._start : self._stop]
        else:
            return None
        try:
            content = _string(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        if not content:
            return None  # an empty string says nothing, which is for the full parse to judge
        self.misses = 0
        model, identity, provider, sdk = self._head
        if self._kind == "content":
            return Chunk(content, model, identity, provider, payload, sdk, True)
        if self._kind == "thinking":
            return Chunk("", model, identity, provider, payload, sdk, thinking=content)
        pieces = (ToolCallDelta(self._tool, None, None, content),)
        return Chunk("", model, identity, provider, payload, sdk, tool_calls=pieces)

    def learn(self, payload: bytes, chunk: Chunk) -> None:
        """Take the ends of an event that holds one string of text, or one piece of a tool call, of choice 0."""
        if self.misses >= _MISSES:
            return
        found = _only_string(chunk)
        if found is None:
            return
        key, value = found
        self.misses += 1
        ends = _ends(payload, key, value)
        if ends is None:
            return
        prefix, suffix = ends
        head, noise, padding = suffix.rpartition(_NOISE)
        self._noise = bool(noise) and padding[-2:] == b'"}' and (padding[:-2].isalnum() or padding == b'"}')
        self._prefix, self._suffix = prefix, head + noise if self._noise else suffix
        self._start = len(prefix) - 1
        self._stop = 1 - len(suffix) or None
        self._kind = key
        self._tool = chunk.tool_calls[0].index if chunk.tool_calls else 0
        self._head = (chunk.model, chunk.id, chunk.provider, chunk.sdk)


def _only_string(chunk: Chunk) -> tuple[str, str] | None:
    """Name the one string that such an event is about, if it is about one."""
    if chunk.index or chunk.refusal or chunk.audio or chunk.audio_transcript or chunk.finish_reasons:
        return None
    if chunk.usage or chunk.images or chunk.citations or len(chunk.tool_calls) > 1:
        return None
    call = chunk.tool_calls[0] if chunk.tool_calls else None
    told = {"content": chunk.content, "thinking": chunk.thinking}
    if call is not None:
        if call.id or call.name or not call.arguments:
            return None
        told["arguments"] = call.arguments
    strings = [(key, value) for key, value in told.items() if value]
    return strings[0] if len(strings) == 1 else None


def _ends(payload: bytes, key: str, value: str) -> tuple[bytes, bytes] | None:
    """Find what stands before and after the string, and prove that it is the one that was read."""
    places = [found.end() for found in _KEYS[key].finditer(payload)]
    if len(places) != 1:
        return None
    prefix, rest = payload[: places[0]], payload[places[0] :]
    stop = _string_end(rest)
    if stop is None or not _says(b'"' + rest[: stop + 1], value):
        return None
    return prefix, rest[stop:]


def _says(text: bytes, value: str) -> bool:
    try:
        return _string(text) == value
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _string_end(rest: bytes) -> int | None:
    """Where the quote stands that closes a JSON string."""
    at = rest.find(b'"')
    while at >= 0:
        before = rest[:at]
        if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
            return at
        at = rest.find(b'"', at + 1)
    return None
