"""What the request writers share: checks of the common parameters, and the fields of tools and answer schemas.

The writers stand with their formats, in ``<format>/request.py``. Each of them raises a ConfigurationError for an input
that its API has no field for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from ..errors import ConfigurationError
from ..messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Message
from ..tool import as_tool, strict_schema

COMMON = (
    "temperature",
    "max_tokens",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "stop",
    "n",
    "tool_choice",
    "json_schema",
)

"""Parameters with the same meaning for every provider; other parameters are passed on unchanged."""

_MEDIA = {ImagePart: "an image", AudioPart: "audio", DocumentPart: "a document"}
# Of each number: True if it must be an integer, and its lowest value or None.
_NUMBERS: dict[str, tuple[bool, float | None]] = {
    "temperature": (False, 0),
    "max_tokens": (True, 1),
    "top_p": (False, 0),
    "frequency_penalty": (False, None),
    "presence_penalty": (False, None),
    "seed": (True, None),
}


def check(params: Mapping[str, Any], *, reserved: frozenset[str]) -> None:
    """Check the parameters of a call before the request is sent.

    Args:
        params: The parameters of the call.
        reserved: The names that the request sets itself.

    Raises:
        ConfigurationError: A name is reserved, or a common parameter has an invalid value.

    >>> check({"max_tokens": 10}, reserved=frozenset({"stream"}))
    """
    if taken := reserved & params.keys():
        raise ConfigurationError(f"{', '.join(sorted(taken))} cannot be given here: streamkit sets it itself.")
    stop_strings(params)
    for name, value in params.items():
        if value is None or name not in _NUMBERS:
            continue
        whole, low = _NUMBERS[name]
        kind = int if whole else (int, float)
        if not isinstance(value, kind) or isinstance(value, bool) or (low is not None and cast("float", value) < low):
            expected = "a whole number" if whole else "a number"
            raise ConfigurationError(f"{name}={value!r}: give {expected}{'' if low is None else f', {low} or more'}.")


def stop_strings(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the texts of the parameter ``stop``; none without it.

    Args:
        params: The parameters of the call.

    Raises:
        ConfigurationError: ``stop`` is no text and no list of texts, or one of them is empty.

    >>> stop_strings({"stop": "END"})
    ('END',)
    """
    stop: object = params.get("stop")
    if stop is None:
        return ()
    texts = [stop] if isinstance(stop, str) else list(cast("Iterable[object]", stop)) if _is_list(stop) else []
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise ConfigurationError(f"stop={stop!r}: give a text or a list of texts, none of them empty, or leave it out.")
    return tuple(cast("list[str]", texts))


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes | bytearray)


def choices_of(params: Mapping[str, Any]) -> int:
    """Return the number of answers that the parameter ``n`` requests; 1 without it.

    Raises:
        ConfigurationError: ``n`` is not an integer of 1 or more.
    """
    n: object = params.get("n")
    if n is None:
        return 1
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ConfigurationError(f"n={n!r}: ask for a whole number of choices, 1 or more.")
    return n


def schema_of(schema: Any) -> tuple[str, dict[str, Any]]:
    """Return the name and the JSON schema of the value of ``json_schema=``: a schema, or a pydantic model.

    Raises:
        ConfigurationError: The value is neither.
    """
    if isinstance(schema, Mapping):
        fields = dict(cast("Mapping[str, Any]", schema))
        return str(fields.get("title") or "answer"), fields
    make = getattr(schema, "model_json_schema", None)
    if callable(make):
        return schema.__name__, cast("dict[str, Any]", make())
    raise ConfigurationError(f"json_schema={schema!r}: give a JSON schema as a dict, or a pydantic model class.")


def answer_fields(schema: Any, *, strict: bool = False) -> dict[str, Any]:
    """Return the name and the schema of an answer.

    If ``strict`` is set and the schema has a strict form, the result has that form and ``"strict": True``.

    Args:
        schema: The value of ``json_schema=``.
        strict: True if the provider supports strict schemas.

    Raises:
        ConfigurationError: The value is neither a schema nor a pydantic model.
    """
    name, plain = schema_of(schema)
    strict_form = strict_schema(plain) if strict else None
    if strict_form is None:
        return {"name": name, "schema": plain}
    return {"name": name, "schema": strict_form, "strict": True}


def tool_fields(tool: Any, *, strict: bool = False) -> dict[str, Any] | None:
    """Return the name, description and parameters of a tool; None if the tool is in the provider's own form.

    If ``strict`` is set and the tool allows it, the parameters have the strict form, and ``"strict": True`` is added.

    Args:
        tool: A function, a pydantic model class or a ``Tool``; ``{"name": …, "description": …, "parameters": JSON
            schema}``; or the provider's own dict.
        strict: True if the provider supports strict schemas.

    Raises:
        ConfigurationError: The value is no tool, or its parameters have no JSON schema.
    """
    if callable(tool):
        return as_tool(tool).fields(strict=strict)
    if not isinstance(tool, Mapping):
        raise ConfigurationError(
            f"A tool is a typed function, a pydantic model class or a dict, not of type {type(tool).__name__}."
        )
    given = dict(cast("Mapping[str, Any]", tool))
    if "name" in given and "parameters" in given and "type" not in given:
        return given
    return None


def check_media(messages: Iterable[Message], provider: str, *, roles: Iterable[str] = ("system", "assistant")) -> None:
    """Check that no message with a text-only role has images, audio or documents.

    Args:
        messages: The conversation; messages in the provider's own form are not checked.
        provider: The provider's name.
        roles: The roles whose messages are text only.

    Raises:
        ConfigurationError: Such a message has an image, audio or a document.
    """
    for message in messages:
        if not isinstance(message, BaseMessageParam) or message.role not in roles or isinstance(message.content, str):
            continue
        for part in message.content:
            kind = next((name for type_, name in _MEDIA.items() if isinstance(part, type_)), None)
            if kind:
                raise cannot(provider, f"{kind} in the {message.role}'s message: put it into one of the user's")


def cannot(provider: str, what: str) -> ConfigurationError:
    """Return the error of a request that a provider does not support."""
    return ConfigurationError(f"{provider} cannot take {what}.", provider=provider)
