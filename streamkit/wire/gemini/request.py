"""Request bodies of Gemini's generateContent."""

from __future__ import annotations

import base64
import json
import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from ...errors import ConfigurationError
from ...messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Message, ToolResultPart
from ...question import RequestInputs
from ...tool import ToolCall
from ..openai_chat.messages import arguments_of, bytes_of, from_chat
from ..request import cannot, check_media, schema_of, tool_fields

# The fields of the body; every other parameter belongs to generationConfig.
_BODY_FIELDS = frozenset(
    {
        *("cachedContent", "continuationToken", "generationConfig", "labels", "modelArmorConfig", "outputConfig"),
        *("safetySettings", "serviceTier", "store", "toolConfig"),
    }
)

_EXTRA = ("extra_headers", "extra_query", "extra_body")

_NAMES = {"max_tokens": "maxOutputTokens", "stop": "stopSequences", "n": "candidateCount"}

_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}

_ROLES = {"assistant": "model", "tool": "user"}

_WORD = re.compile(r"_+([a-z0-9])")


def gemini_body(ask: RequestInputs) -> dict[str, Any]:
    """Return the body of a generateContent request.

    Parameter names may have the form of Google's JSON (``topK``) or of Python (``top_k``).
    """
    params = {name: _plain(value) for name, value in ask.params.items() if value is not None and name != "json_schema"}
    check_media(ask.messages, "google", roles=("system",))
    body: dict[str, Any] = {"contents": [], **{name: params.pop(name) for name in _EXTRA if name in params}}
    _add_messages([_as_parts(message) for message in ask.messages], body)
    if ask.tools:
        body["tools"] = _tools(ask.tools)
    choice = params.pop("tool_choice", None)
    named = {_NAMES.get(name) or _camel(name): value for name, value in params.items()}
    if isinstance(stop := named.get("stopSequences"), str):
        named["stopSequences"] = [stop]
    if ask.params.get("json_schema") is not None:
        schema = schema_of(ask.params["json_schema"])[1]
        named |= {"responseMimeType": "application/json", "responseJsonSchema": schema}
    body |= {name: named.pop(name) for name in _BODY_FIELDS if name in named}
    if choice is not None:
        body["toolConfig"] = {**body.get("toolConfig", {}), "functionCallingConfig": _choice(choice, body)}
    if named:
        body["generationConfig"] = {**named, **body.get("generationConfig", {})}
    return body


def _as_parts(message: Message) -> Message:
    """Return a message in Google's own form unchanged, and any other as one whose content is a list of parts."""
    if isinstance(message, dict):
        return message if "parts" in message else from_chat(message)
    return BaseMessageParam(message.role, [message.content]) if isinstance(message.content, str) else message


def _add_messages(messages: Sequence[Message], body: dict[str, Any]) -> None:
    """Add the conversation to the body; neighbouring tool results become one message, as the API requires."""
    parts_before = [part for each in messages if isinstance(each, BaseMessageParam) for part in each.content]
    calls = {part.id: part.name for part in parts_before if isinstance(part, ToolCall) and part.id}
    contents: list[dict[str, Any]] = body["contents"]
    system: list[dict[str, Any]] = []
    last = ""
    for message in messages:
        if isinstance(message, dict):
            role, parts = str(message.get("role")), list(message["parts"])
        else:
            role, parts = message.role, [written for part in message.content for written in _part(part, calls)]
        if role == "system":
            system += parts
            continue
        if role == last == "tool":
            contents[-1]["parts"] += parts
        else:
            contents.append({"role": _ROLES.get(role, role), "parts": parts})
        last = role
    if not contents:
        raise ConfigurationError("google needs a message of the user's beside the system's.")
    if system:
        body["systemInstruction"] = {"parts": system}


def _part(part: object, calls: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    if isinstance(part, str):
        yield {"text": part}
    elif isinstance(part, (ImagePart, DocumentPart)):
        yield _file(part)
    elif isinstance(part, AudioPart):
        yield _blob(f"audio/{part.format}", part.data)
    elif isinstance(part, ToolCall):
        yield _call(part)
    elif isinstance(part, ToolResultPart):
        yield _result(part, calls)
    elif isinstance(part, dict):
        yield cast("dict[str, Any]", part)
    else:
        raise cannot("google", f"a message part of type {type(part).__name__}")


def _file(part: ImagePart | DocumentPart) -> dict[str, Any]:
    if not part.url:
        return _blob(part.media_type, part.data)
    if found := bytes_of(part.url):
        return _blob(*found)
    guessed = mimetypes.guess_type(part.url)[0]
    kind = guessed or part.media_type if isinstance(part, DocumentPart) else part.media_type or guessed
    return {"fileData": {"fileUri": part.url, **({"mimeType": kind} if kind else {})}}


def _blob(kind: str, data: bytes) -> dict[str, Any]:
    return {"inlineData": {"mimeType": kind, "data": base64.b64encode(data).decode()}}


def _call(call: ToolCall) -> dict[str, Any]:
    fields: dict[str, Any] = {"functionCall": {"name": call.name, "args": arguments_of(call, "google")}}
    if call.id:
        fields["functionCall"]["id"] = call.id
    if call.signature:
        fields["thoughtSignature"] = call.signature
    return fields


def _result(part: ToolResultPart, calls: Mapping[str, str]) -> dict[str, Any]:
    name = part.name or calls.get(part.id)
    if not name:
        raise ConfigurationError("google needs the tool's name with its result: sk.Messages.Tool(id, output, name).")
    fields: dict[str, Any] = {"name": name, "response": _object(part.output)}
    if part.id:
        fields["id"] = part.id
    return {"functionResponse": fields}


def _object(output: str) -> dict[str, Any]:
    """Return the object that the API requires: the output itself if it is a JSON object, else one with the output."""
    try:
        found = json.loads(output)
    except ValueError:
        found = None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {"result": output}


def _tools(tools: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the tools: one item with all functions, and one for each of Google's own tools."""
    declared: list[dict[str, Any]] = []
    own: list[dict[str, Any]] = []
    for tool in tools:
        declaration = tool_fields(tool)
        if declaration is None:
            own.append(cast("dict[str, Any]", tool))
        else:
            declaration["parametersJsonSchema"] = declaration.pop("parameters")
            declaration.pop("strict", None)  # Google rejects unknown fields
            declared.append(declaration)
    return [*([{"functionDeclarations": declared}] if declared else []), *own]


def _choice(choice: Any, body: dict[str, Any]) -> dict[str, Any]:
    given = cast("dict[str, Any]", body.get("toolConfig", {}).get("functionCallingConfig", {}))
    if not isinstance(choice, str):
        return {**given, **choice}
    mode = _MODES.get(choice)
    return {**given, "mode": mode} if mode else {**given, "mode": "ANY", "allowedFunctionNames": [choice]}


def _camel(name: str) -> str:
    """Return a name in the form of Google's JSON.

    >>> _camel("max_output_tokens"), _camel("topK")
    ('maxOutputTokens', 'topK')
    """
    return _WORD.sub(lambda found: found[1].upper(), name)


def _plain(value: object) -> object:
    """Return the JSON form of a setting, which may have objects of the SDK."""
    dump: Any = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):
        return dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in cast("Sequence[object]", value)]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in cast("Mapping[str, object]", value).items()}
    return value
