"""Strict JSON for tool arguments, without the leniency of Python's parser and with a bounded depth."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, cast

# More than any tool's arguments need; pydantic reads and writes JSON of this depth.
_DEPTH = 128


def strict_json(text: str) -> Any:
    """Parse JSON with none of Python's leniency: no NaN, no infinity, no name twice, no half a surrogate pair.

    Args:
        text: The whole JSON text.

    Raises:
        ValueError: The text is not strict JSON, or is nested too deeply.

    >>> strict_json('{"moon": "Europa"}')
    {'moon': 'Europa'}
    """
    try:
        found: object = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if text.count("[") + text.count("{") > _DEPTH and deeper_than(_DEPTH, found):
        raise ValueError("nested too deeply")
    if "\\u" in text:
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is a ValueError here
    return found


def deeper_than(depth: int, value: object) -> bool:
    """Return whether parsed JSON is nested more deeply than ``depth``.

    >>> deeper_than(1, [1, 2]), deeper_than(1, [1, [2]])
    (False, True)
    """
    layer = [value]
    for _ in range(depth):
        layer = [inner for each in layer for inner in _inside(each)]
    return any(isinstance(each, (dict, list)) for each in layer)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is out of range")
    return number
