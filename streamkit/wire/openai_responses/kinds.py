"""The kinds of items of the Responses API: which ones the client answers, and which ones a conversation may hold."""

from __future__ import annotations

import json
from typing import Any

from ..lenient_json import as_dict, as_json, as_text

# By type of an item that the client answers, other than functions and custom tools: the name of the tool, and the
# field that says what to do.
_CLIENT_CALLS = {
    "apply_patch_call": ("apply_patch", "operation"),
    "computer_call": ("computer", "action"),
    "local_shell_call": ("local_shell", "action"),
    "mcp_approval_request": ("", "arguments"),
    "shell_call": ("shell", "action"),
    "tool_search_call": ("tool_search", "arguments"),
}

CLIENT_CALLS = frozenset(_CLIENT_CALLS)
"""The types of items that the client may have to answer."""

_CONTAINERS = frozenset({"container_reference", "container_auto"})

# The names under which xAI's own searches appear as calls of custom tools.
_XAI = frozenset(
    {
        *("web_search", "web_search_with_snippets", "browse_page"),
        *("x_user_search", "x_keyword_search", "x_semantic_search", "x_thread_fetch"),
    }
)

ITEMS = CLIENT_CALLS | {
    *("message", "reasoning", "compaction", "compaction_trigger", "item_reference", "additional_tools"),
    *("function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output"),
    *("web_search_call", "x_search_call", "file_search_call", "code_interpreter_call", "image_generation_call"),
    *("mcp_call", "mcp_list_tools", "mcp_approval_response", "tool_search_output", "computer_call_output"),
    *("shell_call_output", "local_shell_call_output", "apply_patch_call_output", "program", "program_output"),
}
"""The types of items that a conversation may hold."""


def is_client_call(item: dict[str, Any]) -> bool:
    """Return whether the client answers an item that is neither a function call nor one of a custom tool."""
    kind = item.get("type")
    if kind == "shell_call":
        return as_text(as_dict(item.get("environment")).get("type")) not in _CONTAINERS
    if kind == "tool_search_call":
        return item.get("execution") == "client"
    return kind in CLIENT_CALLS


def is_server_call(item: dict[str, Any], *, api: str | None) -> bool:
    """Return whether an item in the form of a custom tool's call is the server's own work."""
    custom = item.get("type") == "custom_tool_call"
    return custom and api == "xai.responses" and as_text(item.get("name")) in _XAI


def name_of(item: dict[str, Any]) -> str:
    """Return the name of the tool that an item calls."""
    given = as_text(item.get("name"))
    return given or _CLIENT_CALLS.get(as_text(item.get("type")), ("", ""))[0]


def arguments_of(item: dict[str, Any]) -> str:
    """Return the JSON of what a client's tool is called with."""
    kind = as_text(item.get("type"))
    if kind == "computer_call":  # newer models ask for several actions at once, and for checks beside them
        names = ("action", "actions", "pending_safety_checks")
        return as_json({name: item[name] for name in names if item.get(name) is not None})
    return as_json(item.get(_CLIENT_CALLS[kind][1])) or "{}"


def item_of(kind: str, call_id: str | None, arguments: str) -> dict[str, Any] | None:
    """Return the item of a client's call, made of its arguments; None if they do not have all of it."""
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        return None
    if kind == "mcp_approval_request":  # its server is not among the arguments
        return None
    item = {"type": kind, "call_id": call_id, "status": "completed"}
    if kind == "computer_call":
        return {**item, "id": call_id, "pending_safety_checks": [], **given}
    if kind == "local_shell_call":
        item["id"] = call_id
    return {**item, _CLIENT_CALLS[kind][1]: given}
