"""One event's JSON, read strictly first and forgivingly where real servers need it."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

_parse = msgspec.json.Decoder().decode
# Half of a surrogate pair: legal in a JSON escape, impossible in UTF-8.
_LONE_SURROGATE = re.compile(
    r"(?<!\\)((?:\\\\)*)(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)


def parse(payload: bytes) -> tuple[Any, bool]:
    """Parse one event's JSON.

    Args:
        payload: The event's data.

    Returns:
        The value, and whether bytes that are no UTF-8 had to become U+FFFD.

    Raises:
        ValueError: It is not JSON even so.

    >>> parse(b'{"a": "\\xff"}')
    ({'a': '\\ufffd'}, True)
    """
    try:
        return _parse(payload), False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    text = payload.decode("utf-8", "replace")
    text = _LONE_SURROGATE.sub("\\1\ufffd", text)
    try:
        return json.loads(text, strict=False), "\ufffd" in text
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
