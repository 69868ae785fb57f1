"""How the marble diagram of each operator is run: what its words stand for, and how an emitted element is written."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydantic

import streamkit as sk
from tests.docs.marble_runs import Row
from tests.recording.recorded import chunks, read

TEMPORARY = tempfile.TemporaryDirectory(prefix="streamkit-marbles-")  # removed when the program ends
FOLDER = Path(TEMPORARY.name)
SAMPLES = 480  # bytes of 10 ms of sound, which a letter stands for where frames are cut


class Moon(pydantic.BaseModel):
    """The model of the diagrams with JSON."""

    name: str


class Book(pydantic.BaseModel):
    """The model of the diagram of ``partial``."""

    title: str


def unescaped(text: str) -> str:
    """Return the text that a diagram writes with ``\\n`` for a line end."""
    return text.replace(r"\n", "\n")


def escaped(value: Any) -> str:
    """Write a text in one line."""
    return str(value).replace("\n", r"\n")


def chunk(text: str) -> sk.Chunk:
    """Make a chunk of text."""
    return sk.Chunk(content=unescaped(text))


def braced(field: Callable[[str], sk.Chunk], plain: Callable[[str], sk.Chunk] = chunk) -> Callable[[str], sk.Chunk]:
    """Make chunks of one kind where a text is in braces, and of another kind elsewhere."""
    return lambda text: field(text[1:-1]) if text.startswith("{") else plain(text)


def call_delta(arguments: str, *, begins: bool) -> sk.Chunk:
    """Make a chunk with a part of the arguments of a call of ``orbit``."""
    named = ("call_0", "orbit") if begins else (None, None)
    return sk.Chunk(tool_calls=(sk.ToolCallDelta(0, *named, arguments),))


def calling(text: str) -> sk.Chunk:
    """Make a chunk of a part of a tool call, of its finish reason, or of text."""
    if text == "stop":
        return sk.Chunk(finish_reasons=["tool_calls"])
    if text[0] in '{"':
        return call_delta(text, begins=text[0] == "{")
    return chunk(text)


def shown_call(value: sk.Chunk) -> str:
    """Write a chunk of a tool call as the diagram of its source does."""
    if value.finish_reasons:
        return "stop"
    return value.tool_calls[0].arguments if value.tool_calls else value.content


def answering(text: str) -> sk.Chunk:
    """Make a chunk of text, or of the finish reason."""
    return sk.Chunk(finish_reasons=["stop"]) if text == "stop" else chunk(text)


def pictures(text: str) -> sk.Chunk:
    """Make a chunk of images, or of text."""
    if text == "text":
        return chunk("Io")
    return sk.Chunk(images=tuple(sk.Image(data=name.encode()) for name in text.split(", ")))


def sounding(text: str) -> sk.Chunk:
    """Make a chunk of sound by its letter, or of text."""
    return chunk("Io") if text == "text" else sk.Chunk(audio=text.encode())


def speaking(text: str) -> sk.Chunk:
    """Make a chunk of a transcript, or of a second of sound."""
    return sk.Chunk(audio=bytes(48_000)) if text == "{audio}" else sk.Chunk(audio_transcript=text)


def json_text(value: Any) -> str:
    """Write a value of JSON without its quotes."""
    return json.dumps(value).replace('"', "")


def shown_field(event: sk.FieldEvent) -> str:
    """Write the event of a field as its name and value, and the last event as ``whole``."""
    return f"({'.'.join(map(str, event.path))}: {event.value})" if event.path else "(whole)"


def shown_wav(value: bytes) -> str:
    """Write the header as ``H``."""
    return value.replace(value[:44], b"H").decode() if value.startswith(b"RIFF") else value.decode()


def orbit(moon: str) -> str:
    """Return where a moon is."""
    return f"{moon} goes round"


async def has_named_europa(text: str) -> bool:
    """Answer after 0.2 seconds, as a second model would."""
    await asyncio.sleep(0.2)
    return "Europa" in text


def is_polite(text: str, before: str) -> bool:
    """Find nothing but hate impolite."""
    return "hate" not in text


def recorded() -> str:
    """Say what stands in the file of ``record``."""
    return f"the file: {len(chunks(read(FOLDER / 'record.jsonl')))} chunks, their times, and the end"


def reported(metrics: sk.Metrics) -> str:
    """Write the report of ``meter``."""
    return f"report: {metrics.chunks} elements, {metrics.chars} characters, longest gap {metrics.longest:.1f} s"


METRICS: list[sk.Metrics] = []
TEXTS = Row(unescaped, escaped)
CALLS = Row(calling, shown_call, {"orbit": orbit})

ROWS: dict[str, Row] = {
    "audio": Row(braced(lambda _: chunk("Io"), sounding), bytes.decode),
    "batch": Row(unescaped, ",".join),
    "coalesce": Row(unescaped, escaped, column=0.005),
    "code_blocks": Row(unescaped, lambda block: f"{{{block.language}}}"),
    "events": Row(answering, lambda event: event.text if event.kind == "text_delta" else event.kind.split("_")[-1]),
    "fan_out": TEXTS,
    "fields": Row(unescaped, shown_field),
    "guard": Row(unescaped, escaped, {"is_polite": is_polite}),
    "images": Row(braced(pictures), lambda image: image.data.decode()),
    "items": Row(unescaped, lambda moon: f"({moon.name})", {"Moon": Moon}),
    "join": TEXTS,
    "limit": TEXTS,
    "lines": TEXTS,
    "meter": Row(
        unescaped,
        escaped,
        {"print": METRICS.append},
        note=lambda: reported(METRICS[-1]),
    ),
    "paragraphs": TEXTS,
    "partial": Row(unescaped, lambda book: f"({book.title})" if book.title else "()", {"Book": Book}),
    "partial_tool_calls": Row(calling, lambda call: json_text(call.arguments)),
    "pcm_frames": Row(
        lambda text: b"".join(letter.encode() * SAMPLES for letter in text), lambda frame: frame[::SAMPLES].decode()
    ),
    "record": Row(chunk, escaped, {"path": FOLDER / "record.jsonl"}, note=recorded),
    "redact": TEXTS,
    "refusal": Row(braced(lambda text: sk.Chunk(refusal=text)), escaped),
    "responses": Row(chunk, lambda response: f'("{response.content}")'),
    "route_tags": Row(chunk, lambda each: each.content or f"({each.thinking})"),
    "run_tools": Row(calling, lambda result: f"({result.output})", {"orbit": orbit}),
    "save": Row(
        unescaped,
        escaped,
        {"path": FOLDER / "save.txt"},
        note=lambda: f"the file: {(FOLDER / 'save.txt').read_text(encoding='utf-8')}",
    ),
    "sentences": TEXTS,
    "smooth": Row(unescaped, escaped, column=0.05),
    "speech_segments": Row(speaking, lambda segment: f"({segment.text.strip()})"),
    "text": Row(braced(lambda _: call_delta("{}", begins=True)), escaped),
    "thinking": Row(braced(lambda text: sk.Chunk(thinking=text)), escaped),
    "to_response": Row(chunk, lambda response: f'(Response "{response.content}")'),
    "tool_calls": Row(calling, lambda call: json_text(call.args)),
    "transcript": Row(speaking, escaped),
    "until": TEXTS,
    "until_judged": Row(unescaped, escaped, {"has_named_europa": has_named_europa}),
    "until_repeating": TEXTS,
    "until_tool": CALLS,
    "until_valid": Row(unescaped, lambda moon: f"({moon.name})", {"Moon": Moon}),
    "wav": Row(str.encode, shown_wav),
    "words": TEXTS,
}
