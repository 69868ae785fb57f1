"""What a decorated function has returned: a prompt in one of its forms, or a configuration with one in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from ..errors import ConfigurationError
from ..messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Message, Messages, as_messages

_OPTIONS = frozenset({"messages", "tools", "call_params", "client", "metadata", "computed_fields"})
_PARTS = (str, ImagePart, AudioPart, DocumentPart)


def read_prompt(name: str, told: object) -> tuple[tuple[Message, ...], Mapping[str, Any] | None]:
    """Return the messages that a function asks for, and its dynamic configuration if it has returned one.

    Args:
        name: The function's name, for what is wrong.
        told: What it has returned: a text; a list of texts and parts, which is one message of the user's; a message,
            or a list of them; or a dict with ``messages`` in one of these forms and other options.

    Raises:
        ConfigurationError: It is none of these.
    """
    config = _config(name, told)
    prompt = told if config is None else config.get("messages")
    if prompt is None:
        what = "None" if config is None else "a configuration without messages"
        raise ConfigurationError(
            f"{name} returned {what}: return a prompt (a text, or messages), or write it by @sk.prompt_template."
        )
    if prompt in ("", [], ()) or (isinstance(prompt, str) and not prompt.strip()):
        raise ConfigurationError(f"{name} returned an empty prompt: return a text, or messages.")
    if isinstance(prompt, _PARTS) and not isinstance(prompt, str):
        prompt = [prompt]
    if _is_parts(prompt):
        prompt = Messages.User(list(cast("Sequence[Any]", prompt)))
    try:
        return as_messages(cast("Any", prompt)), config
    except ConfigurationError as error:
        raise ConfigurationError(f"{name} returned no prompt. {error.message}") from None


def _config(name: str, told: object) -> Mapping[str, Any] | None:
    if not isinstance(told, Mapping) or "role" in told or "type" in told:
        return None
    given = cast("Mapping[str, Any]", told)
    unknown = sorted(given.keys() - _OPTIONS)
    if unknown:
        known = ", ".join(sorted(_OPTIONS))
        raise ConfigurationError(
            f"{name} returned a dict with {', '.join(unknown)}: a message has a role, and a configuration has {known}."
        )
    return given


def _is_parts(prompt: object) -> bool:
    """Whether it is the content of one message: texts and parts, among which a provider's own may be."""
    if isinstance(prompt, (str, BaseMessageParam)) or not isinstance(prompt, Sequence):
        return False
    parts = cast("Sequence[Any]", prompt)
    return any(isinstance(part, _PARTS) for part in parts) and not any(_is_message(part) for part in parts)


def _is_message(part: object) -> bool:
    return isinstance(part, BaseMessageParam) or (isinstance(part, Mapping) and "role" in part)
