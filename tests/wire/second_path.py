"""Decoding with and without the second path: everything that can be seen of an answer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import pytest
from msgspec.structs import astuple

from streamkit.chunk import Chunk
from streamkit.wire import Decoder, open_decoder
from streamkit.wire.event_decoder import EventDecoder


def seen(fragments: Iterable[bytes], *, second: bool, **call: Any) -> list[object]:
    """Decode a body in fragments, with the second path or without it: all that can be seen, read by read."""
    with pytest.MonkeyPatch.context() as patch:
        if not second:
            patch.setattr(EventDecoder, "_read_second", _nothing)
        decoder = open_decoder(**call)
        found: list[object] = []
        for fragment in fragments:
            decoder.saw_content = False
            found.append((*map(shown, decoder.feed(fragment)), *_state(decoder)))
        return [*found, (*map(shown, decoder.finish()), *_state(decoder)), repr(decoder.notes)]


def taken(fragments: Iterable[bytes], **call: Any) -> tuple[int, int]:
    """Count the events of a body that take the second path, and those that need the full parse."""
    counts = {"_read_second": 0, "_read_event": 0}

    def count(name: str) -> Any:
        read = getattr(EventDecoder, name)

        def counted(*given: Any) -> Any:
            result = read(*given)
            counts[name] += name == "_read_event" or result is not None
            return result

        return counted

    with pytest.MonkeyPatch.context() as patch:
        for name in counts:
            patch.setattr(EventDecoder, name, count(name))
        decoder = open_decoder(**call)
        for fragment in fragments:
            decoder.feed(fragment)
    return counts["_read_second"], counts["_read_event"]


def _nothing(_decoder: object, _payload: bytes) -> None:
    return None


def _state(decoder: Decoder) -> tuple[object, ...]:
    error = decoder.error
    return decoder.saw_content, decoder.finish_seen, decoder.done, decoder.end_is_proven, type(error), str(error)


def shown(chunk: Chunk) -> str:
    """Show every field of a chunk, so that NaN equals NaN and True is not 1."""
    usage = chunk.usage and [getattr(chunk.usage, name) for name in chunk.usage.__slots__]
    return repr((astuple(chunk), usage, type(chunk.finish_reasons)))


@dataclass(frozen=True, slots=True)
class Raw:
    """A value that stands in the JSON as it is given."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Twice:
    """The two values of a name that stands twice in one object."""

    first: object
    last: object


def written(value: object) -> bytes:
    """Write JSON that may be odd."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value).items()
        return b"{" + b",".join(_pair(name, inner) for name, inner in pairs) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(written, cast("list[object]", value))) + b"]"
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _pair(name: str, value: object) -> bytes:
    if isinstance(value, Twice):
        return _pair(name, value.first) + b"," + _pair(name, value.last)
    return json.dumps(name).encode() + b":" + written(value)
