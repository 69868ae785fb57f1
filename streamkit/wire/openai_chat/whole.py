"""Turns a completion without streaming into an event; apart from the decoder, because no stream needs that."""

from __future__ import annotations

from typing import Any

from ..lenient_json import as_dict, as_dicts


def events(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the only event: the message of each choice becomes a delta, and each call gets a number.

    Args:
        answer: The completion.
    """
    choices = as_dicts(answer.get("choices"))
    return [{**answer, "choices": [{**each, "delta": _delta(as_dict(each.get("message")))} for each in choices]}]


def _delta(message: dict[str, Any]) -> dict[str, Any]:
    calls = [{**call, "index": at} for at, call in enumerate(as_dicts(message.get("tool_calls")))]
    return {**message, "tool_calls": calls}
