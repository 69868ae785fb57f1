"""Mirascope's types: messages and their parts with Mirascope's arguments, and the names in annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast

from pydantic import ConfigDict as ResponseModelConfigDict
from typing_extensions import TypedDict

import streamkit as sk

__all__ = ["AudioPart", "BaseMessageParam", "DocumentPart", "DocumentURLPart", "ImagePart", "ImageURLPart", "Messages"]
__all__ += ["TextPart", "ToolCallPart", "ToolResultPart"]
__all__ += ["BaseCallParams", "BaseDynamicConfig", "CommonCallParams", "LocalProvider"]
__all__ += ["MessageParam", "Metadata", "Provider", "ResponseModelConfigDict", "ToolConfig"]

Provider: TypeAlias = str
LocalProvider: TypeAlias = Literal["ollama", "vllm"]
BaseCallParams: TypeAlias = dict[str, Any]
CommonCallParams: TypeAlias = dict[str, Any]
MessageParam: TypeAlias = dict[str, Any]
Metadata: TypeAlias = dict[str, Any]
ToolConfig: TypeAlias = dict[str, Any]
BaseMessageParam = sk.BaseMessageParam


class DynamicConfig(TypedDict, total=False):
    """What a function may return to configure one call."""

    messages: Sequence[Any]
    tools: Sequence[Callable[..., Any]]
    call_params: Mapping[str, Any]
    client: Any
    metadata: Mapping[str, Any]
    computed_fields: Mapping[str, Any]


BaseDynamicConfig = DynamicConfig | None


class Messages(sk.Messages):
    """Constructors of messages, and the type of the prompts that a function may return."""

    Type: TypeAlias = "str | Sequence[Any] | sk.BaseMessageParam"


class TextPart(str):
    """A text in a message, as a ``str``."""

    def __new__(cls, text: str, type: str = "text") -> TextPart:  # noqa: A002 - Mirascope's own argument
        return super().__new__(cls, text)

    @property
    def text(self) -> str:
        return str(self)


class ImagePart(sk.ImagePart):
    def __init__(self, image: bytes, media_type: str = "", detail: str | None = None, **_: str) -> None:
        super().__init__(image, media_type=media_type, detail=detail)


class ImageURLPart(sk.ImagePart):
    def __init__(self, url: str, detail: str | None = None, **_: str) -> None:
        super().__init__(url=url, detail=detail)


class AudioPart(sk.AudioPart):
    def __init__(self, audio: bytes, media_type: str = "audio/wav", **_: str) -> None:
        super().__init__(audio, media_type.rpartition("/")[2])


class DocumentPart(sk.DocumentPart):
    def __init__(self, document: bytes, media_type: str = "application/pdf", **_: str) -> None:
        super().__init__(document, media_type=media_type)


class DocumentURLPart(sk.DocumentPart):
    def __init__(self, url: str, **_: str) -> None:
        super().__init__(url=url)


class ToolCallPart(sk.ToolCall):
    def __init__(self, name: str, args: dict[str, Any] | None = None, id: str | None = None, **_: str) -> None:  # noqa: A002
        super().__init__(id, name, arguments=args or {}, complete=True)


class ToolResultPart(sk.ToolResultPart):
    def __init__(self, content: str, id: str | None = None, name: str = "", **_: Any) -> None:  # noqa: A002
        super().__init__(id or "", content, name)


def as_messages(prompt: Any) -> list[Any]:
    """Return the messages in a prompt, which is a text, a message, or a list of messages or of parts."""
    items = cast("list[Any]", [prompt] if isinstance(prompt, (str, sk.BaseMessageParam, dict)) else list(prompt))
    if any(isinstance(each, (str, sk.ImagePart, sk.AudioPart, sk.DocumentPart)) for each in items):
        items = [sk.Messages.User(items[0] if len(items) == 1 else items)]
    return [each for each in items if getattr(each, "content", ...) not in ("", [])]
