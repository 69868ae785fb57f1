"""Cases of the operators that gather elements, or join them."""

from __future__ import annotations

from typing import Any

import streamkit as sk
from streamkit import operators as ops
from tests.operators.cases import Case

FRAGMENTS = ["Io ", "und Eu", "ropa ", "木", "星"]
CALL = sk.Chunk(tool_calls=(sk.ToolCallDelta(id="call_1", name="look_up", arguments="{}", complete=True),))
CHUNKS = [sk.Chunk(content="Io "), sk.Chunk(content="und "), CALL, sk.Chunk(content="Titan", finish_reasons=["stop"])]


def texts(lists: list[list[Any]]) -> list[str]:
    return ["".join(map(str, each)) for each in lists]


def content_of(chunks: list[sk.Chunk]) -> tuple[str, str, list[str] | None]:
    arguments = [delta.arguments for each in chunks for delta in each.tool_calls]
    return "".join(map(str, chunks)), "".join(arguments), chunks[-1].finish_reasons


CASES: dict[str, Case] = {
    "batch(2)": Case(lambda: ops.batch(2), FRAGMENTS, [["Io ", "und Eu"], ["ropa ", "木"], ["星"]], cut=None),
    "batch(2) of anything": Case(lambda: ops.batch(2), [1, 2, 3], [[1, 2], [3]], cut=None),
    "batch(chars)": Case(lambda: ops.batch(chars=4), FRAGMENTS, ["Io u", "nd E", "urop", "a 木星"], view=texts),
    "batch(chars) of chunks": Case(lambda: ops.batch(chars=4), CHUNKS, ["Io u", "nd T", "itan"], view=texts),
    "batch(chars, whole)": Case(
        lambda: ops.batch(chars=9, whole=True), FRAGMENTS, [["Io ", "und Eu"], ["ropa ", "木", "星"]], cut=None
    ),
    "batch(seconds)": Case(lambda: ops.batch(seconds=900), FRAGMENTS, [FRAGMENTS], cut=None, at_the_end=True),
    "coalesce": Case(lambda: ops.coalesce(900), FRAGMENTS, ["Io und Europa 木星"], at_the_end=True),
    "coalesce of chunks": Case(lambda: ops.coalesce(900), CHUNKS, ("Io und Titan", "{}", ["stop"]), view=content_of),
}
