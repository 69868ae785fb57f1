"""Azure: the OpenAI v1 endpoint directly or by OpenAI's SDK, and the model inference endpoint directly."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ..wire.openai_chat.request import chat_body
from ..wire.request import choices_of
from ._config import ProviderConfig
from ._plain import PlainRequest
from ._request import CallSpec, Provider, Request, check_transport
from .openai import ChatProvider, with_usage

# At both endpoints, api_key= may be a function that returns an Entra token.
AZURE = ProviderConfig(
    "azure",
    "azure.openai.chat",
    keys=("AZURE_OPENAI_API_KEY",),
    base_url_env="AZURE_OPENAI_BASE_URL",  # https://RESOURCE.openai.azure.com/openai/v1/
    needs_address=True,
    strict=True,
    sdks=("azure.core",),
)

INFERENCE = ProviderConfig(
    "azure",
    "azure.inference",
    keys=("AZURE_INFERENCE_CREDENTIAL", "AZURE_OPENAI_API_KEY"),
    sdks=("azure.core",),
)

_ADDRESS = "AZURE_INFERENCE_ENDPOINT"  # https://RESOURCE.services.ai.azure.com/models

_VERSION = "2024-05-01-preview"
# Hosts of models that are deployed one by one: no path identifies their endpoints.
_HOSTS = (".models.ai.azure.com", ".inference.ai.azure.com")


class InferenceRequest(PlainRequest):
    """A request to a model inference endpoint, which has not been sent."""

    def _headers(self, url: str, key: str) -> dict[str, str]:
        # The key is sent in two headers, as by Azure's own SDK: the endpoint decides which one is read.
        keys = {} if callable(self._key()) else {"api-key": key}
        # Without "pass-through" the endpoint refuses unknown fields, such as the option for usage.
        return {**super()._headers(url, key), **keys, "extra-parameters": "pass-through"}


class InferenceProvider(Provider):
    """Azure's model inference endpoint."""

    name = "azure"
    transports = ("direct",)

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a chat completion; a parameter that is None is left out."""
        body = {name: value for name, value in chat_body(ask, provider=self.name).items() if value is not None}
        return {**with_usage(body, ask), "stream": ask.stream}

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request to ``base_url``; ``api_version`` travels in the address."""
        query = {"api-version": body.pop("api_version", _VERSION)}
        choices = choices_of(ask.params)
        return InferenceRequest(ask, INFERENCE, path="/chat/completions", body=body, query=query, choices=choices)


class AzureProvider(Provider):
    """Azure; the address selects one of two endpoints."""

    name = "azure"
    transports = ("direct", "sdk")

    def __init__(self) -> None:
        self._chat = ChatProvider(AZURE)
        self._inference = InferenceProvider()

    def request(self, ask: CallSpec) -> Request:
        """Check a call and make the request for the endpoint that the address names.

        Raises:
            ConfigurationError: Azure cannot do what the call asks for.
        """
        address = _inference_address(ask)
        if address is None:
            return self._chat.request(ask)
        check_transport(self._inference, ask)
        return self._inference.request(replace(ask, base_url=address))

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a chat completion for the endpoint that the address names."""
        return (self._chat if _inference_address(ask) is None else self._inference).body(ask)


def _inference_address(ask: CallSpec) -> str | None:
    """Return the address of a model inference endpoint, or None for another endpoint."""
    if ask.client is not None and hasattr(ask.client, "chat"):  # a client of OpenAI's SDK has its own address
        return None
    address = ask.base_url or os.environ.get("AZURE_OPENAI_BASE_URL")
    if not address:
        return os.environ.get(_ADDRESS)
    parts = urlsplit(address)
    known = parts.path.rstrip("/").endswith("/models") or (parts.hostname or "").endswith(_HOSTS)
    return address if known else None


PROVIDER: Provider = AzureProvider()
