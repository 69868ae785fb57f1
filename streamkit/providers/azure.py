"""Azure: its OpenAI v1 endpoint through OpenAI's SDK, its model inference endpoint by plain HTTP."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ..wire.openai_chat.request import chat_body
from ..wire.request import choices_of
from ._plain import PlainRequest
from ._request import CallSpec, Provider, Request
from ._vendor import ProviderConfig
from .openai import ChatProvider

# In either, api_key= may be a function that returns an Entra token.
AZURE = ProviderConfig(
    "azure",
    "azure.openai.chat",
    keys=("AZURE_OPENAI_API_KEY",),
    base_url_env="AZURE_OPENAI_BASE_URL",  # https://RESOURCE.openai.azure.com/openai/v1/
    needs_address=True,
    strict=True,
)

INFERENCE = ProviderConfig(
    "azure",
    "azure.inference",
    keys=("AZURE_INFERENCE_CREDENTIAL", "AZURE_OPENAI_API_KEY"),
)

_ADDRESS = "AZURE_INFERENCE_ENDPOINT"  # https://RESOURCE.services.ai.azure.com/models

_VERSION = "2024-05-01-preview"
# Hosts of models that were deployed one by one: their endpoints have no path to be told by.
_HOSTS = (".models.ai.azure.com", ".inference.ai.azure.com")


class InferenceRequest(PlainRequest):
    """A chat at a model inference endpoint that has not been sent."""

    def _headers(self, url: str, key: str) -> dict[str, str]:
        # A key goes by either name, as in Azure's own SDK: which one is read depends on the endpoint.
        keys = {} if callable(self._key()) else {"api-key": key}
        # Without the last, what the endpoint does not know is refused, such as the option that asks for usage.
        return {**super()._headers(url, key), **keys, "extra-parameters": "pass-through"}


class InferenceProvider(Provider):
    """Azure's model inference endpoint."""

    name = "azure"

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a chat completion; a parameter that is None is left out."""
        body = {name: value for name, value in chat_body(ask, provider=self.name).items() if value is not None}
        body["stream_options"] = {"include_usage": True, **body.get("stream_options", {})}
        return {**body, "stream": True}

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request to ``base_url``; ``api_version`` travels in the address."""
        query = {"api-version": body.pop("api_version", _VERSION)}
        choices = choices_of(ask.params)
        return InferenceRequest(ask, INFERENCE, path="/chat/completions", body=body, query=query, choices=choices)


class AzureProvider(Provider):
    """Azure; the address says which of its two endpoints is asked."""

    name = "azure"

    def __init__(self) -> None:
        self._chat = ChatProvider(AZURE)
        self._inference = InferenceProvider()

    def request(self, ask: CallSpec) -> Request:
        """Check a call and make its request for the endpoint that the address names.

        Raises:
            ConfigurationError: Azure cannot do what the call asks for.
        """
        address = _inference_address(ask)
        if address is None:
            return self._chat.request(ask)
        return self._inference.request(replace(ask, base_url=address))


def _inference_address(ask: CallSpec) -> str | None:
    """The address, if it is that of a model inference endpoint."""
    if ask.client is not None and hasattr(ask.client, "chat"):  # OpenAI's, with an address of its own
        return None
    address = ask.base_url or os.environ.get("AZURE_OPENAI_BASE_URL")
    if not address:
        return os.environ.get(_ADDRESS)
    parts = urlsplit(address)
    known = parts.path.rstrip("/").endswith("/models") or (parts.hostname or "").endswith(_HOSTS)
    return address if known else None


PROVIDER: Provider = AzureProvider()
