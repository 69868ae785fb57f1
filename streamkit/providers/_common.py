"""What every call may carry, whatever the provider: the common parameters, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ..errors import ConfigurationError

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


def tool_fields(tool: Any) -> dict[str, Any] | None:
    """Return the name, description and parameters of a tool in the neutral form; None if it is the provider's own.

    Args:
        tool: ``{"name": …, "description": …, "parameters": JSON schema}``, or the provider's own object.
    """
    if not isinstance(tool, Mapping):
        raise ConfigurationError(f"A tool is a dict with name, description and parameters, not {type(tool).__name__}.")
    given = dict(cast("Mapping[str, Any]", tool))
    if "name" in given and "parameters" in given and "type" not in given:
        return given
    return None


def cannot(provider: str, what: str) -> ConfigurationError:
    """Make the error of a request that a provider cannot fulfil."""
    return ConfigurationError(f"{provider} cannot take {what}.", provider=provider)
