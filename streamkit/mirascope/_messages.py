"""Messages and their parts under Mirascope's names and with its arguments."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast

import streamkit as sk

__all__ = ["AudioPart", "BaseMessageParam", "DocumentPart", "DocumentURLPart", "ImagePart", "ImageURLPart", "Messages"]
__all__ += ["TextPart", "ToolResultPart"]

BaseMessageParam = sk.BaseMessageParam


class Messages(sk.Messages):
    """Constructors of messages, and the type of what a function may return as its prompt."""

    Type: TypeAlias = "str | Sequence[Any] | sk.BaseMessageParam"


class TextPart(str):
    """A text in a message; it is a ``str``."""

    def __new__(cls, text: str, type: str = "text") -> TextPart:  # noqa: A002 - Mirascope's own argument
        """Make a text."""
        return super().__new__(cls, text)

    @property
    def text(self) -> str:
        """The text."""
        return str(self)


class ImagePart(sk.ImagePart):
    """An image in a message, as bytes."""

    def __init__(self, image: bytes, media_type: str = "", detail: str | None = None, **_: str) -> None:
        super().__init__(image, media_type=media_type, detail=detail)


class ImageURLPart(sk.ImagePart):
    """An image in a message, as a URL."""

    def __init__(self, url: str, detail: str | None = None, **_: str) -> None:
        super().__init__(url=url, detail=detail)


class AudioPart(sk.AudioPart):
    """Audio in a message, as bytes."""

    def __init__(self, audio: bytes, media_type: str = "audio/wav", **_: str) -> None:
        super().__init__(audio, media_type.rpartition("/")[2])


class DocumentPart(sk.DocumentPart):
    """A document in a message, as bytes."""

    def __init__(self, document: bytes, media_type: str = "application/pdf", **_: str) -> None:
        super().__init__(document, media_type=media_type)


class DocumentURLPart(sk.DocumentPart):
    """A document in a message, as a URL."""

    def __init__(self, url: str, **_: str) -> None:
        super().__init__(url=url)


class ToolResultPart(sk.ToolResultPart):
    """The result of a tool call in a message."""

    def __init__(self, content: str, id: str | None = None, name: str = "", **_: Any) -> None:  # noqa: A002
        super().__init__(id or "", content, name)


def as_part(part: Any) -> Any:
    """Return a part for an image of PIL, or for audio of pydub or ``wave``; any other value unchanged."""
    module, _, name = f"{type(part).__module__}.{type(part).__name__}".partition(".")
    buffer = io.BytesIO()
    if isinstance(part, wave.Wave_read):
        with wave.open(buffer, "wb") as copy:
            copy.setparams(part.getparams())
            copy.writeframes(part.readframes(part.getnframes()))
    elif module == "PIL" and hasattr(part, "save"):
        part.save(buffer, format="PNG")
        return sk.ImagePart(buffer.getvalue())
    elif module == "pydub" and name.endswith("AudioSegment"):
        part.export(buffer, format="wav")
    else:
        return part
    return sk.AudioPart(buffer.getvalue())


def as_messages(prompt: Any) -> list[Any]:
    """Return the messages in a prompt, which is a text, a message, or a list of messages or of parts."""
    items = cast("list[Any]", [prompt] if isinstance(prompt, (str, sk.BaseMessageParam, dict)) else list(prompt))
    if any(isinstance(each, (str, sk.ImagePart, sk.AudioPart, sk.DocumentPart)) for each in items):
        items = [sk.Messages.User(items[0] if len(items) == 1 else items)]
    return [_converted(each) for each in items if getattr(each, "content", ...) not in ("", [])]


def _converted(message: Any) -> Any:
    if not isinstance(message, sk.BaseMessageParam) or isinstance(message.content, str):
        return message
    return replace(message, content=[as_part(part) for part in message.content])
