"""Cases of the operators that read JSON while it comes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from tests.operators.cases import Case


class Moon(BaseModel):
    """A moon as the cases have it."""

    name: str
    radius: float = 0
    found: list[int] = []


TEXT = [
    'Two moons: ```json\n[{"name": "Eu',
    'ropa", "radius": 15',
    '60.8}, {"name": "木星\\u2',
    '161", "found": [1610]}]``',
]
ARGUMENTS = ['{"name": "Eur', 'opa \\ud83e\\ude90", "radius"', ": 1560.8}"]
MOONS = [Moon(name="Europa", radius=1560.8), Moon(name="木星Ⅱ", found=[1610])]


def chunks() -> list[sk.Chunk]:
    """Make chunks of a text, a tool call in deltas, and another call."""
    deltas = [sk.ToolCallDelta(id="1", name="moon"), *(sk.ToolCallDelta(arguments=each) for each in ARGUMENTS)]
    other = sk.ToolCallDelta(index=1, id="2", name="moon", arguments='{"name": "Io"}')
    calls = [sk.Chunk(tool_calls=(delta,)) for delta in (*deltas, other)]
    return [sk.Chunk(content="A {moon}: "), *calls, sk.Chunk(finish_reasons=["tool_calls"])]


def last(values: list[Any]) -> Any:
    """See only what all others lead to: how many those are depends on the cut."""
    return values[-1:]


def closed(fields: list[sk.Field]) -> list[Any]:
    """See what has closed: how a string grows depends on the cut."""
    return [(field.path, field.value) for field in fields if field.closed]


MOON = [(("name",), "Europa 🪐"), (("radius",), 1560.8)]
CASES: dict[str, Case] = {
    "partial": Case(lambda: ops.partial(list[Moon]), TEXT, [MOONS], view=last),
    "partial of chunks": Case(lambda: ops.partial(Moon), chunks(), [Moon(name="Europa 🪐", radius=1560.8)], view=last),
    "items": Case(lambda: ops.items(Moon), TEXT, MOONS),
    "items at a path": Case(lambda: ops.items(int, at=[1, "found"]), TEXT, [1610]),
    "fields": Case(ops.fields, chunks(), [*MOON, ((), {path[0]: value for path, value in MOON})], view=closed),
    "fields of a model": Case(
        lambda: ops.fields(Moon), ARGUMENTS, [*MOON, ((), Moon(name="Europa 🪐", radius=1560.8))], view=closed
    ),
    "until_valid": Case(lambda: ops.until_valid(list[Moon]), [*TEXT, " and more"], [MOONS], stops=True),
    "until_valid of chunks": Case(
        lambda: ops.until_valid(Moon), chunks(), [Moon(name="Europa 🪐", radius=1560.8)], stops=True
    ),
}
