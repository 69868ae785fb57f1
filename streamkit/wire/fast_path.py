"""The fast path for events that differ in one string only.

In a stream of deltas most bytes of an event repeat. The template keeps the bytes before and after the one string of a
fully parsed event. A later event with the same two ends, and one complete JSON string between them, is the same event
with another string, so only that string is parsed. Other events take the second path (``typed``) or are parsed in full.
After three of those in a row whose ends were learned the template gives up.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from ..chunk import Chunk, ToolCallDelta

_string = msgspec.json.Decoder(str).decode
# Padding hides the sizes of deltas. OpenAI, Mistral and AWS add a field of random letters at the end of an event …
_NOISE = (b',"obfuscation":"', b',"p":"')

_LETTERS = re.compile(rb'[0-9A-Za-z]*("\}+)').fullmatch
# … and Anthropic adds spaces before the last brace.
_SPACES_TO_END = re.compile(rb" *\}").fullmatch

# Two events with the same text and probabilities have the same ends, and each adds probabilities.
_PROBABILITIES = re.compile(rb'"logprob(?:"|sResult"|s"\s*:\s*\{)').search

_BACKSLASH = 92

_ToEnd: TypeAlias = Callable[[bytes, int], object]

MISSES = 3
WORTH = 4
"""The number of events that must be read by the ends of one, or learning them has cost more than it has saved."""
ALIKE = 32
"""The number of bytes in which an event begins as the one before it, or it is not worth learning its ends."""


class Template:
    """Reads events that equal the last parsed event except for one string.

    Args:
        strings: By field of the chunk, the pattern of the bytes before the string.
    """

    __slots__ = (
        "_before",
        "_field",
        "_head",
        "_padding",
        "_prefix",
        "_start",
        "_stop",
        "_strings",
        "_suffix",
        "_tool",
        "_tried",
        "hits",
        "learned",
        "misses",
    )

    def __init__(self, strings: Mapping[str, re.Pattern[bytes]]) -> None:
        self._strings = strings
        self.misses = 0
        """The number of times in a row that it was not worth learning the ends of an event."""
        self.hits = 0
        """The number of events that were read since then."""
        self._tried: str = ""
        self._before = b""
        self._suffix = b""
        self._padding: _ToEnd | None = None
        self._start = 0
        self._stop = 0
        self._field = "content"
        self._tool = 0
        self._head: tuple[Any, ...] = ()
        self.forget()

    def forget(self) -> None:
        """Match no event until the next one is learned."""
        self.learned = False
        self._prefix = b"\xff"  # no JSON text starts with this byte

    def read(self, payload: bytes) -> Chunk | None:
        """Return the chunk of an event that matches, else None."""
        if not payload.startswith(self._prefix):
            return None
        padding = self._padding
        if padding is not None:
            stop = payload.rfind(self._suffix)
            if padding(payload, stop + self._stop) is None:
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
            return None  # only the full parse knows what an empty string means
        self.hits += 1
        model, identity, provider, api, block = self._head
        field = self._field
        if field == "content":
            return Chunk(content, model, identity, provider, payload, api, True, block=block)
        if field == "thinking":
            return Chunk("", model, identity, provider, payload, api, thinking=content, block=block)
        if field == "tool_plan":
            return Chunk("", model, identity, provider, payload, api, tool_plan=content, block=block)
        deltas = (ToolCallDelta(self._tool, None, None, content),)
        return Chunk("", model, identity, provider, payload, api, tool_calls=deltas, block=block)

    def learn(self, payload: bytes, chunk: Chunk) -> None:
        """Learn the ends of an event that has one string: text or a delta of one tool call, of choice 0."""
        if self.misses >= MISSES or chunk.finish_reasons or chunk.usage:
            return
        before, self._before = self._before, payload
        if before[:ALIKE] != payload[:ALIKE] or _PROBABILITIES(payload):
            return
        found = _only_string(chunk)
        if found is None or found[0] not in self._strings:
            return
        field, value = found
        if field != self._tried:
            self._tried, self.misses = field, 0  # for example text after thinking: each field gets its own attempts
        self.misses = 1 if self.hits >= WORTH else self.misses + 1
        self.hits = 0
        ends = _ends(payload, self._strings[field], value)
        if ends is None:
            return
        self._fit(*ends)
        self._field = field
        self._tool = chunk.tool_calls[0].index if chunk.tool_calls else 0
        self._head = (chunk.model, chunk.id, chunk.provider, chunk.api, chunk.block)

    def _fit(self, prefix: bytes, suffix: bytes) -> None:
        """Set the two ends."""
        self.learned = True
        self._prefix = prefix
        self._padding, self._suffix = _padding(suffix)
        self._start = len(prefix) - 1
        self._stop = 1 - len(suffix) if self._padding is None else len(self._suffix)


def _only_string(chunk: Chunk) -> tuple[str, str] | None:
    """Return the field and the value of the chunk's only string; None if the chunk has anything else."""
    if chunk.index or chunk.refusal or chunk.audio or chunk.audio_transcript or chunk.finish_reasons:
        return None
    if chunk.usage or chunk.images or chunk.citations or chunk.signature or len(chunk.tool_calls) > 1:
        return None
    call = chunk.tool_calls[0] if chunk.tool_calls else None
    strings_by_field = {"content": chunk.content, "thinking": chunk.thinking, "tool_plan": chunk.tool_plan}
    if call is not None:
        if call.id or call.name or call.complete or not call.arguments:
            return None
        strings_by_field["arguments"] = call.arguments
    strings = [(field, value) for field, value in strings_by_field.items() if value]
    return strings[0] if len(strings) == 1 else None


def _padding(suffix: bytes) -> tuple[_ToEnd | None, bytes]:
    """Return the pattern of the padding after the string, or None, and the suffix before the padding."""
    for name in _NOISE if suffix.rstrip(b"}").endswith(b'"') else ():
        head, noise, rest = suffix.rpartition(name)
        end = _LETTERS(rest) if noise else None
        if end is not None:
            return _letters_to(end[1]), head + noise
    unpadded = suffix[:-1].rstrip(b" ")
    if suffix.endswith(b" }") and unpadded.count(b'"') == 1:  # only brackets follow the string
        return _SPACES_TO_END, unpadded
    return None, suffix


@functools.lru_cache(maxsize=16)
def _letters_to(end: bytes) -> _ToEnd:
    return re.compile(rb"[0-9A-Za-z]*" + re.escape(end)).fullmatch


def _ends(payload: bytes, before: re.Pattern[bytes], value: str) -> tuple[bytes, bytes] | None:
    """Return the bytes before and after the string, if the string between them is certainly the given value."""
    found = before.search(payload)
    if found is None or before.search(payload, found.end()) is not None:
        return None
    start = found.end()
    stop = _string_end(payload, start)
    if stop is None or not _decodes_to(payload[start - 1 : stop + 1], value):
        return None
    return payload[:start], payload[stop:]


def _decodes_to(text: bytes, value: str) -> bool:
    try:
        return _string(text) == value
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _string_end(payload: bytes, start: int) -> int | None:
    """Return the position of the quote that closes a JSON string; None if there is none."""
    at = payload.find(b'"', start)
    while at >= 0:
        if payload[at - 1] != _BACKSLASH:
            return at
        before = payload[start:at]
        if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
            return at
        at = payload.find(b'"', at + 1)
    return None
