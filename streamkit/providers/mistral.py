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

MISTRAL = ProviderConfig("mistral", "mistral.chat", keys=("MISTRAL_API_KEY",), base_url="https://api.mistral.ai")

_PATH = "/v1/chat/completions"


class MistralRequest(PlainRequest):
    """A request for a chat completion, which has not been sent."""

    def _url(self) -> str:
        return (self._checked_address() or "").rstrip("/").removesuffix("/v1") + _PATH


class MistralProvider(Provider):
    """Mistral, by its chat API."""

    name = "mistral"

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a chat completion."""
        return mistral_body(ask)

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request; of a client of Mistral's SDK, only its settings are used."""
        choices = choices_of(ask.params)
        if _is_sdk_client(ask.client):
            ask = _with_client_settings(ask)
        return MistralRequest(ask, MISTRAL, path=_PATH, body=body, choices=choices)


def _is_sdk_client(client: Any) -> bool:
    return any(cls.__module__.startswith("mistralai.client.") for cls in cast("Any", type(client)).__mro__)


def _with_client_settings(ask: CallSpec) -> CallSpec:
    """Return the call with the settings of its SDK client instead of the client."""
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


def sdk_event(**raw: Any) -> Any:
    """Build the SDK's own object for an event; without the SDK it stays a dict, and so does what it cannot read.

    Args:
        raw: The event's fields.
    """
    try:
        from mistralai.client.models import CompletionChunk
        from pydantic import ValidationError
    except ModuleNotFoundError:
        return raw
    try:
        return CompletionChunk.model_validate(raw)
    except ValidationError:
        return raw


def sdk_response(**raw: Any) -> Any:
    """Build the SDK's own object for a whole answer; without the SDK it stays a dict, and so does what it cannot read.

    Args:
        raw: The answer's fields.
    """
    try:
        from mistralai.client.models import ChatCompletionResponse
        from pydantic import ValidationError
    except ModuleNotFoundError:
        return raw
    # Of an answer that was stopped there is no reason and no usage, and the SDK insists on both.
    untold = [choice.get("finish_reason") is None for choice in raw.get("choices", ())]
    choices = [{**choice, "finish_reason": choice.get("finish_reason") or "stop"} for choice in raw.get("choices", ())]
    try:
        found = ChatCompletionResponse.model_validate({**raw, "usage": raw.get("usage") or {}, "choices": choices})
    except ValidationError:
        return raw
    given = [
        type(each).model_construct(**{**dict(each), "finish_reason": None}) if open_ended else each
        for each, open_ended in zip(found.choices, untold, strict=True)
    ]
    whole: Any = type(found)
    usage: Any = type(found.usage)
    no_usage = usage.model_construct(**dict.fromkeys(usage.model_fields))
    told = {"choices": given, "usage": found.usage if raw.get("usage") else no_usage}
    return whole.model_construct(**{**dict(found), **told})


PROVIDER: Provider = MistralProvider()
