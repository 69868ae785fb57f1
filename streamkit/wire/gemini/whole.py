"""Turns an answer without streaming into an event; apart from the decoder, because no stream needs that."""

from __future__ import annotations

from typing import Any

from ..lenient_json import as_dict, as_dicts


def events(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the only event: the answer, without the fields of parts that are null, as the SDK's objects have them.

    Args:
        answer: The answer.
    """
    candidates = as_dicts(answer.get("candidates"))
    return [
        {**answer, "candidates": [{**each, "content": _content(as_dict(each.get("content")))} for each in candidates]}
    ]


def _content(content: dict[str, Any]) -> dict[str, Any]:
    parts = as_dicts(content.get("parts"))
    return {**content, "parts": [{name: value for name, value in part.items() if value is not None} for part in parts]}
