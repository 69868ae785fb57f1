"""What a call has done, and when: the times of its events and the deltas that arrived, for pictures of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import msgspec

from ..chunk import Chunk
from ..origin import TOOL_INDEX, Void
from ..tool import ToolResult
from ._call import Call
from ._reader_watch import ReaderWatch
from ._stream import Stream

if TYPE_CHECKING:
    from ..response import Response

DeltaKind: TypeAlias = Literal[
    "text", "thinking", "refusal", "plan", "transcript", "audio", "image", "citation", "tool", "finish", "usage", "void"
]
"""What a delta is; a ``void`` takes back everything before it, since the answer is asked for again."""

_TEXTS: tuple[tuple[str, DeltaKind], ...] = (
    ("thinking", "thinking"),
    ("tool_plan", "plan"),
    ("content", "text"),
    ("refusal", "refusal"),
    ("audio_transcript", "transcript"),
)

_RESULT = 2_000  # characters of a tool's result that a trace has


class Delta(msgspec.Struct, frozen=True, gc=False):
    """One thing that a chunk has brought.

    Args:
        at: Seconds since the start.
        count: The number of chunks that had arrived with it.
        kind: What it is.
        text: The characters; the arguments of a tool call; the finish reason; input and output tokens; what did not
            fit in an answer that is void.
        size: Bytes of audio or of an image; the number of citations.
        choice: The index of the choice.
        call: The index of the tool call; None for no tool call.
        name: The name of the tool, if this delta has it.
    """

    at: float
    count: int
    kind: DeltaKind
    text: str = ""
    size: int = 0
    choice: int = 0
    call: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class ToolTrace:
    """One run of a tool; times are seconds since the start.

    Args:
        call: The index of the tool call.
        name: The name of the tool.
        began: The time of its start; None if it was not run, or if the time is not known.
        ended: The time of its end; None if it still runs.
        state: How it has ended; None before.
        text: The first characters of the result.
    """

    call: int
    name: str
    began: float | None = None
    ended: float | None = None
    state: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTrace:
    """What a call has done; times are seconds since the start, and None for what has not happened.

    Args:
        name: The provider and the model.
        state: The state of the call.
        began: The time of the call's own start: 0, or more for a turn of a conversation.
        sent: The time when the request was handed over; of the last attempt.
        content: The time of the first content.
        ended: The time of the end, as readers saw it.
        closed: The time when the connection was closed.
        now: The time of this trace.
        started: Seconds since 1970 at the start.
        count: The number of chunks that have arrived.
        forgotten: The number of chunks that the log does not keep any more.
        deltas: What the chunks have brought, in order.
        tools: The runs of its tools.
        turns: The turns of a conversation.
        attempts: What ended each failed attempt, and the time of that.
        stopped_by: Name of the function or operator that stopped the call.
        error: Class and message of the error.
        input_tokens: Tokens of the prompt.
        output_tokens: Tokens of the answer.
        estimated: Whether the tokens of the answer are an estimate.
        cost: The price in US dollars.
        saved: An upper bound of the output tokens that the stop has saved.
    """

    name: str
    state: str
    began: float = 0.0
    sent: float | None = None
    content: float | None = None
    ended: float | None = None
    closed: float | None = None
    now: float = 0.0
    started: float | None = None
    count: int = 0
    forgotten: int = 0
    deltas: tuple[Delta, ...] = ()
    tools: tuple[ToolTrace, ...] = ()
    turns: tuple[CallTrace, ...] = ()
    attempts: tuple[tuple[float | None, str], ...] = ()
    stopped_by: str | None = None
    error: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    estimated: bool = False
    cost: float | None = None
    saved: int | None = None


class _Turn(Protocol):
    """The part of a conversation's turn that is traced."""

    stream: Stream

    @property
    def tool_times(self) -> dict[int, tuple[float, float | None]]:
        """The start and the end of the runs, on the loop's clock, by the index of the call."""
        ...

    def results(self) -> list[ToolResult]:
        """Return the results of its tools."""
        ...


