"""What every call may carry, whatever the provider: the common parameters, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    "tool_choice",
    "json_schema",
)

"""Names that mean the same with every provider; all others pass to the provider as they are."""

_MEDIA = {ImagePart: "an image", AudioPart: "audio", DocumentPart: "a document"}
# The whole numbers and the lowest value of each; None where any number goes.
_NUMBERS: dict[str, tuple[bool, float | None]] = {
    "temperature": (False, 0),
    "max_tokens": (True, 1),
    "top_p": (False, 0),
    "frequency_penalty": (False, None),
    "presence_penalty": (False, None),
    "seed": (True, None),
}


def check(params: Mapping[str, Any], *, reserved: frozenset[str]) -> None:
    """Say what is wrong with parameters, as far as it can be known now.

    Args:
        params: What the user gave.
        reserved: Names that the request itself sets.

    Raises:
        ConfigurationError: A name is reserved, or a common parameter has no sensible value.

    >>> check({"max_tokens": 10}, reserved=frozenset({"stream"}))
    """
    taken = sorted(reserved & params.keys())
    if taken:
        raise ConfigurationError(f"{', '.join(taken)} cannot be given here: streamkit sets it itself.")
    for name, (whole, low) in _NUMBERS.items():
        value: object = params.get(name)
        if value is None:
            continue
        kind = int if whole else (int, float)
        if not isinstance(value, kind) or isinstance(value, bool) or (low is not None and cast("float", value) < low):
            wanted = "a whole number" if whole else "a number"
            raise ConfigurationError(f"{name}={value!r}: give {wanted}{'' if low is None else f', {low} or more'}.")


def choices_of(params: Mapping[str, Any]) -> int:
    """Return how many answers are asked for by ``n``.

    Raises:
        ConfigurationError: It is no whole number above 0.
    """
    n: object = params.get("n")
    if n is None:
        return 1
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ConfigurationError(f"n={n!r}: ask for a whole number of choices, 1 or more.")
    return n


def schema_of(wanted: Any) -> tuple[str, dict[str, Any]]:
    """Return the name and the JSON schema of what ``json_schema=`` was given: a schema, or a pydantic model.

    Raises:
        ConfigurationError: It is neither.
    """
    if isinstance(wanted, Mapping):
        schema = dict(cast("Mapping[str, Any]", wanted))
        return str(schema.get("title") or "answer"), schema
    make = getattr(wanted, "model_json_schema", None)
    if callable(make):
        return wanted.__name__, cast("dict[str, Any]", make())
    raise ConfigurationError(f"json_schema={wanted!r}: give a JSON schema as a dict, or a pydantic model class.")


def answer_fields(wanted: Any, *, strict: bool = False) -> dict[str, Any]:
    """Return the name and the schema of an answer.

    Where it is to be strict, and the schema has such a form, it is so written, and ``"strict": True`` stands beside.

    Args:
        wanted: What ``json_schema=`` was given.
        strict: The provider can hold a model to a schema, and refuses no request for asking that.

    Raises:
        ConfigurationError: It is neither a schema nor a pydantic model.
    """
    name, schema = schema_of(wanted)
    held = strict_schema(schema) if strict else None
    return {"name": name, "schema": schema} if held is None else {"name": name, "schema": held, "strict": True}


def tool_fields(tool: Any, *, strict: bool = False) -> dict[str, Any] | None:
    """Return the name, description and parameters of a tool; None if it is in the provider's own form.

    Where they are to be strict they are so written, and ``"strict": True`` stands beside them.

    Args:
        tool: A function, a pydantic model class or a ``Tool``; ``{"name": …, "description": …, "parameters": JSON
            schema}``; or the provider's own dict.
        strict: The provider can hold a model to a schema, and shall where the tool allows it.

    Raises:
        ConfigurationError: It is none of these, or a model cannot be told what it takes.
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
    """See to it that images, audio and documents stand where a provider takes them.

    Args:
        messages: The conversation; messages in the provider's own form are its own affair.
        provider: Who is asked.
        roles: Whose messages are text only.

    Raises:
        ConfigurationError: Such a message holds one.
    """
    for message in messages:
        if not isinstance(message, BaseMessageParam) or message.role not in roles or isinstance(message.content, str):
            continue
        for part in message.content:
            kind = next((name for type_, name in _MEDIA.items() if isinstance(part, type_)), None)
            if kind:
                raise cannot(provider, f"{kind} in the {message.role}'s message: put it into one of the user's")


def cannot(provider: str, what: str) -> ConfigurationError:
    """Make the error of a request that a provider cannot fulfil."""
    return ConfigurationError(f"{provider} cannot take {what}.", provider=provider)
