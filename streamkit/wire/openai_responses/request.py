"""Request bodies of OpenAI's Responses API, whose conversation is a list of messages and other items."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

from ...messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Message, ToolResultPart
from ...question import RequestInputs
from ...tool import ToolCall, answer_item
from ..openai_chat.messages import from_chat
from ..request import answer_fields, cannot, check_media, tool_fields
from .kinds import CLIENT_CALLS, ITEMS, item_of

_CANNOT = ("seed", "frequency_penalty", "presence_penalty")


def responses_body(
    ask: RequestInputs, *, provider: str, strict: bool = False, strict_answer: bool = False
) -> dict[str, Any]:
    """Return the body of a Responses request.

    Args:
        ask: The inputs of the request.
        provider: The provider's name, for error messages.
        strict: True if the provider supports strict schemas of tools.
        strict_answer: True if the provider supports a strict schema of the answer.

    Raises:
        ConfigurationError: The API has no field for one of the inputs.
    """
    params = {name: value for name, value in ask.params.items() if value is not None}
    for name in _CANNOT:
        if name in params:
            raise cannot(provider, f"the parameter {name}")
    params.pop("stop", None)  # which the decoder looks for
    if params.pop("n", 1) != 1:
        raise cannot(provider, "n: it gives one answer a call")
    check_media(ask.messages, provider, roles=("assistant",))
    body: dict[str, Any] = {"model": ask.model, "input": _Items(provider).convert(ask.messages)}
    if ask.tools:
        body["tools"] = [_tool(tool, strict=strict) for tool in ask.tools]
    if "max_tokens" in params:
        body["max_output_tokens"] = params.pop("max_tokens")
    choice = params.get("tool_choice")
    if isinstance(choice, str) and choice not in ("auto", "none", "required"):
        kinds = {str(tool.get("name")): str(tool.get("type")) for tool in body.get("tools", ())}
        params["tool_choice"] = {"type": kinds.get(choice, "function"), "name": choice}
    if "json_schema" in params:
        answer = answer_fields(params.pop("json_schema"), strict=strict_answer)
        params["text"] = {**params.get("text", {}), "format": {"type": "json_schema", **answer}}
    return {**body, **params}


class _Items:
    """Converts messages to items, and remembers the calls that are no function's: their results have another type."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._kinds: dict[object, str] = {}
        self._callers: dict[object, object] = {}

    def convert(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """Return the items of a conversation."""
        return [item for message in messages for item in self._items(message)]

    def _items(self, message: Message) -> Iterator[dict[str, Any]]:
        if isinstance(message, dict):
            yield from self._from_dict(message)
            return
        parts = [message.content] if isinstance(message.content, str) else list(message.content)
        yield from self._message(message, parts)

    def _message(self, message: BaseMessageParam, parts: list[Any]) -> Iterator[dict[str, Any]]:
        """Split a message at tool calls and results, which are items of their own."""
        content: list[Any] = []
        for part in parts:
            if isinstance(part, (ToolCall, ToolResultPart)):
                yield from self._content_message(message.role, content)
                content = []
                yield self._call(part) if isinstance(part, ToolCall) else self._result(part.id, part.output)
            else:
                content.append(part)
        yield from self._content_message(message.role, content)

    def _content_message(self, role: str, parts: list[Any]) -> Iterator[dict[str, Any]]:
        if not parts:
            return
        if all(isinstance(part, str) for part in parts):
            # A plain text needs no type; the type of a part depends on the role.
            yield {"role": role, "content": "".join(parts)}
        else:
            yield {"role": role, "content": [self._part(part, role) for part in parts]}

    def _part(self, part: object, role: str) -> dict[str, Any]:
        if isinstance(part, str):
            return {"type": "output_text" if role == "assistant" else "input_text", "text": part}
        if isinstance(part, ImagePart):
            url = part.url or _data_url(part.media_type, part.data)
            return {"type": "input_image", "image_url": url, "detail": part.detail or "auto"}
        if isinstance(part, DocumentPart):
            if part.url:
                return {"type": "input_file", "file_url": part.url}
            return {"type": "input_file", "filename": part.name, "file_data": _data_url(part.media_type, part.data)}
        if isinstance(part, AudioPart):
            raise cannot(self._provider, "audio")
        if isinstance(part, dict):
            return cast("dict[str, Any]", part)
        raise cannot(self._provider, f"a message part of type {type(part).__name__}")

    def _call(self, call: ToolCall) -> dict[str, Any]:
        arguments = call.arguments_text or json.dumps(call.arguments or {})
        if call.kind in CLIENT_CALLS and (item := item_of(call.kind, call.id, arguments)):
            self._kinds[call.id] = call.kind
            return item
        if arguments.startswith('"'):  # a function takes an object, so this is the text of a custom tool
            self._kinds[call.id] = "custom_tool_call"
            text = call.arguments if isinstance(call.arguments, str) else json.loads(arguments)
            return {"type": "custom_tool_call", "call_id": call.id, "name": call.name, "input": text}
        return {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments}

    def _result(self, call_id: str, output: str) -> dict[str, Any]:
        kind = self._kinds.get(call_id)
        if kind is None:  # a call that a program of the model's has made names its caller
            caller = {"caller": self._callers[call_id]} if call_id in self._callers else {}
            return {"type": "function_call_output", "call_id": call_id, "output": output, **caller}
        return answer_item(kind, call_id, output, output)

    def _item(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return an item unchanged, but for the role that marks it as a tool's message, and remember its kind."""
        kind = item.get("type")
        if item.get("caller"):
            self._callers[item.get("call_id")] = item["caller"]
        if kind in CLIENT_CALLS or kind == "custom_tool_call":
            self._kinds[item.get("call_id") or item.get("id")] = str(kind)
        return item if kind == "message" else {name: value for name, value in item.items() if name != "role"}

    def _from_dict(self, message: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield an item unchanged, and the items of a message in the chat form, such as ``message_param``."""
        content: Any = message.get("content")
        if "type" in message:
            yield self._item(message)
        elif isinstance(content, list) and any(_is_item(part) for part in cast("list[Any]", content)):
            yield from map(self._item, cast("list[dict[str, Any]]", content))  # the items of an earlier answer
        else:
            yield from self._items(from_chat({**message, "content": message.get("content") or message.get("refusal")}))


def _is_item(part: Any) -> bool:
    return isinstance(part, dict) and cast("dict[str, Any]", part).get("type") in ITEMS


def _tool(tool: Any, *, strict: bool) -> dict[str, Any]:
    fields = tool_fields(tool, strict=strict)
    if fields is None:
        own = cast("dict[str, Any]", tool)
        if not isinstance(own.get("function"), dict):
            return own
        fields = own["function"]  # the form of chat completions
    # The API's default is strict, which would rewrite the caller's schema.
    return {"type": "function", "strict": False, **fields}


def _data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
