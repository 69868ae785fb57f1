"""Rebuilds a response of OpenAI's Responses API from the events, and builds the SDK's objects of events."""

from __future__ import annotations

import functools
import typing
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from ..format import Event, sdk_class
from .kinds import ITEMS

if TYPE_CHECKING:
    from ...response import Response


_ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
_GAP = 64  # numbers of parts that may be missing before a part
# By type of an item: the fields that it must have, although they may be null.
_NULLABLE = {"code_interpreter_call": ("code", "outputs"), "image_generation_call": ("result",)}
# By event type: the field of an item that a delta extends.
_GROWS = {
    "response.function_call_arguments.delta": "arguments",
    "response.mcp_call_arguments.delta": "arguments",
    "response.custom_tool_call_input.delta": "input",
    "response.code_interpreter_call_code.delta": "code",
}
# By event type: the list of the part that a delta extends, the field with its number, its type and its field.
_PARTS = {
    "response.output_text.delta": ("content", "content_index", "output_text", "text"),
    "response.refusal.delta": ("content", "content_index", "refusal", "refusal"),
    "response.reasoning_text.delta": ("content", "content_index", "reasoning_text", "text"),
    "response.reasoning_summary_text.delta": ("summary", "summary_index", "summary_text", "text"),
}


class CutItem(dict[str, Any]):
    """An item whose end has not arrived; its status does not tell, because whole items may be ``in_progress``."""


def answer(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the response."""
    rebuilt: dict[str, Any] = {}
    items: dict[int, dict[str, Any]] = {}
    complete: set[int] = set()
    for event in events:
        kind, at = event.get("type"), event.get("output_index") or 0
        if isinstance(event.get("response"), dict):
            rebuilt |= event["response"]
        if kind in ("response.output_item.added", "response.output_item.done"):
            items[at] = dict(event.get("item") or {})
            if kind.endswith("done"):
                complete.add(at)
        elif at not in complete:
            _grow(items.setdefault(at, {"type": "message", "role": "assistant"}) if "delta" in event else {}, event)
    # Some servers send an empty output at the end, so the items take precedence.
    output = [items[at] if at in complete else CutItem(items[at]) for at in sorted(items)]
    output = output or rebuilt.get("output") or []
    return {**rebuilt, "output": output}


def _grow(item: dict[str, Any], event: dict[str, Any]) -> None:
    kind, delta = str(event.get("type")), event.get("delta")
    if not isinstance(delta, str):
        return
    if kind in _GROWS:
        name = _GROWS[kind]
        item[name] = (item.get(name) or "") + delta
    elif kind in _PARTS:
        where, number, part_type, field = _PARTS[kind]
        parts = item[where] = list(cast("list[dict[str, Any]]", item.get(where) or []))
        at = event.get(number) or 0
        if at > len(parts) + _GAP:
            return
        while len(parts) <= at:
            parts.append({"type": part_type, field: ""})
        parts[at] = {**parts[at], field: (parts[at].get(field) or "") + delta}


def next_turn(rebuilt: dict[str, Any], response: Response) -> dict[str, Any]:
    """Return the message of a next turn, whose content is a list of input items.

    Every whole item goes back as it came, and of a message that was cut what has arrived. Where the server keeps no
    answers, it cannot read reasoning without its encrypted content, so that is left out.
    """
    calls = {call.id: call.complete for call in response.tool_calls}
    stored = rebuilt.get("store") is not False
    items = [_as_input(item) for item in rebuilt["output"] if _goes_back(item, calls, stored=stored)]
    return {"role": "assistant", "content": items}


def _goes_back(item: dict[str, Any], calls: dict[str | None, bool], *, stored: bool) -> bool:
    kind = item.get("type")
    if kind == "message":
        return bool(item.get("content"))
    if kind not in ITEMS or (isinstance(item, CutItem) and kind != "function_call"):
        return False
    if kind == "reasoning":
        return bool(item.get("encrypted_content") or (stored and item.get("id")))
    return kind not in ("function_call", "custom_tool_call") or calls.get(item.get("call_id"), kind != "function_call")


def _as_input(item: dict[str, Any]) -> dict[str, Any]:
    if item.get("type") == "message":
        parts: list[Any] = [
            {**part, "annotations": part.get("annotations") or []} if part.get("type") == "output_text" else part
            for part in item["content"]
        ]
        return {**item, "role": "assistant", "status": item.get("status") or "completed", "content": parts}
    if item.get("type") == "function_call":  # whose arguments are JSON, also if it has sent none
        item = {**item, "arguments": item.get("arguments") or "{}"}
    required = _NULLABLE.get(str(item.get("type")), ())
    return {name: value for name, value in item.items() if value is not None or name in required}


def sdk_event(raw: Event) -> Any:
    """Build the SDK's object for an event; an event of an unknown type stays a dict."""
    cls = _classes().get(raw.get("type", ""))
    return raw if cls is None else cls.construct(**raw)


@functools.cache
def _classes() -> dict[str, Any]:
    """The SDK's class by the type of the event."""
    found: dict[str, Any] = {}
    for cls in typing.get_args(typing.get_args(sdk_class("openai.types.responses:ResponseStreamEvent"))[0]):
        for kind in typing.get_args(cls.model_fields["type"].annotation):
            found[kind] = cls
    return found
