"""Messages of a conversation, with parts for images, audio, documents and tool results."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from .errors import ConfigurationError

Content: TypeAlias = "str | Sequence[Any]"

# The media type of an image by the first bytes.
_MAGIC = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True)
class ImagePart:
    """An image in a message, as bytes or as a URL.

    Args:
        data: Bytes of the image file.
        url: URL of the image, instead of bytes.
        media_type: Media type; detected from the bytes by default.
        detail: Resolution at which OpenAI's models see the image: ``low``, ``high`` or ``auto``; others ignore it.

    >>> ImagePart(b"GIF89a").media_type
    'image/gif'
    """

    data: bytes = b""
    url: str | None = None
    media_type: str = ""
    detail: str | None = None

    def __setstate__(self, state: list[Any]) -> None:
        object.__setattr__(self, "detail", None)  # which older pickles do not have
        for name, value in zip(self.__slots__, state, strict=False):
            object.__setattr__(self, name, value)

    def __post_init__(self) -> None:
        if bool(self.data) == bool(self.url):
            raise ConfigurationError("An image is given by data=… (bytes) or by url=…, and not by both.")
        _check_bytes(self.data, "An image", "read the file, or give its address by url=…")
        if self.data and not self.media_type:
            found = next((kind for magic, kind in _MAGIC.items() if self.data.startswith(magic)), None)
            if found is None:
                raise ConfigurationError("These bytes are no PNG, JPEG, GIF or WebP: give media_type=….")
            object.__setattr__(self, "media_type", found)


@dataclass(frozen=True, slots=True)
class AudioPart:
    """Audio in a message.

    Args:
        data: Bytes of the audio file.
        format: ``wav``, ``mp3`` or another format that the provider takes.
    """

    data: bytes
    format: str = "wav"

    def __post_init__(self) -> None:
        _check_bytes(self.data, "Audio", "read the file")


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A document in a message, as bytes or as a URL.

    Args:
        data: Bytes of the file.
        url: URL of the document, instead of bytes.
        media_type: Media type.
        name: File name.
    """

    data: bytes = b""
    url: str | None = None
    media_type: str = "application/pdf"
    name: str = "document.pdf"

    def __post_init__(self) -> None:
        if bool(self.data) == bool(self.url):
            raise ConfigurationError("A document is given by data=… (bytes) or by url=…, and not by both.")
        _check_bytes(self.data, "A document", "read the file, or give its address by url=…")


def _check_bytes(data: object, what: str, instead: str) -> None:
    if not isinstance(data, (bytes, bytearray)):
        raise ConfigurationError(f"{what} is given as bytes, not as {type(data).__name__}: {instead}.")


@dataclass(frozen=True, slots=True)
class ToolResultPart:
    """The result of a tool call in a message.

    Args:
        id: Id of the tool call.
        output: The result as text.
        name: The tool's name.
    """

    id: str
    output: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class BaseMessageParam:
    """One message of a conversation.

    Args:
        role: ``system``, ``user``, ``assistant`` or ``tool`` (providers may know more).
        content: A text, or a list of the provider's content parts.
    """

    role: str
    content: Content

    def to_dict(self) -> dict[str, Any]:
        """Return the message as a dict with ``role`` and ``content``, the form of most providers."""
        return {"role": self.role, "content": self.content}


class Messages:
    """Constructors of messages, one for each role; a part may also be an image of PIL, or audio of pydub or ``wave``.

    >>> Messages.User("Which moons?")
    BaseMessageParam(role='user', content='Which moons?')
    """

    @staticmethod
    def User(content: Content) -> BaseMessageParam:  # noqa: N802 - the field's own spelling
        """Make a message of the role ``user``."""
        return BaseMessageParam("user", [as_part(part) for part in content] if isinstance(content, list) else content)

    @staticmethod
    def System(content: Content) -> BaseMessageParam:  # noqa: N802 - the field's own spelling
        """Make an instruction for the whole conversation, of the role ``system``."""
        return BaseMessageParam("system", content)

    @staticmethod
    def Assistant(content: Content) -> BaseMessageParam:  # noqa: N802 - the field's own spelling
        """Make an earlier answer of the model, of the role ``assistant``; a list may hold tool calls."""
        return BaseMessageParam("assistant", content)

    @staticmethod
    def Tool(id: str, output: str, name: str = "") -> BaseMessageParam:  # noqa: A002, N802 - the field's own names
        """Make the result of a tool call, of the role ``tool``."""
        return BaseMessageParam("tool", [ToolResultPart(id, output, name)])


