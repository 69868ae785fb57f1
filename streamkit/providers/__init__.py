"""Providers: one file each, found by the name before the slash of a model string.

A package of yours adds a provider by the entry-point group ``streamkit.providers``; it is found in the same way.
"""

from __future__ import annotations

import difflib
import functools
import pkgutil
from functools import cache
from typing import cast

from ..errors import ConfigurationError
from . import compatible
from ._direct import with_call
from ._errors import map_error
from ._final_error import final_error
from ._request import Ask, CallSpec, Connection, Provider, Request, check_transport, decoding_of
from ._secrets import KnowsItsKeys, shown_name

__all__ = [
    "PROVIDERS",
    "Ask",
    "CallSpec",
    "Connection",
    "KnowsItsKeys",
    "Provider",
    "Request",
    "check_transport",
    "decoding_of",
    "final_error",
    "find",
    "map_error",
    "shown_name",
    "with_call",
]

PROVIDERS: dict[str, str] = {
    "anthropic": "streamkit.providers.anthropic:PROVIDER",
    "azure": "streamkit.providers.azure:PROVIDER",
    "azure-responses": "streamkit.providers.openai_responses:AZURE",
    "bedrock": "streamkit.providers.bedrock:PROVIDER",
    "cohere": "streamkit.providers.cohere:PROVIDER",
    "google": "streamkit.providers.google:PROVIDER",
    "groq": "streamkit.providers.groq:PROVIDER",
    "mistral": "streamkit.providers.mistral:PROVIDER",
    "litellm": "streamkit.providers.litellm:PROVIDER",
    "ollama": "streamkit.providers.ollama:PROVIDER",
    "openai": "streamkit.providers.openai:PROVIDER",
    "openai-responses": "streamkit.providers.openai_responses:OPENAI",
    "openrouter-responses": "streamkit.providers.openai_responses:OPENROUTER",
    "replay": "streamkit.providers.replay:PROVIDER",
    "xai-responses": "streamkit.providers.openai_responses:XAI",
}

"""Our own providers, as ``module:object``; the vendors that need no more than a row stand in ``compatible``."""


def find(model: str) -> tuple[Provider, str]:
    """Find the provider that a model string names.

    Args:
        model: The model string, ``provider/model``.

    Returns:
        The provider, and the model's name behind the slash.

    Raises:
        ConfigurationError: The string has another form, or names no provider.

    >>> find("openai/gpt-5-mini")[1]
    'gpt-5-mini'
    """
    name, slash, rest = model.partition("/") if isinstance(cast("object", model), str) else ("", "", "")
    if not (name and slash and rest):
        raise ConfigurationError(f"The model {model!r} is not of the form 'provider/model', as in 'openai/gpt-5-mini'.")
    where = PROVIDERS.get(name) or _from_outside().get(name)
    if where is None and name in compatible.PROVIDERS:
        return compatible.PROVIDERS[name], rest
    if where is None:
        known = sorted({*PROVIDERS, *compatible.PROVIDERS, *_from_outside()})
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"near it: {', '.join(near)}" if near else f"there are: {', '.join(known)}"
        raise ConfigurationError(f"There is no provider {name!r}; {hint}.")
    return _load(where), rest


@functools.cache
def _load(where: str) -> Provider:
    """Import a provider, by ``module:object``."""
    return cast("Provider", pkgutil.resolve_name(where))


@cache
def _from_outside() -> dict[str, str]:
    from importlib.metadata import entry_points  # its import takes longer than that of all providers

    return {point.name: point.value for point in entry_points(group="streamkit.providers")}
