"""What a call is asked: messages of a role and content, and the provider's own, which pass through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from .errors import ConfigurationError

Content: TypeAlias = "str | Sequence[Any]"

# What the first bytes of an image say that it is.
_MAGIC = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True)
class ImagePart:
    """An image in a message: its bytes, or where it can be fetched.

    Args:
        data: The image file.
        url: Its address, where there are no bytes.
        media_type: Its type; read from the bytes if not given.

    >>> ImagePart(b"GIF89a").media_type
    'image/gif'
    """

    data: bytes = b""
    url: str | None = None
    media_type: str = ""

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
    """Spoken words in a message.

    Args:
        data: The audio file.
        format: ``wav``, ``mp3`` or what else the provider takes.
    """

    data: bytes
    format: str = "wav"

    def __post_init__(self) -> None:
        _check_bytes(self.data, "Audio", "read the file")


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A document in a message: its bytes, or where it can be fetched.

    Args:
        data: The file.
        url: Its address, where there are no bytes.
        media_type: Its type.
        name: Its file name.
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
    """What a tool returned.

    Args:
        id: The id of the call that it answers.
        output: The result, as text.
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
        """The message as most providers' JSON has it."""
        return {"role": self.role, "content": self.content}


class Messages:
    """Short names for the messages of each role.

    >>> Messages.User("Which moons?")
    BaseMessageParam(role='user', content='Which moons?')
    """

    @staticmethod
    def User(content: Content) -> BaseMessageParam:  # noqa: N802 - the field's own spelling
        """Make a message of the user's."""
        return BaseMessageParam("user", content)

    @staticmethod
    def System(content: Content) -> BaseMessageParam:  # noqa: N802 - the field's own spelling
        """Make an instruction that stands above the conversation."""
        return BaseMessageParam("system", content)

    @staticmethod
    def Assistant(content: Content) -> BaseMessageParam:  # noqa: N802 - the field's own spelling
        """Make an earlier answer of the model's; a list may hold its tool calls."""
        return BaseMessageParam("assistant", content)

    @staticmethod
    def Tool(id: str, output: str, name: str = "") -> BaseMessageParam:  # noqa: A002, N802 - the field's own names
        """Make the answer to a tool call of the model's."""
        return BaseMessageParam("tool", [ToolResultPart(id, output, name)])


Message: TypeAlias = "BaseMessageParam | dict[str, Any]"

Prompt: TypeAlias = "str | BaseMessageParam | Sequence[Message]"


def as_messages(prompt: Prompt) -> tuple[Message, ...]:
    """Turn a prompt into messages, or say what is wrong with it.

    Args:
        prompt: A text (one user message), a message, or a list of messages; a dict is a message in the
            provider's own form and passes through as it is, and so does an object of its SDK, as a dict.

    Raises:
        ConfigurationError: The prompt is empty or not made of messages.

    >>> as_messages("Hello")
    (BaseMessageParam(role='user', content='Hello'),)
    """
    prompt = cast("Prompt", _as_dict(prompt))
    if isinstance(prompt, str):
        prompt = [Messages.User(prompt)]
    elif isinstance(prompt, (BaseMessageParam, dict)):
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
    """Return a message that is an object of a provider's SDK as the dict that it stands for."""
    dump, own = getattr(message, "model_dump", None), getattr(message, "as_dict", None)
    if callable(dump):
        return dump(mode="json", by_alias=True, exclude_none=True)
    return own() if callable(own) else message


def _checked(message: object, at: int) -> Message:
    if isinstance(message, BaseMessageParam):
        role, content = message.role, message.content
    elif isinstance(message, dict):
        given = cast("dict[str, Any]", message)
        role, content = given.get("role"), given.get("content", ...)
        if "role" not in given:
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
    return isinstance(content, Sequence) and not isinstance(content, (bytes, bytearray, memoryview))
