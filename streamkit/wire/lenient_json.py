"""JSON of one event: parsed strictly first, then leniently where real servers need it."""

from __future__ import annotations

import json
import math
import re
from typing import Any, cast

import msgspec

from ..tool import deeper_than

_parse = msgspec.json.Decoder().decode
write = json.JSONEncoder(ensure_ascii=False).encode
"""Writes a value as JSON, as ``json.dumps`` does, which would make an encoder each time."""
# A JSON escape. The group is half of a surrogate pair, which an escape may hold and UTF-8 cannot.
_ESCAPE = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(\\u[dD][89a-fA-F]..)|\\.")

_DEPTH = 128
SHALLOW = 2 * _DEPTH
"""The largest size, in bytes, of JSON that cannot be nested too deeply: each array has two brackets …"""
_WITH_ONE_ARRAY = 5 * _DEPTH - 2  # … and each object around another one a name too, as in `[{"":{}}]`

_OTHERS = bytes(set(range(256)) - set(b"[{"))

_COUNT = 2**53  # every JSON parser reads integers below this exactly


def parse(payload: bytes) -> tuple[Any, bool]:
    r"""Parse one event's JSON.

    Returns:
        The value, and True if bytes that are not UTF-8 were replaced by U+FFFD.

    Raises:
        ValueError: The payload is not JSON, or it is nested too deeply.

    >>> parse(b'{"a": "\xff"}')
    ({'a': '\ufffd'}, True)
    """
    try:
        value, repaired = _parse(payload), False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value, repaired = _parse_leniently(payload)
    if len(payload) > SHALLOW and may_be_deep(payload) and deeper_than(_DEPTH, value):
        raise ValueError("nested too deeply")
    return value, repaired


def may_be_deep(payload: bytes) -> bool:
    """Whether JSON may be nested too deeply; False for nearly all events, without counting all of their brackets."""
    if len(payload) <= _WITH_ONE_ARRAY:
        first = payload.find(b"[")
        if first < 0 or payload.find(b"[", first + 1) < 0:
            return False
    return len(payload.translate(None, _OTHERS)) > _DEPTH


def _parse_leniently(payload: bytes) -> tuple[Any, bool]:
    text = payload.decode("utf-8", "replace")
    text = _ESCAPE.sub(lambda escape: "\ufffd" if escape[1] else escape[0], text)
    try:
        return json.loads(text, strict=False), "\ufffd" in text
    except RecursionError:
        raise ValueError("nested too deeply") from None


def as_dict(value: object) -> dict[str, Any]:
    """Return a value that is an object; an empty object for another value."""
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType] - JSON has only texts


def as_list(value: object) -> list[Any]:
    """Return a value that is an array; an empty array for another value."""
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]


def as_text(value: object) -> str:
    """Return a value that is a string; an empty string for another value."""
    return value if isinstance(value, str) else ""


def as_count(source: object, *path: str) -> int | None:
    """Return the number at the end of a path of names; None if there is none.

    >>> as_count({"tokens": {"output_tokens": 7.0}}, "tokens", "output_tokens")
    7
    """
    for name in path:
        if not isinstance(source, dict):
            return None
        source = cast("dict[str, object]", source).get(name)
    return count_of(source)


def count_of(value: object) -> int | None:
    """Return a value that is a number, as an integer; None for another value, and for one that is too large."""
    if value is None:
        return None
    if isinstance(value, int):
        return value if value is not True and value is not False and -_COUNT < value < _COUNT else None
    return count_of(int(value)) if isinstance(value, float) and math.isfinite(value) else None


def as_json(value: object) -> str:
    """Return a string unchanged, other values as JSON text, and an empty text for None."""
    if isinstance(value, str):
        return value
    return "" if value is None else write(value)


def json_or_text(text: str) -> Any:
    """Return the value of a JSON text; another text unchanged, and None for an empty one."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text or None


def as_dicts(value: object) -> list[dict[str, Any]]:
    """Return the elements of an array as objects, by ``as_dict``; an empty list if the value is no array."""
    return [as_dict(each) for each in as_list(value)]
