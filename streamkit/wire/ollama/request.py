"""Request bodies of Ollama's chat."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ...messages import BaseMessageParam, ImagePart, Message, ToolResultPart
from ...question import RequestInputs
from ...tool import ToolCall
from ..openai_chat.messages import arguments_of, bytes_of, from_chat
from ..request import cannot, schema_of, tool_fields

# The fields of the body; every other parameter is an option of the model.
_BODY_FIELDS = frozenset(
    {
        *("format", "keep_alive", "logprobs", "options", "think", "top_logprobs", "truncate", "shift"),
        *("extra_headers", "extra_query", "extra_body"),
    }
)


def ollama_body(ask: RequestInputs) -> dict[str, Any]:
    """Return the body of a chat request."""
    params = {name: value for name, value in ask.params.items() if value is not None}
    choice = params.pop("tool_choice", "auto")
    if choice not in ("auto", "none"):
        raise cannot("ollama", f"tool_choice={choice!r}: the model chooses, or give it no tools")
    body: dict[str, Any] = {"model": ask.model, "messages": _messages(ask.messages)}
    if ask.tools and choice == "auto":
        body["tools"] = [_tool(tool) for tool in ask.tools]
    if "json_schema" in params:
        body["format"] = schema_of(params.pop("json_schema"))[1]
    if "max_tokens" in params:
        params["num_predict"] = params.pop("max_tokens")
    if isinstance(stop := params.get("stop"), str):
        params["stop"] = [stop]
    body |= {name: params.pop(name) for name in _BODY_FIELDS if name in params}
    if params:
        body["options"] = {**params, **body.get("options", {})}
    return body


def _messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Return the conversation; each tool result becomes a message of its own."""
    conversation: list[dict[str, Any]] = []
    names: dict[str | None, str] = {}
    for message in messages:
        if isinstance(message, dict) and not _has_chat_form(message):
            conversation.append(message)
            continue
        given = from_chat(message) if isinstance(message, dict) else message
        parts = [given.content] if isinstance(given.content, str) else list(given.content)
        names |= {part.id: part.name for part in parts if isinstance(part, ToolCall) and part.id}
        results = [part for part in parts if isinstance(part, ToolResultPart)]
        conversation += [_result(part, names) for part in results] or [_message(given, parts)]
    return conversation


def _has_chat_form(message: Mapping[str, Any]) -> bool:
    """Whether a message has a form of chat completions that Ollama lacks: parts, arguments as text, a call's id."""
    calls = cast("list[dict[str, Any]]", message.get("tool_calls") or [])
    functions = [cast("dict[str, Any]", call.get("function") or {}) for call in calls]
    as_text = any(isinstance(function.get("arguments"), str) for function in functions)
    return as_text or "tool_call_id" in message or isinstance(message.get("content"), (list, tuple))


def _message(message: BaseMessageParam, parts: Sequence[Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {"role": message.role}
    texts: list[str] = []
    images: list[str] = []
    calls: list[dict[str, Any]] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, ImagePart):
            images.append(_image(part))
        elif isinstance(part, ToolCall):
            calls.append(_call(part))
        else:
            raise cannot("ollama", f"a message part of type {type(part).__name__}")
    fields["content"] = "\n".join(texts)
    return {**fields, **({"images": images} if images else {}), **({"tool_calls": calls} if calls else {})}


def _image(part: ImagePart) -> str:
    data = part.data
    if part.url:
        found = bytes_of(part.url)
        if found is None:
            raise cannot("ollama", "an image by its address: give its bytes")
        data = found[1]
    return base64.b64encode(data).decode()


def _call(call: ToolCall) -> dict[str, Any]:
    fields: dict[str, Any] = {"function": {"name": call.name, "arguments": arguments_of(call, "ollama")}}
    return {"id": call.id, **fields} if call.id else fields


def _result(part: ToolResultPart, names: Mapping[str | None, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {"role": "tool", "content": part.output}
    if name := part.name or names.get(part.id):
        fields["tool_name"] = name
    return {**fields, "tool_call_id": part.id} if part.id else fields


def _tool(tool: Any) -> dict[str, Any]:
    fields = tool_fields(tool)
    return cast("dict[str, Any]", tool) if fields is None else {"type": "function", "function": fields}
