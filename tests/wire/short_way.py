"""Decoding with and without the template: the short way must not be seen in what comes out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import astuple

from streamkit.chunk import Chunk
from streamkit.wire import open_decoder
from streamkit.wire.fast_path import Template

PLAIN = Chunk.__struct_fields__.index("plain")


class NoTemplate(Template):
    """A template that nothing fits."""

    __slots__ = ()

    def read(self, payload: bytes) -> Chunk | None:
        return None


def decoded(events: list[bytes], template: type[Template], *, api: str = "openai.chat") -> tuple[object, ...]:
    """Decode with a template: all that can be seen of it, but for who made a chunk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamkit.wire.event_decoder.Template", template)
        decoder = open_decoder(api)
    chunks, moved = list[Chunk](), list[bool]()
    for event in events:
        decoder.saw_content = False
        chunks += decoder.feed(event)
        moved.append(decoder.saw_content)
    shown = [(*astuple(chunk)[:PLAIN], *astuple(chunk)[PLAIN + 1 :]) for chunk in chunks]
    return shown, moved, decoder.finish_seen, type(decoder.error), decoder.notes


def assert_same(events: list[bytes], *, api: str = "openai.chat") -> None:
    """Decode with and without it, and compare."""
    assert decoded(events, Template, api=api) == decoded(events, NoTemplate, api=api)


def parses(events: list[bytes], *, api: str = "openai.chat") -> Iterator[int]:
    """Count the events of each read that do not take the short way."""
    decoder: Any = open_decoder(api)
    template: Template = decoder._template
    kind, took = type(template), list[bytes]()

    def read(self: Template, payload: bytes) -> Chunk | None:
        chunk = kind.read(self, payload)
        took.extend([payload] * (chunk is not None))
        return chunk

    template.__class__ = type(kind.__name__, (kind,), {"__slots__": (), "read": read})
    for event in events:
        took.clear()
        decoder.feed(event)
        yield 1 - len(took)
