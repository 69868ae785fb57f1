"""Finds the provider that a model string names: ours, a vendor's row, a registered one, or one of another package."""

from __future__ import annotations

import functools
import pkgutil
from functools import cache
from typing import Any, cast

from ..errors import ConfigurationError
from . import compatible
from ._request import Provider
from ._spelling import differs_by_one_slip

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

ALIASES: dict[str, str] = {
    "aws": "bedrock",
    "claude": "anthropic",
    "fireworks_ai": "fireworks",
    "gemini": "google",
    "together_ai": "together",
    "vertex": "vertex",
    "vertex_ai": "vertex",
}

"""Other names of providers, with the name that each means; ``vertex`` is Google's models on Vertex."""

_VERTEX = "streamkit.providers.google:VERTEX"

# What the name of a model begins with that one vendor alone makes and serves. Open models have no row here.
_MAKERS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("gpt-", "chatgpt-", "o1", "o3", "o4"), "openai"),
    (("claude-",), "anthropic"),
    (("gemini-",), "google"),
    (("grok-",), "xai"),
    (("mistral-large", "mistral-medium", "mistral-small"), "mistral"),
    (("deepseek-chat", "deepseek-reasoner"), "deepseek"),
    (("sonar",), "perplexity"),
)

_OPEN = ("gpt-oss",)

_registered: dict[str, Provider] = {}


def find(model: str, *, provider: str | None = None) -> tuple[Provider, str]:
    """Find the provider of a call.

    Args:
        model: The model string, ``provider/model``; with ``provider`` the model's name alone.
        provider: The provider's name.

    Returns:
        The provider, and the model's name.

    Raises:
        ConfigurationError: The string has another form, or there is no such provider.

    >>> find("openai/gpt-5-mini")[1]
    'gpt-5-mini'
    """
    name, rest = split_model(model, provider=provider)
    found = _provider(name)
    if found is None:
        raise ConfigurationError(f"There is no provider {name!r}; {_hint(name)}.")
    return found, rest


def split_model(model: object, *, provider: object = None) -> tuple[str, str]:
    """Return the provider's own name and the model's name; other names of providers are translated.

    Args:
        model: The model string, ``provider/model``; with ``provider`` the model's name alone.
        provider: The provider's name.

    Raises:
        ConfigurationError: The string has another form.

    >>> split_model("gemini/gemini-3-pro"), split_model("ollama/llama3:8b"), split_model("openai:gpt-5")
    (('google', 'gemini-3-pro'), ('ollama', 'llama3:8b'), ('openai', 'gpt-5'))
    """
    if provider is not None:
        if not isinstance(provider, str) or not provider:
            hint = "OpenRouter's routing goes in extra={'provider': …}" if isinstance(provider, dict) else "give a name"
            raise ConfigurationError(f"provider={provider!r} is no name of a provider: {hint}.")
        if not isinstance(model, str) or not model:
            raise ConfigurationError(f"The model {model!r} is no name of a model of {provider}.")
        return ALIASES.get(provider, provider), model
    if not isinstance(model, str):
        raise ConfigurationError(_no_model_string(model))
    name, slash, rest = model.partition("/")
    if (":" in name) and (found := _split_at_colon(model)) is not None:
        return found
    if not (name and slash and rest):
        raise ConfigurationError(_no_model_string(model))
    return ALIASES.get(name, name), rest


def _split_at_colon(model: str) -> tuple[str, str] | None:
    """Return the parts of ``provider:model``; None where no provider has the name before the colon."""
    name, _, rest = model.partition(":")
    name = ALIASES.get(name, name)
    return (name, rest) if rest and _provider(name) is not None else None


def _no_model_string(model: object) -> str:
    alone = model if isinstance(model, str) and "/" not in model and not model.startswith(_OPEN) else ""
    maker = next((maker for starts, maker in _MAKERS if alone.startswith(starts)), None)
    if maker is not None:
        return f"The model {model!r} does not say whose it is: write '{maker}/{model}'."
    return f"The model {model!r} is not of the form 'provider/model', as in 'openai/gpt-5-mini'."


def _provider(name: str) -> Provider | None:
    where = PROVIDERS.get(name) or (_VERTEX if name == "vertex" else None)
    if where is not None:
        return _load(where)
    found = compatible.PROVIDERS.get(name) or _registered.get(name)
    if found is None and (where := _from_outside().get(name)) is not None:
        found = _load(where)
    return found


def _hint(name: str) -> str:
    """Say which provider is meant; all that there are where nothing is near enough to be sure."""
    known = provider_names()
    plain = {_letters(each): each for each in (*known, *ALIASES)}
    if name.lower() == "grok":
        return "write 'xai/…' for xAI's Grok, or 'groq/…' for Groq"
    same = plain.get(_letters(name))
    near = [same] if same else [each for each in (*known, *ALIASES) if differs_by_one_slip(name.lower(), each)]
    return f"near it: {', '.join(near)}" if near else f"there are: {', '.join(known)}"


def _letters(name: str) -> str:
    return "".join(each for each in name.lower() if each.isalnum())


def provider_names() -> list[str]:
    """Return the names of all providers, sorted: ours, the vendors', those registered and those of other packages."""
    return sorted({*PROVIDERS, "vertex", *compatible.PROVIDERS, *_registered, *_from_outside()})


def register_provider(name: str, provider: Provider) -> None:
    """Register a provider for model strings, in this process: ``name/model`` finds it everywhere.

    Args:
        name: The name before the slash of a model string, without ``/`` and ``:``.
        provider: An ``sk.Provider``, or any object with ``name`` and ``request``.

    Raises:
        ConfigurationError: The name is taken or has a slash or a colon, or the value is no provider.

    >>> import streamkit as sk
    >>> class Local(sk.Provider):
    ...     name = "local"
    ...     base_url = "http://localhost:8000/v1"
    >>> sk.register_provider("local", Local())
    >>> sk.stream("local/small", "Which moons may hold life?").provider
    'local'
    """
    given: Any = provider
    if not isinstance(cast("object", name), str) or not name or any(sign in name for sign in "/: \t\n"):
        raise ConfigurationError(f"The name {name!r} cannot stand before the slash of a model string.")
    if isinstance(given, type) or not callable(getattr(given, "request", None)):
        raise ConfigurationError(f"{provider!r} is no provider: give an object of a subclass of sk.Provider.")
    if name in ALIASES or _provider(name) is not None or _registered.setdefault(name, provider) is not provider:
        raise ConfigurationError(f"There is a provider {name!r} already: register yours by another name.")


@functools.cache
def _load(where: str) -> Provider:
    """Import a provider, by ``module:object``."""
    return cast("Provider", pkgutil.resolve_name(where))


@cache
def _from_outside() -> dict[str, str]:
    from importlib.metadata import entry_points  # its import takes longer than that of all providers

    return {point.name: point.value for point in entry_points(group="streamkit.providers")}
