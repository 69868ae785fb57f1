"""Anthropic's messages, opened by the official SDK; its bytes are read by our own wire."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from ..asked import RequestInputs
from ..errors import ConfigurationError
from ..messages import AudioPart, DocumentPart, ImagePart, Message, ToolResultPart
from ..tool import ToolCall
from ._chat_form import in_own_form
from ._common import answer_fields, cannot, check, check_media, tool_fields
from ._request import Ask, Provider, Request
from ._sdk import HeaderKeyRequest, check_client
from ._vendor import Vendor

ANTHROPIC = Vendor(
    "anthropic",
    "anthropic.messages",
    keys=("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    base_url_env="ANTHROPIC_BASE_URL",
)
ON_BEDROCK = replace(ANTHROPIC, api="bedrock.invoke")  # there its events come in AWS's frames
_RESERVED = frozenset({"stream", "model", "messages", "tools", "n"})
_CANNOT = ("frequency_penalty", "presence_penalty", "seed")
_MAX_TOKENS = 4096  # the API insists on a limit; this one every model grants


class AnthropicProvider:
    """Anthropic; through ``client=`` also its models on Vertex and on AWS Bedrock."""

    name = "anthropic"

    def request(self, ask: Ask) -> Request:
        """Check a call and make its request; nothing is imported or sent.

        Raises:
            ConfigurationError: Anthropic cannot do this.
        """
        check(ask.params, reserved=_RESERVED)
        if ask.client is not None:
            check_client(ask.client, "anthropic")
        for name in _CANNOT:
            if ask.params.get(name) is not None:
                raise cannot(self.name, f"the parameter {name}")
        vendor = ON_BEDROCK if _is_bedrock(ask.client) else ANTHROPIC
        return HeaderKeyRequest(ask, vendor, sdk="anthropic", resource="messages", body=messages_body(ask))


def _is_bedrock(client: Any) -> bool:
    return any(cls.__name__.endswith("AnthropicBedrock") for cls in cast("Any", type(client)).__mro__)


def messages_body(ask: RequestInputs) -> dict[str, Any]:
    """Write a call as the body of a messages request.

    Args:
        ask: The call.

    Raises:
        ConfigurationError: The wire has no place for something that is asked.
    """
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
        answer = answer_fields(params.pop("json_schema"), strict=True)  # it takes closed objects only
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


def _choice(wanted: str) -> dict[str, Any]:
    named = {"auto": "auto", "none": "none", "required": "any"}.get(wanted)
    return {"type": named} if named else {"type": "tool", "name": wanted}


_EVENTS = {
    "message_start": "RawMessageStartEvent",
    "message_delta": "RawMessageDeltaEvent",
    "message_stop": "RawMessageStopEvent",
    "content_block_start": "RawContentBlockStartEvent",
    "content_block_delta": "RawContentBlockDeltaEvent",
    "content_block_stop": "RawContentBlockStopEvent",
}


def sdk_event(**raw: Any) -> Any:
    """Build the SDK's own object for an event; one that it does not know stays a dict.

    Args:
        raw: The event's fields.
    """
    import anthropic.types

    name = _EVENTS.get(raw.get("type", ""))
    return raw if name is None else getattr(anthropic.types, name).construct(**raw)


def sdk_message(**raw: Any) -> Any:
    """Build the SDK's own object for a whole message.

    Args:
        raw: The message's fields.
    """
    from anthropic.types import Message

    return Message.construct(**raw)


PROVIDER: Provider = AnthropicProvider()
