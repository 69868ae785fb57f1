"""Cases of the operators that make one thing of all chunks."""

from __future__ import annotations

import streamkit as sk
from streamkit import operators as ops
from tests.operators.cases import Case

CASES: dict[str, Case] = {
    "join": Case(ops.join, ["Io", " und ", "木星"], ["Io und 木星"], at_the_end=True),
    "to_response": Case(
        ops.to_response,
        [sk.Chunk(content="Euro"), sk.Chunk(content="pa", finish_reasons=["stop"])],
        [("Europa", "complete")],
        view=lambda values: [(each.content, each.state) for each in values],
        at_the_end=True,
    ),
}
