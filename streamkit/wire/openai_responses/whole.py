"""Turns a response without streaming into an event; apart from the decoder, because no stream needs that."""

from __future__ import annotations

from typing import Any

from ..lenient_json import as_dicts, as_text


def events(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the last event of a stream, which has the whole response too; without a status, the items as they are.

    Args:
        answer: The response, or an error.
    """
    status = as_text(answer.get("status"))
    if not status and answer.get("error"):
        return [answer]
    last = {"type": f"response.{status}", "response": answer}
    if status in ("completed", "incomplete", "failed", "cancelled"):
        return [last]
    items = enumerate(as_dicts(answer.get("output")))
    return [last, *({"type": "response.output_item.done", "output_index": at, "item": item} for at, item in items)]
