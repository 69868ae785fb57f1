"""The second path of Ollama: structs for lines with text or thinking, apart since they are no state."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, gc=False):
    """The message of a line of chat, and of one of generate."""

    content: str | None = None
    thinking: str | None = None
    tool_calls: tuple[()] | None = None
    images: tuple[()] | None = None


class Line(msgspec.Struct, gc=False):
    """What every line has."""

    model: str | None = None
    done: bool | None = None
    error: None = None
    type: str | None = None
    object: str | None = None


class ChatLine(Line, gc=False, kw_only=True):
    """A line of chat."""

    message: Message


class GenerateLine(Line, gc=False, kw_only=True):
    """A line of generate."""

    response: str
    thinking: str | None = None
    image: None = None


decode_chat = msgspec.json.Decoder(ChatLine).decode
decode_generate = msgspec.json.Decoder(GenerateLine).decode
