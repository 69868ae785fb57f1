"""Details of a Responses answer: the items of the server's tools, probabilities, the tier and moderation."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

from ...details import Details, ServerToolDelta, ServerToolKind, ServerToolState
from ..format import DetailReader
from ..lenient_json import as_count, as_dict, as_dicts, as_text, json_or_text
from ..openai_chat.details import logprobs_of
from .kinds import is_client_call, is_server_call

SERVER_KINDS: dict[str, ServerToolKind] = {
    "web_search_call": "web_search",
    "x_search_call": "web_search",
    "file_search_call": "file_search",
    "code_interpreter_call": "code_execution",
    "shell_call": "code_execution",
    "shell_call_output": "code_execution",
    "program": "code_execution",
    "program_output": "code_execution",
    "image_generation_call": "image_generation",
    "mcp_call": "mcp",
    "mcp_list_tools": "mcp",
    "tool_search_call": "tool_search",
    "tool_search_output": "tool_search",
}
"""By type of an item: the kind of its server tool."""

# The result of these items is an item of its own.
_ANSWERED_LATER = frozenset({"shell_call", "program", "tool_search_call"})

_NAMES = {
    "shell_call": "shell",
    "shell_call_output": "shell",
    "program": "program",
    "program_output": "program",
    "x_search_call": "x_search",
    "mcp_list_tools": "mcp_list_tools",
}

# The types of events with the next characters of a tool's input. Those of shells and custom tools may be the client's.
_INPUTS = frozenset({"response.code_interpreter_call_code.delta", "response.mcp_call_arguments.delta"})

_ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")

_PICTURE = ("size", "quality", "background", "output_format", "revised_prompt")


def read(event: dict[str, Any], index: int, *, api: str | None = None) -> Details:
    """Read the details of an event."""
    found = Details()
    kind = as_text(event.get("type"))
    if kind in ("response.output_item.added", "response.output_item.done"):
        item, ended = as_dict(event.get("item")), kind.endswith("done")
        found.server_tools += _item(item, as_count(event, "output_index"), ended=ended, api=api)
    elif kind in _INPUTS:
        found.server_tools.append(
            ServerToolDelta(index=as_count(event, "output_index"), input=as_text(event.get("delta")))
        )
    elif kind == "response.output_text.delta":
        found.logprobs += logprobs_of(event.get("logprobs"))
    response = as_dict(event.get("response"))
    if response:
        _read_response(response, found, ended=kind in _ENDS, api=api)
    return found


def _read_response(response: dict[str, Any], found: Details, *, ended: bool, api: str | None) -> None:
    if tier := as_text(response.get("service_tier")):
        found.fields["service_tier"] = tier
    safety = {name: response[name] for name in ("content_filters", "moderation") if response.get(name)}
    if safety:
        found.fields["safety"] = safety
    if ended:
        for at, item in enumerate(as_dicts(response.get("output"))):
            found.server_tools += _item(item, at, ended=True, api=api)
            for part in as_dicts(item.get("content")):
                found.all_logprobs += logprobs_of(part.get("logprobs"))


def _item(item: dict[str, Any], index: int | None, *, ended: bool, api: str | None) -> list[ServerToolDelta]:
    kind = as_text(item.get("type"))
    if not is_server_call(item, api=api) and (kind not in SERVER_KINDS or is_client_call(item)):
        return []
    if kind.endswith("_output") and not ended:
        return []
    name = as_text(item.get("name")) or _NAMES.get(kind)
    call_id = as_text(item.get("call_id")) if kind in _ANSWERED_LATER or kind.endswith("_output") else ""
    return [
        ServerToolDelta(
            _kind(kind, name or ""),
            name,
            call_id or (None if kind.endswith("_output") else as_text(item.get("id")) or None),
            index,
            whole_input=_input(kind, item) if ended else None,
            output=_output(kind, item) if ended else None,
            state=_state(kind, item, ended=ended),
        )
    ]


def _kind(kind: str, name: str) -> ServerToolKind:
    if kind != "custom_tool_call":
        return SERVER_KINDS[kind]
    return "web_fetch" if name == "browse_page" else "web_search"


def _state(kind: str, item: dict[str, Any], *, ended: bool) -> ServerToolState | None:
    status = item.get("status")
    if not ended or kind in _ANSWERED_LATER:
        return "running"
    if status == "failed" or item.get("error"):
        return "failed"
    return "unknown" if status == "incomplete" else "completed"


def _input(kind: str, item: dict[str, Any]) -> Any:
    if kind in ("mcp_call", "custom_tool_call", "web_search_call", "x_search_call") and "action" not in item:
        return json_or_text(as_text(item.get("arguments")) or as_text(item.get("input")))
    names = {
        "code_interpreter_call": ("code", "container_id"),
        "file_search_call": ("queries",),
        "program": ("code",),
        "tool_search_call": ("arguments",),
        "image_generation_call": ("revised_prompt",),
    }.get(kind, ())
    if kind in ("web_search_call", "x_search_call", "shell_call"):
        action = as_dict(item.get("action"))
        return {name: value for name, value in action.items() if name != "sources" and value is not None} or None
    found = {name: item[name] for name in names if item.get(name) is not None}
    return found.get("arguments") if kind == "tool_search_call" else found or None


def _output(kind: str, item: dict[str, Any]) -> Any:
    if kind in ("web_search_call", "x_search_call"):
        return as_dict(item.get("action")).get("sources")
    if kind == "image_generation_call":  # the image itself is in `images`
        return {name: item[name] for name in _PICTURE if item.get(name) is not None} or None
    if kind == "mcp_call" and item.get("error"):
        return item["error"]
    names = {
        "code_interpreter_call": "outputs",
        "file_search_call": "results",
        "mcp_call": "output",
        "mcp_list_tools": "tools",
        "program_output": "result",
        "shell_call_output": "output",
        "tool_search_output": "tools",
    }
    return item.get(names[kind]) if kind in names else None


READER = DetailReader(
    read,
    each=(
        *(b'_call"', b"_call_code", b"_call_arguments", b"_call_command", b"_call_input", b"_call_output"),
        *(b"mcp_list_tools", b'"program', b"tool_search_output", b'"logprob"'),
    ),
    last=(b'"service_tier"', b'"content_filters"', b'"moderation"'),
)

XAI_READER = replace(READER, read=functools.partial(read, api="xai.responses"))
