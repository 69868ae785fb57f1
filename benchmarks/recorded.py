"""Answers drawn from recordings of real providers; nothing of a recording is kept in this project.

``STREAMKIT_WIRE`` names the folder of the recordings. They are read when a benchmark runs. An answer of n chunks has
the first events of one recording, n of its events with text or thinking, in their order and from the start again when
they are used up, and its last events. Without the folder the answers are generated, and the tables say so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from streamkit.wire import open_decoder
from streamkit.wire.fast_path import Template

from .plans import beginning, body

_APIS = ("openai.chat", "openai_compatible.chat")
_REAL = ("recorded", "recorded_chunks")
_OTHER = {"audio", "error_midstream", "multi_choice", "no_finish_reason", "tools", "truncated"}
_LARGE = 2_000  # bytes an event: more is search results or audio, and no text


@dataclass(frozen=True, slots=True)
class Answer:
    """The events of one answer; an event is as it stands on the wire, with the blank line at its end.

    Args:
        name: Vendor whose recording it is.
        head: Events before the first content.
        content: Events with text or thinking.
        end: Events after the last content.
    """

    name: str
    head: tuple[bytes, ...]
    content: tuple[bytes, ...]
    end: tuple[bytes, ...]

    def events(self, chunks: int) -> tuple[bytes, ...]:
        """Write an answer with this number of chunks with content."""
        drawn = (self.content[at % len(self.content)] for at in range(chunks))
        return *self.head, *drawn, *self.end


@cache
def answers() -> tuple[Answer, ...]:
    """Read the recorded text answers of OpenAI's chat API; without recordings, one generated answer."""
    folder = os.environ.get("STREAMKIT_WIRE", "")
    found = tuple(_recorded(Path(folder))) if folder else ()
    return found or (_generated(),)


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
        chunks: Number of chunks with content in each answer.
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


def _recorded(folder: Path) -> Iterator[Answer]:
    for line in (folder / "manifest.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["api"] not in _APIS or row["provenance"] not in _REAL or _OTHER & set(row["features"]):
            continue
        answer = _drawn(row["provider"], (folder / row["file"]).read_bytes())
        if answer is not None:
            yield answer


def _drawn(vendor: str, data: bytes) -> Answer | None:
    """Cut a recording into its events; return None if it is no whole answer of text to every reader here."""
    events = [event + b"\n\n" for event in data.replace(b"\r\n", b"\n").split(b"\n\n") if event.startswith(b"data: ")]
    with_content = [at for at, event in enumerate(events) if _has_content(event)]
    if not with_content or len(data) / len(events) > _LARGE:
        return None
    first, last = with_content[0], with_content[-1]
    answer = Answer(vendor, tuple(events[:first]), tuple(events[at] for at in with_content), tuple(events[last + 1 :]))
    decoder: Any = open_decoder("openai.chat")
    decoder.feed(b"".join(answer.events(1)))
    return answer if decoder.error is None and decoder.done else None


def _has_content(event: bytes) -> bool:
    if b"[DONE]" in event:
        return False
    choices: list[dict[str, Any]] = json.loads(event[6:]).get("choices") or []
    delta: dict[str, Any] = choices[0].get("delta") or {} if choices else {}
    return not _ended(choices) and any(delta.get(name) for name in ("content", "reasoning", "reasoning_content"))


def _ended(choices: list[dict[str, Any]]) -> bool:
    """Return whether one of the choices has its finish reason."""
    return any(choice.get("finish_reason") for choice in choices)


def _generated() -> Answer:
    deltas, end = body("text", 64)
    return Answer("generated", (beginning(),), deltas, tuple(each + b"\n\n" for each in end.split(b"\n\n") if each))
