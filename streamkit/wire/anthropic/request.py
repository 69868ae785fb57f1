"""Request bodies of Anthropic's Messages API."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any, cast

from ...errors import ConfigurationError
from ...messages import AudioPart, DocumentPart, ImagePart, Message, ToolResultPart
from ...question import RequestInputs
from ...tool import ToolCall
from ..openai_chat.messages import in_own_form
from ..request import answer_fields, cannot, check_media, tool_fields

_MAX_TOKENS = 4096  # the API requires a limit; every model allows this one


def messages_body(ask: RequestInputs) -> dict[str, Any]:
    """Return the body of a Messages request."""
    params = {name: value for name, value in ask.params.items() if value is not None}
    check_media(ask.messages, "anthropic")
    messages = [in_own_form(message) for message in ask.messages]
    body: dict[str, Any] = {"model": ask.model, "max_tokens": params.pop("max_tokens", _MAX_TOKENS)}
    system = [message for message in messages if _role(message) == "system"]
    body["messages"] = [_message(message) for message in messages if _role(message) != "system"]
    if not body["messages"]:
        raise ConfigurationError("anthropic needs a message of the user's beside the system's.")
    if system:
        body["system"] = [_part(part) for message in system for part in _parts(message)]
    if ask.tools:
        body["tools"] = [_tool(tool) for tool in ask.tools]
    if "stop" in params:
        stop = params.pop("stop")
        body["stop_sequences"] = [stop] if isinstance(stop, str) else list(stop)
    if isinstance(params.get("tool_choice"), str):
        body["tool_choice"] = _choice(params.pop("tool_choice"))
    if "json_schema" in params:
        answer = answer_fields(params.pop("json_schema"), strict=True)  # the API takes closed objects only
        output = {"format": {"type": "json_schema", "schema": answer["schema"]}}
        body["output_config"] = {**params.pop("output_config", {}), **output}
    return {**body, **params}


def _role(message: Message) -> object:
    return message.get("role") if isinstance(message, dict) else message.role


def _parts(message: Message) -> Sequence[Any]:
    content: Any = message.get("content") if isinstance(message, dict) else message.content
    return [content] if isinstance(content, str) else content


def _message(message: Message) -> dict[str, Any]:
    if isinstance(message, dict):
        return message
    if isinstance(message.content, str):
        return {"role": message.role, "content": message.content}
    role = "user" if message.role == "tool" else message.role
    return {"role": role, "content": [_part(part) for part in message.content]}


def _part(part: object) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if isinstance(part, (ImagePart, DocumentPart)):
        return {"type": "image" if isinstance(part, ImagePart) else "document", "source": _source(part)}
    if isinstance(part, ToolCall):
        arguments = part.arguments if part.arguments is not None else json.loads(part.arguments_text or "{}")
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments}
    if isinstance(part, ToolResultPart):
        return {"type": "tool_result", "tool_use_id": part.id, "content": part.output}
    if isinstance(part, AudioPart):
        raise cannot("anthropic", "audio")
    if isinstance(part, dict):
        return cast("dict[str, Any]", part)
    raise cannot("anthropic", f"a message part of type {type(part).__name__}")


def _source(part: ImagePart | DocumentPart) -> dict[str, Any]:
    if part.url:
        return {"type": "url", "url": part.url}
    return {"type": "base64", "media_type": part.media_type, "data": base64.b64encode(part.data).decode()}


def _tool(tool: Any) -> dict[str, Any]:
    fields = tool_fields(tool)
    if fields is None:
        return cast("dict[str, Any]", tool)
    fields["input_schema"] = fields.pop("parameters")
    return fields


def _choice(choice: str) -> dict[str, Any]:
    named = {"auto": "auto", "none": "none", "required": "any"}.get(choice)
    return {"type": named} if named else {"type": "tool", "name": choice}
