"""Answers drawn from recordings of real providers; nothing of a recording is kept in this project.

``STREAMKIT_WIRE`` names the folder of the recordings. They are read when a benchmark runs. An answer of n chunks has
the first events of one recording, n of its events with text, in their order and from the start again when they are used
up, and its last events. Thinking is left out, since not every peer shows it. Without the folder the answers are
generated, and the tables say so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from streamkit.testing import anthropic_events
from streamkit.wire import open_decoder
from streamkit.wire.fast_path import Template

from .plans import beginning, body

Wire = Literal["openai.chat", "anthropic.messages"]
_APIS = {"openai.chat": ("openai.chat", "openai_compatible.chat"), "anthropic.messages": ("anthropic.messages",)}
_REAL = ("recorded", "recorded_chunks")
_OTHER = {"audio", "error_midstream", "multi_choice", "no_finish_reason", "tools", "truncated"}
_LARGE = 2_000  # bytes an event: more is search results or audio, and no text


@dataclass(frozen=True, slots=True)
class Answer:
    """The events of one answer; an event is as it stands on the wire, with the blank line at its end.

    Args:
        name: Vendor whose recording it is.
        head: Events before the first content.
        content: Events with text.
        end: Events after the last content.
    """

    name: str
    head: tuple[bytes, ...]
    content: tuple[bytes, ...]
    end: tuple[bytes, ...]

    def events(self, chunks: int) -> tuple[bytes, ...]:
        """Write an answer with this number of chunks with text."""
        drawn = (self.content[at % len(self.content)] for at in range(chunks))
        return *self.head, *drawn, *self.end


@cache
def answers(wire: Wire = "openai.chat") -> tuple[Answer, ...]:
    """Read the recorded text answers of one wire format; without recordings, one generated answer."""
    folder = os.environ.get("STREAMKIT_WIRE", "")
    found = tuple(_recorded(Path(folder), wire)) if folder else ()
    return found or (_generated(wire),)


def note() -> str:
    """Say where the answers come from."""
    found = answers()
    if found[0].name == "generated":
        return "the answers are generated: STREAMKIT_WIRE names no folder of recordings"
    vendors = sorted({answer.name for answer in found})
    return f"the answers are drawn from {len(found)} recordings, of {', '.join(vendors)}"


def fast_share(chunks: int) -> float:
    """Return the share of all events that the decoder reads on its fast path.

    Args:
        chunks: Number of chunks with text in each answer.
    """
    events = fast = 0
    for answer in answers():
        written = answer.events(chunks)
        counted = _CountingTemplate.of(b"".join(written))
        events += len(written)
        fast += counted
    return fast / events


class _CountingTemplate(Template):
    """A template that counts the events that it reads."""

    __slots__ = ("fast",)

    @classmethod
    def of(cls, data: bytes) -> int:
        """Decode an answer and return the number of its events that took the fast path."""
        decoder: Any = open_decoder("openai.chat")
        template = cls(decoder.strings)
        template.fast = 0
        decoder._template = template
        decoder.feed(data)
        assert decoder.error is None
        return template.fast

    def read(self, payload: bytes) -> Any:
        """Read an event, and count it if that succeeds."""
        chunk = Template.read(self, payload)
        self.fast += chunk is not None
        return chunk


def _recorded(folder: Path, wire: Wire) -> Iterator[Answer]:
    for line in (folder / "manifest.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["api"] not in _APIS[wire] or row["provenance"] not in _REAL or _OTHER & set(row["features"]):
            continue
        answer = _drawn(row["provider"], (folder / row["file"]).read_bytes(), wire)
        if answer is not None:
            yield answer


def _drawn(vendor: str, data: bytes, wire: Wire) -> Answer | None:
    """Cut a recording into its events; return None if it is no whole answer of text to every reader here."""
    events = [event + b"\n\n" for event in data.replace(b"\r\n", b"\n").split(b"\n\n") if b"data: " in event]
    kinds = [_content_of(event) for event in events]
    if "text" not in kinds or len(data) / len(events) > _LARGE:
        return None
    first, last = (each.index(next(filter(None, each))) for each in (kinds, kinds[::-1]))
    texts = tuple(event for event, kind in zip(events, kinds, strict=True) if kind == "text")
    answer = Answer(vendor, tuple(events[:first]), texts, tuple(events[len(events) - last :]))
    decoder = open_decoder(wire)
    decoder.feed(b"".join(answer.events(1)))
    return answer if decoder.error is None and decoder.done else None


def _content_of(event: bytes) -> Literal["", "text", "thinking"]:
    payload = event.partition(b"data: ")[2]
    if payload.startswith(b"[DONE]"):
        return ""
    parsed: dict[str, Any] = json.loads(payload)
    choices: list[dict[str, Any]] = parsed.get("choices") or []
    if any(choice.get("finish_reason") for choice in choices):
        return ""
    delta: dict[str, Any] = parsed.get("delta") or (choices[0].get("delta") if choices else None) or {}
    if delta.get("content") or delta.get("text"):
        return "text"
    return "thinking" if any(map(delta.get, ("reasoning", "reasoning_content", "thinking"))) else ""


def _generated(wire: Wire) -> Answer:
    if wire == "anthropic.messages":
        events = anthropic_events(*(f"word{n} " for n in range(64)))
        texts = [at for at, event in enumerate(events) if _content_of(event)]
        return Answer(
            "generated", tuple(events[: texts[0]]), tuple(events[at] for at in texts), tuple(events[texts[-1] + 1 :])
        )
    deltas, end = body("text", 64)
    return Answer("generated", (beginning(),), deltas, tuple(each + b"\n\n" for each in end.split(b"\n\n") if each))
