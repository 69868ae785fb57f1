"""A short way through events that differ in one string only.

In a stream of deltas nearly all of an event repeats. Keep what stands before and after the one string
of a fully parsed event: a later event with the same two ends, and one whole JSON string between them,
is that event with another string in it, and nothing else needs to be parsed. An event that does not
fit is parsed in full, and after three in a row that did not, the template gives up.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from ..chunk import Chunk, ToolCallDelta

_string = msgspec.json.Decoder(str).decode
# Padding against guessing from sizes. OpenAI, Mistral and AWS add a field with random letters to the end of an event …
_NOISE = (b',"obfuscation":"', b',"p":"')

_LETTERS = re.compile(rb'[0-9A-Za-z]*("\}+)').fullmatch
# … and Anthropic spaces before the last brace.
_SPACES_TO_END = re.compile(rb" *\}").fullmatch

_ToEnd: TypeAlias = Callable[[bytes, int], object]

MISSES = 3


class Template:
    """The two ends of the last event that was parsed, and the chunk that it made.

    Args:
        strings: What stands before the string, by the field of the chunk that it is for.
    """

    __slots__ = (
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
        "misses",
    )

    def __init__(self, strings: Mapping[str, re.Pattern[bytes]]) -> None:
        self._strings = strings
        self.misses = 0
        self._tried: str = ""
        self.forget()

    def forget(self) -> None:
        """Fit nothing until the next event is learned."""
        self._prefix = b"\xff"  # starts no JSON text
        self._suffix = b""
        self._padding: _ToEnd | None = None
        self._start = 0
        self._stop = 0
        self._field = "content"
        self._tool = 0
        self._head: tuple[Any, ...] = ()

    def read(self, payload: bytes) -> Chunk | None:
        """Return the chunk of an event that fits, or None."""
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
            return None  # an empty string says nothing, which is for the full parse to judge
        self.misses = 0
        model, identity, provider, api, block = self._head
        field = self._field
        if field == "content":
            return Chunk(content, model, identity, provider, payload, api, True, block=block)
        if field == "thinking":
            return Chunk("", model, identity, provider, payload, api, thinking=content, block=block)
        if field == "tool_plan":
            return Chunk("", model, identity, provider, payload, api, tool_plan=content, block=block)
        pieces = (ToolCallDelta(self._tool, None, None, content),)
        return Chunk("", model, identity, provider, payload, api, tool_calls=pieces, block=block)

    def learn(self, payload: bytes, chunk: Chunk) -> None:
        """Take the ends of an event that holds one string of text, or one piece of a tool call, of choice 0."""
        if self.misses >= MISSES:
            return
        found = _only_string(chunk)
        if found is None or found[0] not in self._strings:
            return
        field, value = found
        if field != self._tried:
            self._tried, self.misses = field, 0  # text after thinking: what holds of one need not hold of the other
        self.misses += 1
        ends = _ends(payload, self._strings[field], value)
        if ends is None:
            return
        self._fit(*ends)
        self._field = field
        self._tool = chunk.tool_calls[0].index if chunk.tool_calls else 0
        self._head = (chunk.model, chunk.id, chunk.provider, chunk.api, chunk.block)

    def _fit(self, prefix: bytes, suffix: bytes) -> None:
        """Take the two ends."""
        self._prefix = prefix
        self._padding, self._suffix = _padding(suffix)
        self._start = len(prefix) - 1
        self._stop = 1 - len(suffix) if self._padding is None else len(self._suffix)


def _only_string(chunk: Chunk) -> tuple[str, str] | None:
    """Name the one string that such an event is about, if it is about one."""
    if chunk.index or chunk.refusal or chunk.audio or chunk.audio_transcript or chunk.finish_reasons:
        return None
    if chunk.usage or chunk.images or chunk.citations or chunk.signature or len(chunk.tool_calls) > 1:
        return None
    call = chunk.tool_calls[0] if chunk.tool_calls else None
    told = {"content": chunk.content, "thinking": chunk.thinking, "tool_plan": chunk.tool_plan}
    if call is not None:
        if call.id or call.name or call.complete or not call.arguments:
            return None
        told["arguments"] = call.arguments
    strings = [(field, value) for field, value in told.items() if value]
    return strings[0] if len(strings) == 1 else None


def _padding(suffix: bytes) -> tuple[_ToEnd | None, bytes]:
    """Say what padding may stand behind the string, and what stands before that padding."""
    for name in _NOISE:
        head, noise, rest = suffix.rpartition(name)
        end = _LETTERS(rest) if noise else None
        if end is not None:
            return _letters_to(end[1]), head + noise
    bare = suffix[:-1].rstrip(b" ")
    if suffix.endswith(b" }") and bare.count(b'"') == 1:  # only brackets: the last such place is the right one
        return _SPACES_TO_END, bare
    return None, suffix


@functools.lru_cache(maxsize=16)
def _letters_to(end: bytes) -> _ToEnd:
    return re.compile(rb"[0-9A-Za-z]*" + re.escape(end)).fullmatch


def _ends(payload: bytes, before: re.Pattern[bytes], value: str) -> tuple[bytes, bytes] | None:
    """Find what stands before and after the string, and prove that it is the one that was read."""
    places = [found.end() for found in before.finditer(payload)]
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
