"""Mistral's chat completions, by plain HTTP.

Mistral's SDK is not used: it sends a request without a key, allows a pause of five seconds at most, and leaves a
stream open that the server has refused. Of a client of the SDK, the key, the address and the HTTP client are used.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from ..errors import ConfigurationError
from ..wire.openai_chat.request import mistral_body
from ..wire.request import choices_of
from ._config import ProviderConfig
from ._plain import PlainRequest
from ._request import CallSpec, Provider, Request

MISTRAL = ProviderConfig(
    "mistral", "mistral.chat", keys=("MISTRAL_API_KEY",), base_url="https://api.mistral.ai", sdks=("mistralai",)
)

_PATH = "/v1/chat/completions"


class MistralRequest(PlainRequest):
    """A request for a chat completion, which has not been sent."""

    def _url(self) -> str:
        return (self._checked_address() or "").rstrip("/").removesuffix("/v1") + _PATH


class MistralProvider(Provider):
    """Mistral, by the chat API."""

    name = "mistral"
    transports = ("direct",)

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a chat completion."""
        return {**mistral_body(ask), "stream": ask.stream}

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request; a client of Mistral's SDK gives only settings."""
        choices = choices_of(ask.params)
        if _is_sdk_client(ask.client):
            ask = _with_client_settings(ask)
        return MistralRequest(ask, MISTRAL, path=_PATH, body=body, choices=choices)


def _is_sdk_client(client: Any) -> bool:
    return any(cls.__module__.startswith("mistralai.client.") for cls in cast("Any", type(client)).__mro__)


def _with_client_settings(ask: CallSpec) -> CallSpec:
    """Return the call with the settings of the SDK client instead of the client."""
    settings: Any = ask.client.sdk_configuration
    if settings.client_supplied and not settings.async_client_supplied:
        raise ConfigurationError(
            "This Mistral client has a sync HTTP client of its own, which cannot be used here: "
            "pass mistralai.client.Mistral with an async_client."
        )
    security: Any = settings.security

    def key() -> Any:
        given: Any = security() if callable(security) else security
        return given.api_key

    return replace(
        ask,
        client=settings.async_client if settings.async_client_supplied else None,
        api_key=ask.api_key or (key if security else None),
        base_url=ask.base_url or settings.get_server_details()[0],
    )


PROVIDER: Provider = MistralProvider()
