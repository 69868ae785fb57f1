"""Frames: chunks in a compact form of bytes, as they stand in a log that other processes read.

A frame is one byte with the version of the form, and then a MessagePack array: the producer's token, the number of the
first chunk, and the chunks. A chunk of plain text is its text; a text means the same model, id, provider and block as
the chunk before, also where that stands in the frame before. Any other chunk is a map from the numbers of its fields to
their values, without those that have their default. The frame of an end has the end in place of the chunks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from .. import chunk as _chunk
from ..chunk import Chunk, Image, ReasonsAfterCalls, ToolCallDelta, Usage
from ..codec import origin_fields, read_origin
from ..errors import MalformedError

VERSION = 1
"""The version of the form; a reader refuses frames of any other."""

# The fields in the order of their numbers, which stand in stored frames: new ones come last, and none goes.
_FIELDS = (
    *("content", "model", "id", "provider", "payload", "api", "plain", "index", "thinking", "signature", "refusal"),
    *(
        "tool_calls",
        "audio",
        "audio_transcript",
        "images",
        "citations",
        "finish_reasons",
        "usage",
        "block",
        "tool_plan",
    ),
    "redacted_thinking",
)
_AFTER_CALLS, _ORIGIN = 100, 101  # two numbers that are no fields of a chunk

_DEFAULTS = dict(zip(Chunk.__struct_fields__, Chunk.__struct_defaults__, strict=True))

_NUMBERED = tuple((at, name, _DEFAULTS[name]) for at, name in enumerate(_FIELDS))

_NAMES = dict(enumerate(_FIELDS))

_COMMON = ("model", "id", "provider", "block")

_READERS: dict[str, Callable[[Any], Any]] = {
    "tool_calls": lambda value: msgspec.convert(value, tuple[ToolCallDelta, ...]),
    "images": lambda value: msgspec.convert(value, tuple[Image, ...]),
    "citations": tuple,
    "usage": lambda value: msgspec.convert(value, Usage),
}

_encode = msgspec.msgpack.Encoder().encode

_decode = msgspec.msgpack.Decoder().decode


@dataclass(frozen=True, slots=True)
class Frame:
    """What one frame holds.

    Args:
        token: The producer's token.
        first: The number of the first chunk, from 1; of an end the number of all chunks and one more.
        chunks: The chunks; empty for an end.
        end: The fields of the end; None for chunks.
    """

    token: bytes
    first: int
    chunks: list[Chunk]
    end: dict[str, Any] | None = None


class FrameEncoder:
    """Writes the frames of one producer.

    Args:
        token: The producer's token.
        raw: True if frames carry each event's payload, which ``chunk.chunk`` and ``chunk.raw`` read.
    """

    def __init__(self, token: bytes, *, raw: bool = False) -> None:
        self._token = token
        self._raw = raw
        self._common: tuple[Any, ...] | None = None

    def chunks(self, chunks: Sequence[Chunk], *, first: int) -> bytes:
        """Return the frame of chunks that follow each other.

        Args:
            chunks: The chunks, one or more.
            first: The number of the first one.
        """
        apart = [] if self._raw else [chunk for chunk in chunks if not chunk.plain and chunk.payload is not None]
        kept = frozenset[int]() if self._raw else frozenset(map(id, _chunk.with_details(apart)))
        body: list[Any] = []
        common = self._common
        for chunk in chunks:
            now = (chunk.model, chunk.id, chunk.provider, chunk.block)
            if chunk.plain and not self._raw and type(chunk) is Chunk and now == common:
                body.append(chunk.content)
            else:
                body.append(_fields(chunk, payload=self._raw or id(chunk) in kept))
            common = now
        self._common = common
        return bytes((VERSION,)) + _encode((self._token, first, body))

    def end(self, fields: dict[str, Any], *, after: int) -> bytes:
        """Return the frame of an end.

        Args:
            fields: The end, in values that MessagePack has.
            after: The number of the last chunk, 0 if there was none.
        """
        return bytes((VERSION,)) + _encode((self._token, after + 1, fields))


class FrameDecoder:
    """Reads the frames of one producer, in order."""

    def __init__(self) -> None:
        self._common: dict[str, Any] = {}

    def read(self, data: bytes) -> Frame:
        """Read a frame.

        Args:
            data: The bytes of the frame.

        Raises:
            MalformedError: It is no frame, or one of another version.
        """
        if not data or data[0] != VERSION:
            version = data[0] if data else "none"
            raise MalformedError(
                f"A frame of the log has version {version}, and this streamkit reads version {VERSION}: use the same "
                "version of streamkit where the log is written and where it is read.",
                retryable=False,
            )
        try:
            token, first, body = _decode(memoryview(data)[1:])
            if isinstance(body, dict):
                return Frame(token, first, [], cast("dict[str, Any]", body))
            return Frame(token, first, [self._chunk(each) for each in body])
        except (msgspec.MsgspecError, ValueError, TypeError, LookupError) as error:
            raise MalformedError("A frame of the log cannot be read: it is damaged, or not streamkit's.") from error

    def _chunk(self, body: Any) -> Chunk:
        if type(body) is str:
            return Chunk(body, plain=True, **self._common)
        chunk = _chunk_of(body)
        self._common = {name: getattr(chunk, name) for name in _COMMON}
        return chunk


def _fields(chunk: Chunk, *, payload: bool) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for at, name, default in _NUMBERED:
        value = getattr(chunk, name)
        if value != default and (payload or name != "payload"):
            found[at] = value
    if chunk.tool_calls:
        found[_FIELDS.index("tool_calls")] = [_without_defaults(each) for each in chunk.tool_calls]
    if isinstance(chunk.finish_reasons, ReasonsAfterCalls):
        found[_AFTER_CALLS] = True
    if chunk.origin is not None:
        found[_ORIGIN] = origin_fields(chunk.origin)
    return found


def _without_defaults(delta: ToolCallDelta) -> dict[str, Any]:
    pairs = zip(delta.__struct_fields__, delta.__struct_defaults__, strict=True)
    return {name: value for name, default in pairs if (value := getattr(delta, name)) != default}


def _chunk_of(fields: dict[int, Any]) -> Chunk:
    after_calls, origin = fields.pop(_AFTER_CALLS, False), fields.pop(_ORIGIN, None)
    known = {_NAMES[at]: value for at, value in fields.items()}
    for name in _READERS.keys() & known.keys():
        known[name] = _READERS[name](known[name])
    if after_calls:
        known["finish_reasons"] = ReasonsAfterCalls(known["finish_reasons"])
    chunk = Chunk(**known)
    return chunk if origin is None else chunk.with_origin(read_origin(origin, chunk.content))
