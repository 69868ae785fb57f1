"""The Responses API of OpenAI and of compatible vendors, requested directly or by the official SDK."""

from __future__ import annotations

import os
from typing import Any

from ..wire.openai_responses.request import responses_body
from ._config import ProviderConfig
from ._direct import OPENAI_SDK, GeneratedMaker
from ._request import CallSpec, Provider, Request
from ._sdk import check_client

_OPENAI = ProviderConfig(
    "openai-responses", "openai.responses", keys=("OPENAI_API_KEY",), base_url_env="OPENAI_BASE_URL"
)

_AZURE = ProviderConfig(
    "azure-responses",
    "azure.openai.responses",
    keys=("AZURE_OPENAI_API_KEY",),  # or api_key= a function that returns an Entra token
    base_url_env="AZURE_OPENAI_BASE_URL",  # https://RESOURCE.openai.azure.com/openai/v1/
    needs_address=True,
    strict=True,
)

_OPENROUTER = ProviderConfig(
    "openrouter-responses", "openrouter.responses", ("OPENROUTER_API_KEY",), "https://openrouter.ai/api/v1", strict=True
)

_XAI = ProviderConfig("xai-responses", "xai.responses", ("XAI_API_KEY",), "https://api.x.ai/v1", strict=True)


class ResponsesProvider(Provider):
    """A vendor with the Responses API.

    Args:
        config: The vendor's settings.
    """

    transports = ("direct", "sdk")
    reserved = Provider.reserved | {"input"}

    def __init__(self, config: ProviderConfig) -> None:
        self.name = config.name
        self._config = config

    def check(self, ask: CallSpec) -> None:
        """Check that the client is OpenAI's."""
        if ask.client is not None:
            check_client(ask.client, "openai")

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a response."""
        redirected = ask.base_url or os.environ.get("OPENAI_BASE_URL") or ask.client is not None
        is_openai = self._config is _OPENAI and not redirected
        strict_answer = is_openai or self._config.strict
        return responses_body(ask, provider=self.name, strict=is_openai, strict_answer=strict_answer)

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request."""
        return GeneratedMaker(self._config, OPENAI_SDK, path="responses", resource="responses", body=body).make(ask)


OPENAI: Provider = ResponsesProvider(_OPENAI)

AZURE: Provider = ResponsesProvider(_AZURE)

OPENROUTER: Provider = ResponsesProvider(_OPENROUTER)

XAI: Provider = ResponsesProvider(_XAI)
