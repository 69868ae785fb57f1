"""The lanes of calls: a lane for each call or turn, and below it the tools that it calls and its readers."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from itertools import pairwise

from .._stream import CallTrace, Delta, ReaderTrace, ToolTrace
from ._lane import ENDS, Lane, Mark, Section, Span, counted, shown_time

_STALL = 0.25  # seconds without content that are shown as a stall, at least …

_USUAL = 8  # … and how many times as long as the usual pause

_NO_CONTENT = ("usage", "finish", "void")


def section(trace: CallTrace, readers: Iterable[ReaderTrace] = ()) -> Section:
    """Return the lanes of a stream.

    Args:
        trace: What its call has done.
        readers: Its readers.
    """
    of_readers = tuple(_reader(number, each, trace) for number, each in enumerate(readers, 1))
    if not trace.turns:
        return Section(lanes=(call_lane(trace), *_tools(trace), *of_readers))
    lanes: list[Lane] = []
    for number, turn in enumerate(trace.turns, 1):
        lanes += [call_lane(turn, title=f"turn {number} · {turn.name}"), *_tools(turn)]
    facts = [_end_of(trace), counted(len(trace.turns), "turn"), *_figures(trace)]
    return Section(title="Conversation", facts=tuple(facts), lanes=(*lanes, *of_readers))


def call_lane(
    trace: CallTrace, *, title: str = "", verdict: str = "", extra: Iterable[str] = (), accepted: bool = False
) -> Lane:
    """Return the lane of one call.

    Args:
        trace: What the call has done.
        title: The title; the model's name if empty.
        verdict: What a search has made of it, in place of how it has ended.
        extra: Statements behind the others.
        accepted: Whether it is an accepted candidate of a search.
    """
    return Lane(
        title=title or trace.name,
        state=verdict or trace.state,
        facts=(verdict or _end_of(trace), *_figures(trace), *extra),
        spans=tuple(_spans(trace)),
        marks=tuple(_marks(trace)),
        deltas=trace.deltas,
        count=trace.count,
        sent=trace.sent,
        end=trace.ended,
        accepted=accepted,
    )


def _end_of(trace: CallTrace) -> str:
    if trace.state == "stopped" and trace.stopped_by:
        return f"stopped by {trace.stopped_by}"
    if trace.state == "failed" and trace.error:
        return trace.error.partition(":")[0]
    return "not sent" if trace.sent is None and trace.state == "streaming" else trace.state


def _figures(trace: CallTrace) -> Iterator[str]:
    if trace.content is not None and trace.sent is not None:
        yield f"first content {shown_time(trace.content - trace.sent)}"
    if trace.attempts:
        yield f"{counted(len(trace.attempts), 'failed attempt')} before"
    if void := sum(each.kind == "void" for each in trace.deltas):
        yield f"asked again {'once' if void == 1 else f'{void} times'}"
    if trace.count:
        yield counted(trace.count, "chunk")
    if trace.forgotten:
        yield f"the first {trace.forgotten:,} are no longer kept"
    if trace.output_tokens is not None:
        prompt = "?" if trace.input_tokens is None else f"{trace.input_tokens:,}"
        yield f"{prompt} → {'about ' if trace.estimated else ''}{trace.output_tokens:,} tokens"
    if trace.cost is not None:
        yield f"${trace.cost:.4f}"
    if trace.saved:
        yield f"saved at most {trace.saved:,} tokens"


def _spans(trace: CallTrace) -> Iterator[Span]:
    if trace.sent is None:
        return
    over = trace.ended if trace.ended is not None else trace.now
    first = trace.content if trace.content is not None else over
    yield Span("waiting", trace.sent, first, f"Waiting for content: {shown_time(first - trace.sent)}")
    if trace.content is not None:
        yield Span("open", first, over, f"From the first content to the end: {shown_time(over - first)}")
        for start, end in stalls([each.at for each in trace.deltas if each.kind not in _NO_CONTENT], over):
            yield Span("stall", start, end, f"Stall: no content for {shown_time(end - start)}")
    if trace.ended is not None and trace.closed is not None and trace.closed > trace.ended:
        yield Span("closing", trace.ended, trace.closed, f"Closing: {shown_time(trace.closed - trace.ended)}")


def stalls(times: list[float], over: float) -> Iterator[tuple[float, float]]:
    """Yield the pauses that are much longer than usual: 8 times the usual pause, and 0.25 s or more.

    Args:
        times: The times at which content arrived, in order.
        over: The time of the end.

    >>> list(stalls([0.0, 0.1, 0.2, 2.2, 2.3], over=2.4))
    [(0.2, 2.2)]
    """
    pauses = [(start, end) for start, end in pairwise([*sorted(set(times)), over]) if end > start]
    usual = statistics.median(end - start for start, end in pauses) if len(pauses) > 2 else 0.0
    for start, end in pauses:
        if end - start >= max(_STALL, usual * _USUAL):
            yield start, end


def _marks(trace: CallTrace) -> Iterator[Mark]:
    for at, name in trace.attempts:
        if at is not None:
            yield Mark("attempt", max(0.0, at), f"A failed attempt: {name}")
    for each in trace.deltas:
        if each.kind == "void":
            yield Mark("void", each.at, f"Asked again at {shown_time(each.at)}: {each.text}")
    if trace.sent is not None:
        yield Mark("sent", trace.sent, f"Sent at {shown_time(trace.sent)}")
    if trace.content is not None:
        yield Mark("content", trace.content, f"First content at {shown_time(trace.content)}")
    if trace.closed is not None:
        yield Mark("closed", trace.closed, f"Closed at {shown_time(trace.closed)}")
    kind = ENDS.get(trace.state)
    if trace.ended is not None and kind is not None:
        why = f": {trace.error}" if trace.state == "failed" and trace.error else ""
        saved = f", which saved at most {counted(trace.saved, 'token')}" if trace.saved else ""
        yield Mark(kind, trace.ended, f"{_end_of(trace).capitalize()} at {shown_time(trace.ended)}{saved}{why}")


def _tools(trace: CallTrace) -> Iterator[Lane]:
    """Yield a lane for each tool call: when the arguments came, and when the tool ran."""
    calls: dict[tuple[int, int], list[Delta]] = {}
    for each in trace.deltas:
        if each.kind == "void":
            calls.clear()
        elif each.call is not None:
            calls.setdefault((each.choice, each.call), []).append(each)
    runs = {each.call: each for each in trace.tools}
    for (choice, call), deltas in calls.items():
        yield _tool(deltas, runs.get(call) if choice == 0 else None)


def _tool(deltas: list[Delta], run: ToolTrace | None) -> Lane:
    name = next((each.name for each in deltas if each.name), "tool")
    start, end = deltas[0].at, deltas[-1].at
    arguments = sum(len(each.text) for each in deltas)
    spans = [Span("arguments", start, end, f"Arguments of {name}: {counted(arguments, 'character')}")]
    facts, marks, state = [counted(arguments, "character")], list[Mark](), ""
    if run is not None:
        state = run.state or "runs"
        facts = [state.replace("_", " "), *facts]
        if run.began is not None:
            ended = run.ended if run.ended is not None else run.began
            facts.append(f"ran for {shown_time(ended - run.began)}" if run.ended is not None else "still runs")
            spans.append(Span("run", run.began, ended, f"{name} ran for {shown_time(ended - run.began)}: {state}"))
            end = ended
        if run.state in ("failed", "cancelled", "unknown"):
            marks.append(Mark("failed", end, f"{name}: {run.text or run.state}"))
    result = () if run is None or not run.text else (Delta(end, deltas[-1].count, "text", run.text),)
    return Lane(
        title=name,
        kind="tool",
        state=state,
        facts=tuple(facts),
        spans=tuple(spans),
        marks=tuple(marks),
        deltas=(*deltas, *result),
        count=deltas[-1].count,
        sent=start,
        end=end,
    )


def _reader(number: int, reader: ReaderTrace, trace: CallTrace) -> Lane:
    end = reader.ended if reader.ended is not None else trace.now
    most = max((lag for _, lag in reader.lags), default=0)
    kind = "loop" if reader.pulls else "subscriber"
    behind = f"at most {counted(most, 'chunk')} behind" if most else "never behind"
    left = f"left at {shown_time(end)}" if reader.ended is not None else "still reads"
    return Lane(
        title=f"reader {number}",
        kind="reader",
        facts=(kind, behind, left),
        spans=(Span("open", reader.began, end, f"Reader {number}, a {kind}: {behind}, {left}"),),
        lags=(*reader.lags, (end, 0)) if reader.lags else (),
        sent=reader.began,
        end=reader.ended,
    )
