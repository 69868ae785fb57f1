"""Cases of the operators on tool calls."""

from __future__ import annotations

from typing import Any

import streamkit as sk
from streamkit import operators as ops
from tests.operators.cases import Case


def orbit(moon: str) -> str:
    return f"{moon} goes round"


def now() -> int:
    return 12


def delta(index: int, arguments: str = "", *, name: str | None = None, complete: bool = False) -> sk.ToolCallDelta:
    return sk.ToolCallDelta(index, name and f"call_{index}", name, arguments, complete)


# Two interleaved calls, one without arguments, and one of another choice, which is not read.
CHUNKS = [
    sk.Chunk(content="Looking. "),
    sk.Chunk(tool_calls=(delta(0, '{"moon": "I', name="orbit"),)),
    sk.Chunk(tool_calls=(delta(1, '{"moon": "Eu', name="orbit"), delta(0, 'o"}'))),
    sk.Chunk(index=1, tool_calls=(delta(0, '{"moon": "Rhea"}', name="orbit"),)),
    sk.Chunk(tool_calls=(delta(1, 'ropa"}'), delta(2, name="now"))),
    sk.Chunk(content="Done.", finish_reasons=["tool_calls"]),
]
CALLS: list[tuple[str, dict[str, str]]] = [("call_0", {"moon": "Io"}), ("call_1", {"moon": "Europa"}), ("call_2", {})]
RESULTS: list[tuple[str, object]] = [("call_0", "Io goes round"), ("call_1", "Europa goes round"), ("call_2", 12)]


def calls(values: list[Any]) -> list[tuple[str | None, Any]]:
    return [(each.id, each.args) for each in values]


def fragments(values: list[sk.PartialToolCall]) -> dict[int, tuple[str | None, str, str]]:
    """Return the arguments of each call, joined from its deltas."""
    found: dict[int, tuple[str | None, str, str]] = {}
    for each in values:
        text = found.get(each.index, (None, "", ""))[2] + each.delta
        assert each.arguments_text == text
        found[each.index] = each.id, each.name, text
    return found


def results(values: list[sk.ToolResult]) -> list[tuple[str | None, Any]]:
    return [(each.call.id, each.error or each.output) for each in values]


CASES: dict[str, Case] = {
    "tool_calls": Case(ops.tool_calls, CHUNKS, CALLS, view=calls),
    "tool_calls, typed": Case(lambda: ops.tool_calls(orbit, now), CHUNKS, CALLS, view=calls),
    "partial_tool_calls": Case(
        ops.partial_tool_calls,
        CHUNKS,
        {
            0: ("call_0", "orbit", '{"moon": "Io"}'),
            1: ("call_1", "orbit", '{"moon": "Europa"}'),
            2: ("call_2", "now", ""),
        },
        view=fragments,
    ),
    "run_tools": Case(lambda: ops.run_tools(orbit, now), CHUNKS, RESULTS, view=results, at_the_end=True),
    "until_tool": Case(ops.until_tool, CHUNKS, "Looking. ", view=lambda chunks: "".join(map(str, chunks)), stops=True),
}
