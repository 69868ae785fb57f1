"""Details of a message of Anthropic's: blocks of the server's tools with their results, the stop, and the tier."""

from __future__ import annotations

from typing import Any

from ...details import Details, ServerToolDelta, ServerToolKind
from ..format import DetailReader
from ..lenient_json import as_count, as_dict, as_text

SERVER_KINDS: dict[str, ServerToolKind] = {
    "web_search": "web_search",
    "web_fetch": "web_fetch",
    "code_execution": "code_execution",
    "bash_code_execution": "code_execution",
    "text_editor_code_execution": "code_execution",
    "tool_search_tool_regex": "tool_search",
    "tool_search_tool_bm25": "tool_search",
    "tool_search_tool": "tool_search",
    "tool_search": "tool_search",
    "mcp": "mcp",
}
"""By name of a server tool: its kind; any other has the kind ``other``."""

_USES = ("server_tool_use", "mcp_tool_use")


def read(event: dict[str, Any], index: int) -> Details:
    """Read the details of an event."""
    found = Details()
    kind, number = as_text(event.get("type")), as_count(event, "index")
    if kind == "content_block_start":
        found.server_tools += _block(as_dict(event.get("content_block")), number)
    elif kind == "content_block_delta":
        delta = as_dict(event.get("delta"))
        if delta.get("type") == "input_json_delta" and delta.get("partial_json"):
            found.server_tools.append(ServerToolDelta(index=number, input=as_text(delta.get("partial_json"))))
    elif kind in ("message_start", "message_delta"):
        message = as_dict(event.get("message" if kind == "message_start" else "delta"))
        usage = as_dict(message.get("usage")) or as_dict(event.get("usage"))
        values = {
            "service_tier": as_text(usage.get("service_tier")),
            "stop_sequence": as_text(message.get("stop_sequence")),
            "safety": {"stop_details": message["stop_details"]} if message.get("stop_details") else None,
        }
        found.fields |= {name: value for name, value in values.items() if value}
    return found


def _block(block: dict[str, Any], number: int | None) -> list[ServerToolDelta]:
    kind, name = as_text(block.get("type")), as_text(block.get("name"))
    if kind in _USES:
        family = "mcp" if kind == "mcp_tool_use" else name
        given = as_dict(block.get("input"))
        return [
            ServerToolDelta(
                SERVER_KINDS.get(family, "other"),
                name or None,
                as_text(block.get("id")) or None,
                number,
                whole_input=given or None,
                state="running",
            )
        ]
    if not kind.endswith("_tool_result"):
        return []
    content: Any = block.get("content")
    error = block.get("is_error") is True or as_text(as_dict(content).get("type")).endswith("_error")
    return [
        ServerToolDelta(
            SERVER_KINDS.get(kind.removesuffix("_tool_result"), "other"),
            None,
            as_text(block.get("tool_use_id")) or None,
            number,
            output=content,
            state="failed" if error else "completed",
        )
    ]


READER = DetailReader(
    read,
    each=(b"server_tool_use", b"mcp_tool_use", b'_tool_result"', b"input_json_delta", b'"stop_details"'),
    last=(b'"service_tier"', b'"stop_sequence"'),
)
