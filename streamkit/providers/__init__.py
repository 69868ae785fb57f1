"""Who answers: one file a provider, found by the name before the slash of a model string.

A provider from another package enters by the entry-point group ``streamkit.providers``, through the
same door as those here.
"""

from __future__ import annotations

import difflib
import pkgutil
from functools import cache
from typing import cast

from ..errors import ConfigurationError
from . import compatible
from ._errors import map_error
from ._leaving import leaving
from ._request import Ask, CallSpec, Connection, Provider, Request
from ._secrets import KnowsItsKeys, shown_name

__all__ = [
    "PROVIDERS",
    "Ask",
    "CallSpec",
    "Connection",
    "KnowsItsKeys",
    "Provider",
    "Request",
    "find",
    "leaving",
    "map_error",
    "shown_name",
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

"""Where each of our own providers stands, as ``module:object``; vendors that are rows stand in ``compatible``."""


def find(model: str) -> tuple[Provider, str]:
    """Find the provider that a model string names.

    Args:
        model: ``provider/model``.

    Returns:
        The provider and the rest of the string.

    Raises:
        ConfigurationError: It is no such string, or there is no such provider.

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
        told = f"near it: {', '.join(near)}" if near else f"there are: {', '.join(known)}"
        raise ConfigurationError(f"There is no provider {name!r}; {told}.")
    return cast("Provider", pkgutil.resolve_name(where)), rest


@cache
def _from_outside() -> dict[str, str]:
    from importlib.metadata import entry_points  # takes longer than all providers together

    return {point.name: point.value for point in entry_points(group="streamkit.providers")}