def watch_readers(stream: Stream) -> ReaderWatch:
    """Record the readers of a stream from now on, also those of a call that has not begun; return the record."""
    shared = stream._shared  # pyright: ignore[reportPrivateUsage] - one idea in two files
    if shared.watch is None:
        shared.watch = ReaderWatch()
        if shared.call is not None:
            shared.watch.follow(shared.call)
    return shared.watch


def began_at(stream: Stream) -> float | None:
    """Return the time of a call's start on the clock of its loop; None if nothing is sent."""
    call = stream._shared.call  # pyright: ignore[reportPrivateUsage] - one idea in two files
    return None if call is None else call.began_at


def trace(stream: Stream, *, start: float | None = None, figures: bool = True) -> CallTrace:
    """Return what the call of a stream has done so far; nothing is sent.

    Args:
        stream: The stream.
        start: The time on the loop's clock that all times are counted from; the call's start if None.
        figures: False to leave out what only a Response knows: tokens, price, failed attempts, what a stop has saved.
    """
    call = stream._shared.call  # pyright: ignore[reportPrivateUsage] - one idea in two files
    name = f"{stream.provider}/{stream.model}"
    if call is None:
        return CallTrace(name=name, state="not sent")
    return _call_trace(call, name, call.began_at if start is None else start, figures=figures)


def compacted(trace: CallTrace, *, deltas: int, chars: int) -> CallTrace:
    """Return a trace of bounded size, without turns and runs of tools.

    Neighbouring deltas of one kind are joined, and the end of the text is left out.

    Args:
        trace: The trace.
        deltas: The number of deltas, about.
        chars: The number of characters of all texts together.
    """
    trace = replace(trace, turns=(), tools=())
    if len(trace.deltas) <= deltas and sum(len(each.text) for each in trace.deltas) <= chars:
        return trace
    runs: list[list[Delta]] = []
    step = (trace.now - trace.began) / deltas
    for each in trace.deltas:
        if runs and _are_one(runs[-1][0], each) and each.at - runs[-1][0].at < step:
            runs[-1].append(each)
        else:
            runs.append([each])
    found: list[Delta] = []
    for run in runs:
        text = "".join(each.text for each in run)[:chars]
        chars -= len(text)
        size = sum(each.size for each in run)
        found.append(msgspec.structs.replace(run[0], text=text, size=size, count=run[-1].count))
    return replace(trace, deltas=tuple(found))


def _are_one(one: Delta, other: Delta) -> bool:
    same = (one.kind, one.choice, one.call) == (other.kind, other.choice, other.call)
    return same and not other.name and one.kind not in ("usage", "finish", "void")


def _call_trace(call: Call, name: str, start: float, *, figures: bool) -> CallTrace:
    """Return the trace of a call, in seconds since a time of the loop's clock."""
    life, log = call.life, call.log

    def since(time: float | None) -> float | None:
        return None if time is None else max(0.0, time - start)

    found = CallTrace(
        name=name,
        state=call.state,
        began=max(0.0, call.began_at - start),
        sent=since(life.sent_at),
        content=since(life.content_at),
        ended=since(life.ended_at),
        closed=since(life.closed_at),
        now=max(0.0, call.loop.time() - start),
        started=call.started - (call.began_at - start),
        count=log.length,
        forgotten=log.first,
        deltas=tuple(_timed(call, start)),
        tools=tuple(_runs(call, start)),
        turns=tuple(_turn_trace(each, start, figures=figures) for each in call.turns),
        stopped_by=call.stopped_by,
        error=None if log.end is None or log.end.error is None else _shown_error(log.end.error),
    )
    return with_figures(found, call.response) if figures else found


def with_figures(trace: CallTrace, response: Response) -> CallTrace:
    """Return a trace with what only a Response knows: tokens, price, failed attempts, what a stop has saved."""
    usage = response.usage
    return replace(
        trace,
        stopped_by=response.stopped_by,
        attempts=tuple(_failures(response, trace.began)),
        input_tokens=response.input_tokens,
        output_tokens=response.output_tokens,
        estimated=usage is not None and usage.source == "estimated",
        cost=response.cost,
        saved=None if response.saved is None else response.saved.output_tokens,
    )


