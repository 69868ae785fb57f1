"""The request of a provider that only states its API, address and key: the API's own body, sent by plain HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ConfigurationError
from ..wire.anthropic.request import messages_body
from ..wire.cohere.request import cohere_body
from ..wire.ollama.request import ollama_body
from ..wire.openai_chat.request import chat_body
from ..wire.openai_responses.request import responses_body
from ..wire.request import choices_of
from ._config import ProviderConfig
from ._direct import ANTHROPIC_SDK
from ._plain import PlainRequest
from ._request import CallSpec, Provider


class OwnRequest(PlainRequest):
    """A request of a subclass of ``sk.Provider``, which has not been sent.

    Args:
        ask: The call.
        owner: The provider.
        body: The request's fields.
    """

    def __init__(self, ask: CallSpec, owner: Provider, body: Mapping[str, Any]) -> None:
        config = ProviderConfig(owner.name, owner.api or "", owner.keys, owner.base_url)
        path = owner.path if owner.path is not None else _row(owner)[1]
        super().__init__(ask, config, path=path, body=body, choices=choices_of(ask.params))
        self._owner = owner

    def _headers(self, url: str, key: str) -> dict[str, str]:
        return dict(self._owner.headers(key)) if self._config.keys or self.ask.api_key else {}


def body_of(ask: CallSpec, owner: Provider) -> dict[str, Any]:
    """Return the body of a request by the writer of the provider's API.

    Args:
        ask: The call.
        owner: The provider.

    Raises:
        ConfigurationError: The API has no field for an input, or the API needs a ``body`` of the provider's own.
    """
    return {**_row(owner)[0](ask, owner.name), "stream": ask.stream}


def headers_of(owner: Provider, key: str) -> dict[str, str]:
    """Return the headers with the key, as the provider's API has them."""
    if owner.api == "anthropic.messages":
        return {**ANTHROPIC_SDK.headers, "x-api-key": key}
    return {"authorization": f"Bearer {key}"}


def _chat(ask: CallSpec, name: str) -> dict[str, Any]:
    from .openai import with_usage

    return with_usage(chat_body(ask, provider=name), ask)


_Writer = Callable[[CallSpec, str], dict[str, Any]]

# Of each API that such a provider may have: the writer of its body, and its path.
_APIS: dict[str, tuple[_Writer, str]] = {
    "anthropic.messages": (lambda ask, name: messages_body(ask), "/v1/messages"),
    "cohere.v2.chat": (lambda ask, name: cohere_body(ask), "/v2/chat"),
    "ollama.chat": (lambda ask, name: ollama_body(ask), "/api/chat"),
    "openai_compatible.responses": (lambda ask, name: responses_body(ask, provider=name), "/responses"),
}


def _row(owner: Provider) -> tuple[_Writer, str]:
    """Return the writer and the path of a provider's API."""
    api = owner.api or ""
    found = _APIS.get(api)
    if found is None and api.endswith(".chat") and not api.startswith(("cohere", "ollama")):
        found = (_chat, "/chat/completions")
    if found is None:
        known = ", ".join(["openai_compatible.chat", *_APIS])
        raise ConfigurationError(
            f"{owner.name}: api={api!r} has no body of its own: write body() and path, or give one of {known}.",
            provider=owner.name,
        )
    return found
