"""The case of `events`: thinking, text, two calls and audio of another choice, as events."""

from __future__ import annotations

from typing import Any

import streamkit as sk
from streamkit import events
from streamkit import operators as ops
from tests.events.reading import coalesced
from tests.operators.cases import Case

USAGE = sk.Usage(input_tokens=7, output_tokens=9)
CALLS = (sk.ToolCallDelta(0, "call_0", "orbit", '{"moon": "Io"}'), sk.ToolCallDelta(1, "call_1", "now", complete=True))
CHUNKS = [
    sk.Chunk(thinking="Which?", model="m", id="a"),
    sk.Chunk(content="I look."),
    sk.Chunk(index=1, audio_transcript="Hi", audio=b"\1\2"),
    sk.Chunk(tool_calls=CALLS),
    sk.Chunk(finish_reasons=["tool_calls"], usage=USAGE),
    sk.Chunk(index=1, finish_reasons=["stop"]),
]
EVENTS: list[events.Event] = [
    events.ThinkingStart(0, "0-0"),
    events.ThinkingDelta(0, "0-0", "Which?"),
    events.ThinkingEnd(0, "0-0"),
    events.TextStart(0, "0-1"),
    events.TextDelta(0, "0-1", "I look."),
    events.AudioStart(1, "1-0"),
    events.AudioDelta(1, "1-0", b"\1\2", "Hi"),
    events.TextEnd(0, "0-1"),
    events.ToolInputStart(0, "0-2", "call_0", "orbit"),
    events.ToolInputDelta(0, "0-2", '{"moon": "Io"}'),
    events.ToolInputEnd(0, "0-2", "call_0", "orbit", {"moon": "Io"}),
    events.ToolInputStart(0, "0-3", "call_1", "now"),
    events.ToolInputEnd(0, "0-3", "call_1", "now", {}),
    events.AudioEnd(1, "1-0"),
    events.UsageReport(USAGE, id="a"),
    events.Finish(0, "a", ["tool_calls"], ["tool_calls"], "m", USAGE),
    events.Finish(1, "a", ["stop"], ["stop"], "m", USAGE),
]


def view(values: list[Any]) -> list[events.Event]:
    return coalesced(values)


CASES: dict[str, Case] = {"events": Case(ops.events, CHUNKS, EVENTS, view=view)}