def _shown_error(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _failures(response: Response, began: float) -> Iterator[tuple[float | None, str]]:
    for each in (each for each in response.attempts if each.state == "failed"):
        start, end = each.start_time, each.end_time
        seconds = None if start is None or end is None else began + (end - start) / 1000
        yield seconds, f"{each.provider}/{each.model or '?'}"


def _timed(call: Call, start: float) -> Iterator[Delta]:
    """Yield what the chunks of a call's log have brought."""
    log = call.log
    first, length = log.first, log.length
    chunks = log.read(first, length - first)
    arrivals = log.arrivals()
    batch = 0
    for count, chunk in enumerate(chunks, first + 1):
        while batch + 1 < len(arrivals) and arrivals[batch + 1][0] < count:
            batch += 1
        yield from deltas_of(chunk, max(0.0, arrivals[batch][1] - start), count)


def timed(reads: Iterable[tuple[float, Sequence[Chunk]]]) -> Iterator[Delta]:
    """Yield what chunks have brought.

    Args:
        reads: The chunks that arrived together, each with the seconds since the start.
    """
    count = 0
    for at, chunks in reads:
        for count, chunk in enumerate(chunks, count + 1):  # noqa: B020
            yield from deltas_of(chunk, at, count)


def deltas_of(chunk: Chunk, at: float, count: int) -> Iterable[Delta]:
    """Return what a chunk has brought, in the order in which an answer has it; a tool's own chunk brings nothing.

    Args:
        chunk: The chunk.
        at: Seconds since the start.
        count: The number of chunks that had arrived with it.
    """
    if chunk.plain:
        return (Delta(at, count, "text", chunk.content),) if chunk.content else ()
    if chunk.index == TOOL_INDEX:
        origin = chunk.origin
        void = None if origin is None or origin.path else origin.result
        return (Delta(at, count, "void", void.error),) if isinstance(void, Void) else ()
    return tuple(_deltas(chunk, at, count, chunk.index))


def _deltas(chunk: Chunk, at: float, count: int, choice: int) -> Iterator[Delta]:
    for name, kind in _TEXTS:
        if text := getattr(chunk, name):
            yield Delta(at, count, kind, text, choice=choice)
    for each in chunk.tool_calls:
        yield Delta(at, count, "tool", each.arguments, choice=choice, call=each.index, name=each.name or "")
    if chunk.audio:
        yield Delta(at, count, "audio", size=len(chunk.audio), choice=choice)
    for image in chunk.images:
        yield Delta(at, count, "image", image.media_type, max(1, len(image.data or b"")), choice)
    if chunk.citations:
        yield Delta(at, count, "citation", size=len(chunk.citations), choice=choice)
    if chunk.finish_reasons:
        yield Delta(at, count, "finish", ", ".join(chunk.finish_reasons), choice=choice)
    if chunk.usage is not None:
        tokens = [chunk.usage.input_tokens, chunk.usage.output_tokens]
        yield Delta(at, count, "usage", " ".join("?" if each is None else str(each) for each in tokens))


def _runs(call: Call, start: float) -> Iterator[ToolTrace]:
    """Yield the runs that operators have made of a call's tools."""
    for run in call.tool_runs:
        made = run.call
        if run.began_at is None:
            continue
        outcome = run.outcome
        state = None if outcome is None else "failed" if outcome.error is not None else "done"
        text = "" if outcome is None else ToolResult(made, outcome.output, outcome.error).text[:_RESULT]
        ended = None if run.ended_at is None else run.ended_at - start
        yield ToolTrace(made.index, made.name, run.began_at - start, ended, state, text)


def _turn_trace(turn: _Turn, start: float, *, figures: bool) -> CallTrace:
    """Return the trace of a turn, with the runs of its tools."""
    stream = turn.stream
    call = stream._shared.call  # pyright: ignore[reportPrivateUsage] - one idea in two files
    assert call is not None
    found = _call_trace(call, f"{stream.provider}/{stream.model}", start, figures=figures)
    tools: list[ToolTrace] = []
    times = turn.tool_times
    for result in turn.results():
        began, ended = times.get(result.call.index, (None, None))
        tools.append(
            ToolTrace(
                result.call.index,
                result.call.name,
                None if began is None else began - start,
                None if ended is None else ended - start,
                result.state,
                result.text[:_RESULT],
            )
        )
    return replace(found, tools=tuple(tools))
