"""The lanes of a recording: its calls decoded again, each read at its time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from os import PathLike
from typing import TYPE_CHECKING, Any

from .._recording import Header, RecordedCall, RecordedEnd, Recording, read_recording
from .._stream import CallTrace, ToolTrace, timed, with_figures
from ..chunk import Chunk
from ..errors import StreamError
from ..fold import Fold
from ..origin import Void
from ..tool import ToolResult
from ..wire import open_decoder
from ._calls import section
from ._lane import Lane, Section

if TYPE_CHECKING:
    from ..response import Response


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
    if not found.calls:  # it breaks off behind its first line
        name = f"{header.provider}/{header.model}"
        return Section(lanes=(Lane(title=name, state="unknown", facts=("unknown",)),)), started
    if not header.conversation:
        return section(_trace(found.calls, found.end)), started
    turns = [_turn(found, number) for number in sorted({each.header.turn for each in found.calls})]
    last = found.calls[-1]
    whole = replace(_trace(found.calls[-1:], found.end or last.end), turns=tuple(turns))
    return section(_summed(whole, turns)), started


def _turn(found: Recording, number: int) -> CallTrace:
    """Return the trace of a turn, with the runs of its tools."""
    calls = [each for each in found.calls if each.header.turn == number]
    return replace(_trace(calls, calls[-1].end), tools=tuple(_results(found, number)))


def _summed(whole: CallTrace, turns: Sequence[CallTrace]) -> CallTrace:
    """Return the trace of a conversation with the sums of its turns."""
    return replace(
        whole,
        sent=turns[0].sent,
        content=turns[0].content,
        count=sum(each.count for each in turns),
        input_tokens=_sum(each.input_tokens for each in turns),
        output_tokens=_sum(each.output_tokens for each in turns),
        cost=None,
    )


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [each for each in amounts if each is not None]
    return sum(known) if known else None


def _results(found: Recording, number: int) -> Iterator[ToolTrace]:
    for at, chunk in found.reads:
        origin = chunk.origin if isinstance(chunk, Chunk) else None
        if origin is None or origin.turn != number or origin.path or not isinstance(origin.result, ToolResult):
            continue
        result = origin.result
        ran = result.seconds if result.state in ("done", "failed") else None
        began = None if ran is None else max(0.0, at - ran)
        yield ToolTrace(result.call.index, result.call.name, began, at, result.state, result.text[:2_000])


def _trace(calls: Sequence[RecordedCall], end: RecordedEnd | None) -> CallTrace:
    """Return the trace of the attempts at one answer, of which a void one stays in sight.

    Args:
        calls: The attempts in their order.
        end: The end of the last one.
    """
    reads: list[tuple[float, Sequence[Chunk]]] = []
    answers: list[Response] = []
    failures: list[tuple[float | None, str]] = []
    for call in calls:
        voids = [(at, (each,)) for at, each in call.between if isinstance(each, Chunk) and _is_void(each)]
        if call is not calls[-1] and not voids:
            name = f"{call.header.provider}/{call.header.model}"
            failures.append((None if call.end is None else call.end.ms / 1000, name))
            continue
        batches = list(_decoded(call.header, call.reads))
        answers.append(_response(call.header, batches, call.end))
        reads += [*batches, *voids]
    header, deltas = calls[-1].header, tuple(timed(reads))
    last, sent = reads[-1][0] if reads else header.sent / 1000, calls[0].header.sent / 1000
    error: dict[str, Any] = (end.error if end is not None else None) or {}
    traced = CallTrace(
        name=f"{header.provider}/{header.model}",
        state="unknown" if end is None else end.state,
        began=sent,
        sent=header.sent / 1000 if failures else sent,
        content=next((each.at for each in deltas if each.kind not in ("usage", "finish")), None),
        ended=last if end is None else end.ms / 1000,
        now=last,
        count=sum(len(chunks) for _, chunks in reads),
        deltas=deltas,
        error=f"{str(error.get('error', '')).rpartition(':')[2]}: {error.get('message', '')}" if error else None,
    )
    return replace(
        with_figures(traced, answers[-1]),
        attempts=tuple(failures),
        input_tokens=_sum(each.input_tokens for each in answers),
        output_tokens=_sum(each.output_tokens for each in answers),
    )


def _is_void(chunk: Chunk) -> bool:
    return chunk.origin is not None and isinstance(chunk.origin.result, Void)


def _response(header: Header, batches: Iterable[tuple[float, Sequence[Chunk]]], end: RecordedEnd | None) -> Response:
    fold = Fold()
    for _, chunks in batches:
        fold.add(chunks)
    stopped_by = None if end is None else end.stopped_by
    state = "streaming" if end is None else end.state
    return fold.response(state, stopped_by=stopped_by, requested_model=header.model)


def _decoded(header: Header, reads: Iterable[tuple[float, bytes | Chunk]]) -> Iterator[tuple[float, Sequence[Chunk]]]:
    """Yield the chunks of each read with its time; what comes behind an error is left out."""
    if header.kind == "chunks" or header.api is None:
        yield from ((at, (each,)) for at, each in reads if isinstance(each, Chunk))
        return
    decoder = open_decoder(
        header.api,
        vendor=header.vendor,
        choices=header.choices,
        provider=header.provider_in_chunks or header.provider,
        sentinel_ends=header.sentinel_ends,
        thinking_tags=header.thinking_tags,
        whole=not header.stream,
    )
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
