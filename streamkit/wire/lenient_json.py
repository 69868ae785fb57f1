"""One event's JSON, read strictly first and forgivingly where real servers need it."""

from __future__ import annotations

import json
import math
import re
from typing import Any, cast

import msgspec

from ..tool import deeper_than

_parse = msgspec.json.Decoder().decode
# An escape of JSON; the group is half of a surrogate pair: legal in an escape, impossible in UTF-8.
_ESCAPE = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(\\u[dD][89a-fA-F]..)|\\.")

_DEPTH = 128

_COUNT = 2**53  # what JSON can carry exactly everywhere


def parse(payload: bytes) -> tuple[Any, bool]:
    r"""Parse one event's JSON.

    Args:
        payload: The event's data.

    Returns:
        The value, and whether something that is no UTF-8 had to become U+FFFD.

    Raises:
        ValueError: It is not JSON even so, or nested too deeply.

    >>> parse(b'{"a": "\xff"}')
    ({'a': '\ufffd'}, True)
    """
    try:
        value, repaired = _parse(payload), False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value, repaired = _forgiving(payload)
    if payload.count(b"[") + payload.count(b"{") > _DEPTH and deeper_than(_DEPTH, value):
        raise ValueError("nested too deeply")
    return value, repaired


def _forgiving(payload: bytes) -> tuple[Any, bool]:
    text = payload.decode("utf-8", "replace")
    text = _ESCAPE.sub(lambda escape: "\ufffd" if escape[1] else escape[0], text)
    try:
        return json.loads(text, strict=False), "\ufffd" in text
    except RecursionError:
        raise ValueError("nested too deeply") from None


def as_dict(value: object) -> dict[str, Any]:
    """Return the object that a server should have put here; anything else is an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return the array that a server should have put here; anything else is an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def as_text(value: object) -> str:
    """Return the string that a server should have put here; anything else is an empty one."""
    return value if isinstance(value, str) else ""


def as_count(source: object, *path: str) -> int | None:
    """Return the number that a server should have put at the end of a path; anything else is none.

    >>> as_count({"tokens": {"output_tokens": 7.0}}, "tokens", "output_tokens")
    7
    """
    for name in path:
        source = as_dict(source).get(name)
    if isinstance(source, float) and math.isfinite(source):
        source = int(source)
    return source if isinstance(source, int) and not isinstance(source, bool) and abs(source) < _COUNT else None


def as_json(value: object) -> str:
    """Return JSON that a server should have sent as text, and nothing for nothing."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def as_object(given: object) -> dict[str, Any]:
    """Return an object, empty if it is none."""
    return cast("dict[str, Any]", given) if isinstance(given, dict) else {}


def as_objects(given: object) -> list[dict[str, Any]]:
    """Return the objects of an array, none if it is no array."""
    return [as_object(each) for each in cast("list[object]", given)] if isinstance(given, list) else []
