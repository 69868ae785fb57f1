"""Request bodies of chat completions, and of Mistral's variant."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from ...messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Message, ToolResultPart
from ...question import RequestInfo, RequestInputs
from ...tool import ToolCall
from ..request import answer_fields, cannot, check_media, tool_fields


def chat_body(
    ask: RequestInputs,
    *,
    provider: str,
    max_tokens: str = "max_tokens",
    strict: bool = False,
    strict_answer: bool = False,
) -> dict[str, Any]:
    """Return the body of a chat completions request.

    Args:
        ask: The inputs of the request.
        provider: The provider's name, for error messages.
        max_tokens: The provider's own name of that limit.
        strict: True if the provider supports strict schemas of tools.
        strict_answer: True if the provider supports a strict schema of the answer.

    Raises:
        ConfigurationError: The API has no field for one of the inputs.
    """
    check_media(ask.messages, provider)
    params = dict(ask.params)
    body: dict[str, Any] = {"model": ask.model, "messages": []}
    for message in ask.messages:
        body["messages"] += _message(message, provider)
    if ask.tools:
        body["tools"] = [_tool(tool, strict=strict) for tool in ask.tools]
    if "max_tokens" in params:
        params[max_tokens] = params.pop("max_tokens")
    choice = params.get("tool_choice")
    if isinstance(choice, str) and choice not in ("auto", "none", "required"):
        params["tool_choice"] = {"type": "function", "function": {"name": choice}}
    if "json_schema" in params:
        answer = answer_fields(params.pop("json_schema"), strict=strict_answer)
        params["response_format"] = {"type": "json_schema", "json_schema": answer}
    return {**body, **params}


def _message(message: Message, provider: str) -> list[dict[str, Any]]:
    if isinstance(message, dict):
        return [message]
    if isinstance(message.content, str):
        return [{"role": message.role, "content": message.content}]
    results = [part for part in message.content if isinstance(part, ToolResultPart)]
    if results:
        return [{"role": "tool", "tool_call_id": each.id, "content": each.output} for each in results]
    return [_parts_message(message, message.content, provider)]


def _parts_message(message: BaseMessageParam, parts: Sequence[Any], provider: str) -> dict[str, Any]:
    calls = [part for part in parts if isinstance(part, ToolCall)]
    content = [_part(part, provider) for part in parts if not isinstance(part, ToolCall)]
    fields: dict[str, Any] = {"role": message.role, "content": content or None}
    if calls:
        fields["tool_calls"] = [_call(call) for call in calls]
    return fields


def _part(part: object, provider: str) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if isinstance(part, ImagePart):
        image = {"url": part.url or _data_url(part.media_type, part.data)}
        return {"type": "image_url", "image_url": {**image, "detail": part.detail} if part.detail else image}
    if isinstance(part, AudioPart):
        return {"type": "input_audio", "input_audio": {"data": _base64(part.data), "format": part.format}}
    if isinstance(part, DocumentPart):
        if part.url:
            raise cannot(provider, "a document by its address: give its bytes")
        return {"type": "file", "file": {"filename": part.name, "file_data": _data_url(part.media_type, part.data)}}
    if isinstance(part, dict):
        return cast("dict[str, Any]", part)
    raise cannot(provider, f"a message part of type {type(part).__name__}")


def _call(call: ToolCall) -> dict[str, Any]:
    arguments = call.arguments_text or json.dumps(call.arguments or {})
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _tool(tool: Any, *, strict: bool) -> dict[str, Any]:
    function = tool_fields(tool, strict=strict)
    return cast("dict[str, Any]", tool) if function is None else {"type": "function", "function": function}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{_base64(data)}"


def mistral_body(ask: RequestInputs) -> dict[str, Any]:
    """Return the body of a chat request: that of a chat completion, with Mistral's own names."""
    params = {name: value for name, value in ask.params.items() if value is not None}
    if "seed" in params:
        params["random_seed"] = params.pop("seed")
    messages = tuple(_with_own_parts(message) for message in ask.messages)
    inputs = RequestInfo(ask.model, messages, params, ask.tools)
    return chat_body(inputs, provider="mistral", strict_answer=True)


def _with_own_parts(message: Any) -> Any:
    if not isinstance(message, BaseMessageParam) or isinstance(message.content, str):
        return message
    return replace(message, content=[_own_part(part) for part in message.content])


def _own_part(part: Any) -> Any:
    if isinstance(part, AudioPart):
        return {"type": "input_audio", "input_audio": base64.b64encode(part.data).decode()}
    if isinstance(part, DocumentPart):
        url = part.url or f"data:{part.media_type};base64,{base64.b64encode(part.data).decode()}"
        return {"type": "document_url", "document_url": url, "document_name": part.name}
    return part
