"""Details of an answer of Converse: the server's tools with their results, the guardrail, the stop, and the tier."""

from __future__ import annotations

from typing import Any

from ...details import Details, ServerToolDelta, ServerToolKind
from ..format import DetailReader
from ..lenient_json import as_count, as_dict, as_text

SERVER_KINDS: dict[str, ServerToolKind] = {
    "nova_code_interpreter": "code_execution",
    "nova_grounding": "web_search",
}
"""By name of a server tool: its kind; any other has the kind ``other``."""


def read(event: dict[str, Any], index: int) -> Details:
    """Read the details of an event."""
    found = Details()
    start, delta = as_dict(event.get("contentBlockStart")), as_dict(event.get("contentBlockDelta"))
    if start:
        found.server_tools += _start(as_dict(start.get("start")), as_count(start, "contentBlockIndex"))
    if delta:
        found.server_tools += _delta(as_dict(delta.get("delta")), as_count(delta, "contentBlockIndex"))
    metadata = as_dict(event.get("metadata"))
    more = as_dict(as_dict(event.get("messageStop")).get("additionalModelResponseFields"))
    values = {
        "service_tier": as_text(as_dict(metadata.get("serviceTier")).get("type")),
        "safety": {name: value for name, value in as_dict(metadata.get("trace")).items() if name == "guardrail"},
        "stop_sequence": as_text(more.get("stop_sequence")),
    }
    found.fields |= {name: value for name, value in values.items() if value}
    return found


def _start(given: dict[str, Any], number: int | None) -> list[ServerToolDelta]:
    call, result = as_dict(given.get("toolUse")), as_dict(given.get("toolResult"))
    identity = as_text((call or result).get("toolUseId")) or None
    if call.get("type") == "server_tool_use":
        name = as_text(call.get("name"))
        return [ServerToolDelta(SERVER_KINDS.get(name, "other"), name or None, identity, number, state="running")]
    if result:
        name = as_text(result.get("type")).removesuffix("_result")
        content = result.get("content")  # which a stream has in deltas
        state = "failed" if result.get("status") == "error" else "completed" if content else None
        return [ServerToolDelta(SERVER_KINDS.get(name, "other"), None, identity, number, output=content, state=state)]
    return []


def _delta(given: dict[str, Any], number: int | None) -> list[ServerToolDelta]:
    if text := as_text(as_dict(given.get("toolUse")).get("input")):
        return [ServerToolDelta(index=number, input=text)]
    if "toolResult" in given:
        return [ServerToolDelta(index=number, output=given["toolResult"], state="completed")]
    return []


READER = DetailReader(
    read,
    each=(b'"server_tool_use"', b'"toolResult"', b'"toolUse"', b'"guardrail"'),
    last=(b'"serviceTier"', b'"stop_sequence"'),
)
