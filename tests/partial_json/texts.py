"""JSON values for the tests, and the many ways in which a value may be written and cut."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from typing import Any, cast

from hypothesis import strategies as st

SPACES = ["", "", " ", "\n  ", "\t", "\r\n"]

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.sampled_from(["", '"', "\\", "{", "[", "木星 🪐", "\u2028\x7f", "a\nb\tc"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
containers = st.lists(values, max_size=4) | st.dictionaries(
    st.text('ab{"é', max_size=4), values, min_size=1, max_size=4
)


def written(value: Any, rng: random.Random) -> str:
    """Write a value as JSON, with other spaces and other escapes each time."""
    if isinstance(value, str):
        return f'"{"".join(_character(each, rng) for each in value)}"'
    if isinstance(value, list):
        return _inside("[", [written(each, rng) for each in cast("list[Any]", value)], "]", rng)
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        parts = [
            f"{written(name, rng)}{_space(rng)}:{_space(rng)}{written(each, rng)}" for name, each in members.items()
        ]
        return _inside("{", parts, "}", rng)
    return json.dumps(value)


def _inside(begin: str, parts: list[str], end: str, rng: random.Random) -> str:
    if not parts:
        return begin + end
    inner = ",".join(f"{_space(rng)}{part}{_space(rng)}" for part in parts)
    return f"{begin}{inner}{end}"


def _character(each: str, rng: random.Random) -> str:
    escaped = json.dumps(each)[1:-1]  # also astral characters: as two escapes
    if len(escaped) == 1 and rng.random() < 0.2:
        return f"\\u{ord(each):04{rng.choice('xX')}}"
    if each == "/" and rng.random() < 0.5:
        return "\\/"
    plain = each not in '"\\' and each >= " "
    return each if plain and rng.random() < 0.7 else escaped


def _space(rng: random.Random) -> str:
    return rng.choice(SPACES)


def cut(text: str, rng: random.Random) -> list[str]:
    """Cut a text anywhere."""
    often = rng.choice([0.05, 0.5, 1.0])
    edges = [0, *(at for at in range(1, len(text)) if rng.random() < often), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]
