"""Turns a message without streaming into events; apart from the decoder, because no stream needs that."""

from __future__ import annotations

from typing import Any

from ..lenient_json import as_dicts


def events(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events: each block starts with all of the content.

    Args:
        answer: The message, or an error.
    """
    if answer.get("type") == "error":
        return [answer]
    head = {name: value for name, value in answer.items() if name != "content"}
    found: list[dict[str, Any]] = [{"type": "message_start", "message": head}]
    for at, block in enumerate(as_dicts(answer.get("content"))):
        found.append({"type": "content_block_start", "index": at, "content_block": block})
        found.append({"type": "content_block_stop", "index": at})
    found.append({"type": "message_delta", "delta": {"stop_reason": answer.get("stop_reason")}})
    return [*found, {"type": "error", "error": answer["error"]}] if answer.get("error") else found
