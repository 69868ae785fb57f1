"""Events of a Responses answer as OpenAI writes them, numbered in the order of their sending."""

from __future__ import annotations

from typing import Any

from streamkit.testing import responses_event
from tests.wire.outcome import Outcome, outcome

Event = tuple[str, dict[str, Any]]
CREATED: Event = ("created", {"response": {"id": "resp_1", "model": "m-1", "status": "in_progress"}})


def sent(*events: Event, first: int = 0) -> list[bytes]:
    """Write events with their numbers."""
    return [responses_event(kind, number, **fields) for number, (kind, fields) in enumerate(events, first)]


def read(*events: Event) -> Outcome:
    """Decode what these events come to."""
    return outcome(sent(CREATED, *events), api="openai.responses")


def begun(index: int, kind: str, /, **fields: Any) -> Event:
    """Begin an item."""
    return "output_item.added", {"output_index": index, "item": {"id": f"item_{index}", "type": kind, **fields}}


def ended(index: int, kind: str, /, **fields: Any) -> Event:
    """Tell a whole item."""
    return "output_item.done", {"output_index": index, "item": {"id": f"item_{index}", "type": kind, **fields}}


def called(index: int, name: str = "look_up") -> Event:
    """Begin a function call."""
    return begun(index, "function_call", call_id=f"call_{index}", name=name, arguments="", status="in_progress")


def arguments(index: int, text: str) -> Event:
    """Tell a piece of a call's arguments."""
    return "function_call_arguments.delta", {"item_id": f"item_{index}", "output_index": index, "delta": text}


def called_out(index: int, text: str, name: str = "look_up", status: str = "completed") -> Event:
    """Tell a whole function call."""
    return ended(index, "function_call", call_id=f"call_{index}", name=name, arguments=text, status=status)


def said(text: str, index: int = 0, at: int = 0, kind: str = "output_text") -> Event:
    """Tell a piece of a text."""
    place = {"item_id": f"item_{index}", "output_index": index}
    return f"{kind}.delta", {"delta": text, **place, _number(kind): at}


def said_out(text: str, index: int = 0, at: int = 0, kind: str = "output_text") -> Event:
    """Tell a whole text."""
    place = {"item_id": f"item_{index}", "output_index": index}
    return f"{kind}.done", {"refusal" if kind == "refusal" else "text": text, **place, _number(kind): at}


def _number(kind: str) -> str:
    return "summary_index" if kind == "reasoning_summary_text" else "content_index"


def over(status: str = "completed", **fields: Any) -> Event:
    """Tell the final status."""
    usage = {"input_tokens": 7, "output_tokens": 2, "total_tokens": 9}
    return status, {"response": {"id": "resp_1", "model": "m-1", "status": status, "usage": usage, **fields}}
