"""Conversion of messages in the form of chat completions, which is also the form of a next turn."""

from __future__ import annotations

import base64
import json
from typing import Any, cast

from ...errors import ConfigurationError
from ...messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Message, ToolResultPart
from ...tool import ToolCall
from ..request import cannot


def from_chat(message: dict[str, Any]) -> BaseMessageParam:
    """Convert a message in the form of chat completions; unknown parts stay as they are.

    Raises:
        ConfigurationError: The message has binary data that is not base64.

    >>> from_chat({"role": "tool", "tool_call_id": "c1", "name": "look_up", "content": "Io"})
    BaseMessageParam(role='tool', content=[ToolResultPart(id='c1', output='Io', name='look_up')])
    """
    role, content = str(message.get("role")), message.get("content")
    if role == "tool":
        output = content if isinstance(content, str) else "".join(_texts(content))
        return BaseMessageParam(
            role, [ToolResultPart(message.get("tool_call_id") or "", output, message.get("name") or "")]
        )
    parts: list[Any] = [content] if isinstance(content, str) and content else []
    if isinstance(content, (list, tuple)):
        parts = [_part(part) for part in cast("list[object]", content)]
    calls = cast("list[dict[str, Any]]", message.get("tool_calls") or [])
    return BaseMessageParam("system" if role == "developer" else role, [*parts, *map(_call, calls)])


def in_own_form(message: Message) -> Message:
    """Convert messages that only chat completions know: a tool's result, or tool calls beside the text."""
    if isinstance(message, dict) and (message.get("role") == "tool" or "tool_calls" in message):
        return from_chat(message)
    return message


def bytes_of(url: str) -> tuple[str, bytes] | None:
    """Return the media type and the bytes of a ``data:`` URL; None for other URLs.

    Raises:
        ConfigurationError: The data is not base64.

    >>> bytes_of("data:image/gif;base64,R0lGODlh")
    ('image/gif', b'GIF89a')
    """
    head, comma, data = url.partition(";base64,")
    if not (comma and head.startswith("data:")):
        return None
    try:
        return head.removeprefix("data:"), base64.b64decode(data, validate=True)
    except ValueError as error:
        raise ConfigurationError(f"A data: address holds no base64: {error}.") from None


def arguments_of(call: ToolCall, provider: str) -> dict[str, Any]:
    """Return the arguments of a call as an object, for formats that take no text.

    Raises:
        ConfigurationError: The arguments are not JSON.
    """
    try:
        found = json.loads(call.arguments_text) if call.arguments_text else call.arguments
    except ValueError:
        raise cannot(provider, f"a call of {call.name!r} whose arguments are no JSON") from None
    return cast("dict[str, Any]", found or {})


def _texts(content: object) -> list[str]:
    parts = cast("list[Any]", content) if isinstance(content, (list, tuple)) else []
    return [part if isinstance(part, str) else str(part.get("text") or "") for part in parts]


def _part(part: object) -> object:
    if not isinstance(part, dict):
        return part
    given = cast("dict[str, Any]", part)
    kind = given.get("type")
    if kind == "text":
        return given.get("text") or ""
    if kind == "image_url":
        image = given.get("image_url")
        url = str(cast("dict[str, Any]", image).get("url") if isinstance(image, dict) else image)
        found = bytes_of(url)
        return ImagePart(url=url) if found is None else ImagePart(found[1], media_type=found[0])
    if kind == "input_audio":
        audio = cast("dict[str, Any]", given.get("input_audio") or {})
        found = bytes_of(f"data:;base64,{audio.get('data')}") or ("", b"")
        return AudioPart(found[1], str(audio.get("format") or "wav"))
    if kind == "file":
        file = cast("dict[str, Any]", given.get("file") or {})
        if found := bytes_of(str(file.get("file_data"))):
            return DocumentPart(found[1], media_type=found[0], name=str(file.get("filename") or "document.pdf"))
    return given


def _call(given: dict[str, Any]) -> ToolCall:
    function = cast("dict[str, Any]", given.get("function") or {})
    arguments = function.get("arguments")
    kind = str(given.get("type"))  # another one than "function" is that of an item of the Responses API
    signature = cast("dict[str, Any]", given.get("extra_content") or {}).get("google", {}).get("thought_signature")
    return ToolCall(
        given.get("id"),
        str(function.get("name") or ""),
        arguments=None if isinstance(arguments, str) else arguments,
        arguments_text=arguments if isinstance(arguments, str) else "",
        signature=signature,
        kind=kind if kind.endswith(("_call", "_request")) else "function",
    )
