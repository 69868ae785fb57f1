"""Request bodies of Cohere's Chat API, version 2, alone since decoders are loaded without them."""

from __future__ import annotations

from typing import Any

from ...messages import AudioPart, DocumentPart, Message
from ...question import RequestInputs
from ..openai_chat.request import chat_body
from ..request import cannot, schema_of


def cohere_body(ask: RequestInputs) -> dict[str, Any]:
    """Return the body of a chat request: that of a chat completion, with Cohere's own names."""
    for part in (part for message in ask.messages for part in _parts(message)):
        if isinstance(part, (AudioPart, DocumentPart)):
            raise cannot("cohere", "audio" if isinstance(part, AudioPart) else "a file: pass texts as documents=[…]")
    schema = ask.params.get("json_schema")
    body = chat_body(ask, provider="cohere")
    if schema is not None:
        body["response_format"] = {"type": "json_object", "json_schema": schema_of(schema)[1]}
    if "stop" in body:
        stop = body.pop("stop")
        body["stop_sequences"] = [stop] if isinstance(stop, str) else list(stop)
    if "top_p" in body:
        body["p"] = body.pop("top_p")
    choice = body.pop("tool_choice", "auto")
    if choice in ("none", "required"):
        body["tool_choice"] = str(choice).upper()
    elif choice != "auto":
        raise cannot("cohere", "a tool_choice of one tool by its name")
    return body


def _parts(message: Message) -> list[object]:
    content: Any = message.get("content") if isinstance(message, dict) else message.content
    return [] if isinstance(content, str) or content is None else list(content)