def as_part(value: Any) -> Any:
    """Return a part for an image of PIL, or for audio of pydub or ``wave``; any other value unchanged.

    >>> as_part("Io")
    'Io'
    """
    kind = cast("type[Any]", type(value))
    package = kind.__module__.partition(".")[0]
    if package not in ("PIL", "pydub", "wave"):
        return value
    buffer = io.BytesIO()
    if kind.__name__ == "Wave_read":
        import wave

        with wave.open(buffer, "wb") as copy:
            copy.setparams(value.getparams())
            copy.writeframes(value.readframes(value.getnframes()))
    elif package == "PIL":
        value.save(buffer, format="PNG")
        return ImagePart(buffer.getvalue())
    else:
        value.export(buffer, format="wav")
    return AudioPart(buffer.getvalue())


Message: TypeAlias = "BaseMessageParam | dict[str, Any]"

Prompt: TypeAlias = "str | BaseMessageParam | Sequence[Message]"


def as_messages(prompt: Prompt) -> tuple[Message, ...]:
    """Return the messages of a prompt.

    Args:
        prompt: A text (one user message), a message, or a list of messages; a dict is a message in the provider's own
            form and stays unchanged; an SDK's message object becomes a dict.

    Raises:
        ConfigurationError: The prompt is empty or not made of messages.

    >>> as_messages("Hello")
    (BaseMessageParam(role='user', content='Hello'),)
    """
    if isinstance(prompt, str):
        return (_checked(Messages.User(prompt), 0),)
    prompt = cast("Prompt", _as_dict(prompt))
    if isinstance(prompt, (BaseMessageParam, dict)):
        prompt = [prompt]
    elif not isinstance(cast("object", prompt), Sequence) or isinstance(prompt, (bytes, bytearray)):
        raise ConfigurationError(
            f"A prompt is a text or a list of messages, not {type(prompt).__name__}: "
            'try sk.stream(model, "…") or [sk.Messages.User("…")].'
        )
    messages = tuple(_checked(_as_dict(message), at) for at, message in enumerate(prompt))
    if not messages:
        raise ConfigurationError("The prompt is an empty list: give it at least one message.")
    return messages


def _as_dict(message: object) -> object:
    """Return an SDK's message object as a dict; any other value unchanged."""
    if isinstance(message, BaseMessageParam):
        return message
    model_dump, as_dict = getattr(message, "model_dump", None), getattr(message, "as_dict", None)
    if callable(model_dump):
        return model_dump(mode="json", by_alias=True, exclude_none=True)
    return as_dict() if callable(as_dict) else message


def _checked(message: object, at: int) -> Message:
    if isinstance(message, BaseMessageParam):
        role, content = message.role, message.content
    elif isinstance(message, dict):
        fields = cast("dict[str, Any]", message)
        role, content = fields.get("role"), fields.get("content", ...)
        if "role" not in fields:
            raise ConfigurationError(f"Message {at} has no role: a message is {{'role': …, 'content': …}}.")
    else:
        raise ConfigurationError(
            f"Message {at} is a {type(message).__name__}: a message is sk.Messages.User(…) or a dict with a role."
        )
    if not isinstance(role, str) or not role:
        raise ConfigurationError(f"Message {at} has the role {role!r}: use 'system', 'user', 'assistant' or 'tool'.")
    if isinstance(message, BaseMessageParam) and not _is_content(content):
        raise ConfigurationError(
            f"Message {at} has content of type {type(content).__name__}: it takes a text or a list of parts."
        )
    if role == "user" and content in ("", [], ()):
        raise ConfigurationError(f"Message {at} is empty: write a prompt.")
    return cast("Message", message)


def _is_content(content: object) -> bool:
    if isinstance(content, str):
        return True
    return isinstance(content, Sequence) and not isinstance(content, (bytes, bytearray, memoryview))
