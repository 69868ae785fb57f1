"""The lanes of a recording: its calls decoded again, each read at its time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from os import PathLike
from typing import Any

from .._recording import Header, RecordedCall, RecordedEnd, Recording, read_recording
from .._stream import CallTrace, ToolTrace, timed, with_figures
from ..chunk import Chunk
from ..errors import StreamError
from ..fold import Fold
from ..tool import ToolResult
from ..wire import open_decoder
from ._calls import section
from ._lane import Section


def recording_section(path: str | PathLike[str]) -> tuple[Section, float | None]:
    """Return the lanes of a recording, and the time of its start in seconds since 1970, if it is known.

    Args:
        path: The path of the recording.

    Raises:
        ConfigurationError: The file cannot be read, is no recording, or has an unknown version.
    """
    found = read_recording(path)
    header = found.header
    started = None if header.started is None else datetime.fromisoformat(header.started).timestamp()
    if not header.conversation:
        attempts = [_failure(each) for each in found.calls[:-1]]
        traced = _trace(header, found.reads, found.end)
        return section(replace(traced, attempts=tuple(attempts))), started
    whole = _trace(header, (), found.end)
    turns = [_turn(found, turn) for turn in sorted({each.header.turn for each in found.calls})]
    return section(replace(whole, turns=tuple(turns))), started


def _turn(found: Recording, number: int) -> CallTrace:
    """Return the trace of a turn, with the runs of its tools."""
    *failed, last = [each for each in found.calls if each.header.turn == number]
    tools = tuple(_results(found, number))
    traced = _trace(last.header, last.reads, last.end)
    return replace(traced, attempts=tuple(_failure(each) for each in failed), tools=tools)


def _results(found: Recording, number: int) -> Iterator[ToolTrace]:
    for at, chunk in found.reads:
        origin = chunk.origin if isinstance(chunk, Chunk) else None
        if origin is None or origin.turn != number or origin.path or not isinstance(origin.result, ToolResult):
            continue
        result = origin.result
        ran = result.seconds if result.state in ("done", "failed") else None
        began = None if ran is None else max(0.0, at - ran)
        yield ToolTrace(result.call.index, result.call.name, began, at, result.state, result.text[:2_000])


def _failure(call: RecordedCall) -> tuple[float | None, str]:
    at = None if call.end is None else call.end.ms / 1000
    return at, f"{call.header.provider}/{call.header.model}"


def _trace(header: Header, reads: Sequence[tuple[float, bytes | Chunk]], end: RecordedEnd | None) -> CallTrace:
    """Return the trace of one recorded call."""
    batches = list(_decoded(header, reads))
    deltas = tuple(timed(batches))
    sent = header.sent / 1000
    content = next((each.at for each in deltas if each.kind not in ("usage", "finish")), None)
    last = batches[-1][0] if batches else sent
    error: dict[str, Any] = (end.error if end is not None else None) or {}
    fold = Fold()
    for _, chunks in batches:
        fold.add(chunks)
    state = "streaming" if end is None else end.state
    traced = CallTrace(
        name=f"{header.provider}/{header.model}",
        state="unknown" if end is None else state,
        began=sent,
        sent=sent,
        content=content,
        ended=last if end is None else end.ms / 1000,
        now=last,
        count=fold.count,
        deltas=deltas,
        error=f"{str(error.get('error', '')).rpartition(':')[2]}: {error.get('message', '')}" if error else None,
    )
    return with_figures(
        traced, fold.response(state, stopped_by=None if end is None else end.stopped_by, requested_model=header.model)
    )


def _decoded(header: Header, reads: Sequence[tuple[float, bytes | Chunk]]) -> Iterator[tuple[float, Sequence[Chunk]]]:
    """Yield the chunks of each read with its time; what comes behind an error is left out."""
    if header.kind == "chunks" or header.api is None:
        yield from ((at, (each,)) for at, each in reads if isinstance(each, Chunk))
        return
    decoder = open_decoder(header.api, vendor=header.vendor, choices=header.choices, whole=not header.stream)
    last = header.sent / 1000
    for at, each in reads:
        last = at
        if isinstance(each, bytes) and (chunks := decoder.feed(each)):
            yield at, chunks
    try:
        chunks = decoder.finish()
    except StreamError:
        return
    if chunks:
        yield last, chunks
