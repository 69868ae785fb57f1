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
    """Decode an answer of these events."""
    return outcome(sent(CREATED, *events), api="openai.responses")


def begun(index: int, kind: str, /, **fields: Any) -> Event:
    """Write the event that begins an item."""
    return "output_item.added", {"output_index": index, "item": {"id": f"item_{index}", "type": kind, **fields}}


def ended(index: int, kind: str, /, **fields: Any) -> Event:
    """Write the event with the whole item."""
    return "output_item.done", {"output_index": index, "item": {"id": f"item_{index}", "type": kind, **fields}}


def called(index: int, name: str = "look_up") -> Event:
    """Write the event that begins a function call."""
    return begun(index, "function_call", call_id=f"call_{index}", name=name, arguments="", status="in_progress")


def arguments(index: int, text: str) -> Event:
    """Write a delta of a call's arguments."""
    return "function_call_arguments.delta", {"item_id": f"item_{index}", "output_index": index, "delta": text}


def called_out(index: int, text: str, name: str = "look_up", status: str = "completed") -> Event:
    """Write the event with the whole function call."""
    return ended(index, "function_call", call_id=f"call_{index}", name=name, arguments=text, status=status)


def delta(text: str, index: int = 0, at: int = 0, kind: str = "output_text") -> Event:
    """Write a delta of a text."""
    item = {"item_id": f"item_{index}", "output_index": index}
    return f"{kind}.delta", {"delta": text, **item, _number(kind): at}


def text_done(text: str, index: int = 0, at: int = 0, kind: str = "output_text") -> Event:
    """Write the event with the whole text."""
    item = {"item_id": f"item_{index}", "output_index": index}
    return f"{kind}.done", {"refusal" if kind == "refusal" else "text": text, **item, _number(kind): at}


def _number(kind: str) -> str:
    return "summary_index" if kind == "reasoning_summary_text" else "content_index"


def over(status: str = "completed", **fields: Any) -> Event:
    """Write the final event."""
    usage = {"input_tokens": 7, "output_tokens": 2, "total_tokens": 9}
    return status, {"response": {"id": "resp_1", "model": "m-1", "status": status, "usage": usage, **fields}}
