"""Request bodies of AWS Bedrock's ConverseStream."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ...errors import ConfigurationError
from ...messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, ToolResultPart
from ...question import RequestInputs
from ...tool import ToolCall
from ..openai_chat.messages import arguments_of, bytes_of, from_chat
from ..request import answer_fields, cannot, check_media, tool_fields

# The fields of Converse itself; every other parameter is the model's own.
_BODY_FIELDS = frozenset(
    {
        *("additionalModelRequestFields", "additionalModelResponseFieldPaths", "guardrailConfig", "inferenceConfig"),
        *("outputConfig", "performanceConfig", "promptVariables", "requestMetadata", "serviceTier", "toolConfig"),
        *("extra_headers", "extra_body"),
    }
)

_INFERENCE = {"max_tokens": "maxTokens", "temperature": "temperature", "top_p": "topP"}

_CANNOT = ("frequency_penalty", "presence_penalty", "seed")

_IMAGES = ("png", "jpeg", "gif", "webp")

_DOCUMENTS = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9 ()\[\]-]+")


def converse_body(ask: RequestInputs) -> dict[str, Any]:
    """Return the body of a ConverseStream request."""
    params = {name: value for name, value in ask.params.items() if value is not None}
    for name in (name for name in _CANNOT if name in params):
        raise cannot("bedrock", f"{name}=…; if the model knows it, put it into additionalModelRequestFields={{…}}")
    settings: dict[str, dict[str, Any]] = {
        "inferenceConfig": _inference(params),
        "toolConfig": _tools(ask.tools, params.pop("tool_choice", None)),
        "outputConfig": _output(params.pop("json_schema", None)),
        "additionalModelRequestFields": {name: params.pop(name) for name in list(params) if name not in _BODY_FIELDS},
    }
    check_media(ask.messages, "bedrock")
    messages = [from_chat(each) if isinstance(each, dict) else each for each in ask.messages]
    body: dict[str, Any] = {"messages": _messages(messages)}
    system = [part for message in messages if message.role == "system" for part in _content(message)]
    if system:
        body["system"] = system
    for name, fields in settings.items():
        if fields:
            params[name] = {**params.get(name, {}), **fields}
    return cast("dict[str, Any]", _with_base64({**body, **params}))


def _inference(params: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {own: params.pop(name) for name, own in _INFERENCE.items() if name in params}
    if "stop" in params:
        stop = params.pop("stop")
        fields["stopSequences"] = [stop] if isinstance(stop, str) else list(stop)
    return fields


def _output(schema: Any) -> dict[str, Any]:
    if schema is None:
        return {}
    answer = answer_fields(schema, strict=True)  # the API takes closed objects only
    form = {"name": answer["name"], "schema": json.dumps(answer["schema"])}
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": form}}}


def _messages(messages: Sequence[BaseMessageParam]) -> list[dict[str, Any]]:
    """Return the conversation; neighbours with one role become one message, as the API requires of tool results."""
    conversation: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "system":
            continue
        role = "user" if message.role == "tool" else message.role
        if conversation and conversation[-1]["role"] == role:
            conversation[-1]["content"] += _content(message)
        else:
            conversation.append({"role": role, "content": _content(message)})
    if not conversation:
        raise ConfigurationError("bedrock needs a message of the user's beside the system's.")
    return conversation


def _content(message: BaseMessageParam) -> list[dict[str, Any]]:
    return [_part(part) for part in ([message.content] if isinstance(message.content, str) else message.content)]


def _part(part: object) -> dict[str, Any]:
    if isinstance(part, str):
        return {"text": part}
    if isinstance(part, ImagePart):
        return {"image": _image(part)}
    if isinstance(part, DocumentPart):
        return {"document": _document(part)}
    if isinstance(part, AudioPart):
        return {"audio": {"format": part.format, "source": {"bytes": part.data}}}
    if isinstance(part, ToolCall):
        return {"toolUse": {"toolUseId": part.id, "name": part.name, "input": arguments_of(part, "bedrock")}}
    if isinstance(part, ToolResultPart):
        return {"toolResult": {"toolUseId": part.id, "content": [{"text": part.output}]}}
    if isinstance(part, dict):
        return cast("dict[str, Any]", part)
    raise cannot("bedrock", f"a message part of type {type(part).__name__}")


def _image(part: ImagePart) -> dict[str, Any]:
    inline = bytes_of(part.url) if part.url else None
    kind = part.media_type or (inline[0] if inline else part.url or "")
    form = re.split(r"[/.]", kind)[-1].lower().replace("jpg", "jpeg")
    if form not in _IMAGES:
        raise cannot("bedrock", f"an image of type {form}: give media_type=… as PNG, JPEG, GIF or WebP")
    return {"format": form, "source": _source(part, "an image")}


def _source(part: ImagePart | DocumentPart, what: str) -> dict[str, Any]:
    if not part.url:
        return {"bytes": part.data}
    if part.url.startswith("s3://"):
        return {"s3Location": {"uri": part.url}}
    if found := bytes_of(part.url):
        return {"bytes": found[1]}
    raise cannot("bedrock", f"{what} by its address, unless that is s3://…: give its bytes")


def _document(part: DocumentPart) -> dict[str, Any]:
    name, _, ending = part.name.rpartition(".")
    form = _DOCUMENTS.get(part.media_type) or (ending if ending in _DOCUMENTS.values() else None)
    if form is None:
        raise cannot("bedrock", f"a document of type {part.media_type}")
    return {
        "format": form,
        "name": " ".join(_NOT_IN_A_NAME.sub("-", name or part.name).split()) or "document",
        "source": _source(part, "a document"),
    }


def _tools(tools: Sequence[Any], choice: Any) -> dict[str, Any]:
    if choice == "none":
        raise cannot("bedrock", "tool_choice='none': leave the tools out")
    config: dict[str, Any] = {"tools": [_tool(tool) for tool in tools]} if tools else {}
    if isinstance(choice, str):
        named = {"auto": "auto", "required": "any"}.get(choice)
        config["toolChoice"] = {named: {}} if named else {"tool": {"name": choice}}
    elif choice is not None:
        config["toolChoice"] = choice
    return config


def _tool(tool: Any) -> dict[str, Any]:
    fields = tool_fields(tool)
    if fields is None:
        return cast("dict[str, Any]", tool)
    fields["inputSchema"] = {"json": fields.pop("parameters")}
    return {"toolSpec": fields}


def _with_base64(value: object) -> object:
    """Return a value in which all bytes are base64, as AWS's own client writes them."""
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: _with_base64(each) for name, each in cast("Mapping[str, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_with_base64(each) for each in cast("Sequence[object]", value)]
    return value
