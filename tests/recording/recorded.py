"""What a file of a recording means: its reads through the decoder that its header names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamkit as sk
from streamkit._recording import WRITER, RecordedCall, Recording, read_recording
from streamkit.wire import open_decoder


def read(path: Path) -> Recording:
    """Read a recording when everything that has come is written."""
    WRITER.flush()
    return read_recording(path)


def only(folder: Path) -> Path:
    """Return the one recording of a folder."""
    WRITER.flush()
    (found,) = folder.glob("*.jsonl")
    return found


def body(call: RecordedCall | Recording) -> bytes:
    """Return the bytes of an answer."""
    return b"".join(data for _, data in call.reads if isinstance(data, bytes))


def chunks(call: RecordedCall | Recording) -> list[sk.Chunk]:
    """Decode an answer as its header says."""
    header = call.header
    if header.kind == "chunks":
        return [chunk for _, chunk in call.reads if isinstance(chunk, sk.Chunk)]
    options: dict[str, Any] = {"sentinel_ends": header.sentinel_ends, "thinking_tags": header.thinking_tags}
    decoder = open_decoder(
        header.api or "",
        vendor=header.vendor,
        choices=header.choices,
        provider=header.provider_in_chunks or header.provider,
        whole=not header.stream,
        **options,
    )
    found = [chunk for _, data in call.reads for chunk in decoder.feed(data if isinstance(data, bytes) else b"")]
    return found + decoder.finish()
