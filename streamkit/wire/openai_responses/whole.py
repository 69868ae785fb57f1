"""Turns a response of the Responses API, which comes without streaming, into the last event of a stream."""

from __future__ import annotations

from typing import Any

from ..lenient_json import as_text


def events(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the only event, which is named by the status; the last event of a stream has the whole response, too.

    Args:
        answer: The response, or an error.
    """
    status = as_text(answer.get("status"))
    if not status and answer.get("error"):
        return [answer]
    return [{"type": f"response.{status}", "response": answer}]
