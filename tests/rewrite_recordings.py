"""Writes the recordings that come with streamkit in the present format: ``python -m tests.rewrite_recordings``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from streamkit._recording import Header, RecordedEnd, end_line, error_fields, header_line, parse_recording, read_line
from streamkit._recording._reader import Recording
from streamkit.errors import StreamError
from streamkit.wire import open_decoder

FOLDER = Path(__file__).parent.parent / "streamkit" / "providers" / "fixtures"

_APIS = {"anthropic": "anthropic.messages", "cohere": "cohere.v2.chat", "openai": "openai.chat"}


def rewritten(data: bytes) -> bytes:
    """Return a recording in the present format.

    Args:
        data: A recording in this format, or in the first one: a header of four fields and a sentence, then one line for
            each event with the milliseconds since the event before.
    """
    head = json.loads(data.partition(b"\n")[0])
    header, reads = _first_form(data) if "format" not in head else _present_form(parse_recording(data))
    decoder = open_decoder(header.api or "", vendor=header.vendor)
    for _, read in reads:
        decoder.feed(read)
    decoder.finish()
    last = max((ms for ms, _ in reads), default=0)
    return b"".join(
        [header_line(header), *(read_line(ms, read) for ms, read in reads), end_line(_end(last, decoder.error))]
    )


def _end(ms: float, error: StreamError | None) -> RecordedEnd:
    if error is None:
        return RecordedEnd(state="complete", ms=ms)
    return RecordedEnd(state="failed", ms=ms, error=error_fields(error))


def _present_form(found: Recording) -> tuple[Header, list[tuple[float, bytes]]]:
    return found.header, [(seconds * 1000, read) for seconds, read in found.reads if isinstance(read, bytes)]


def _first_form(data: bytes) -> tuple[Header, list[tuple[float, bytes]]]:
    first, *lines = data.splitlines()
    found: dict[str, Any] = json.loads(first)
    provider = found["provider"]
    header = Header(
        kind="bytes",
        provider=provider,
        vendor=provider,
        model=found["model"],
        api=_APIS[provider],
        status=200,
        content_type="text/event-stream",
        prompts=tuple(found["prompts"]),
        name=found["name"],
        about=found["about"],
    )
    reads: list[tuple[float, bytes]] = []
    at = 0.0
    for pause, text in map(json.loads, lines):
        at += pause
        reads.append((at, text.encode()))
    return header, reads


def main() -> None:
    """Write every file anew."""
    for file in sorted(FOLDER.glob("*.jsonl")):
        file.write_bytes(rewritten(file.read_bytes()))


if __name__ == "__main__":
    main()
