"""Anthropic's messages, requested directly or by the official SDK."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..wire.anthropic.request import messages_body
from ._config import ProviderConfig
from ._direct import ANTHROPIC_SDK, GeneratedMaker
from ._request import CallSpec, Provider, Request
from ._sdk import check_client

ANTHROPIC = ProviderConfig(
    "anthropic",
    "anthropic.messages",
    keys=("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    base_url_env="ANTHROPIC_BASE_URL",
    logins=("ANTHROPIC_PROFILE", "ANTHROPIC_FEDERATION_RULE_ID"),
)

ON_BEDROCK = replace(ANTHROPIC, api="bedrock.invoke")  # its events arrive in AWS's frames


class AnthropicProvider(Provider):
    """Anthropic; a client of Anthropic's SDK for Vertex or AWS Bedrock works too."""

    name = "anthropic"
    transports = ("direct", "sdk")
    reserved = Provider.reserved | {"n"}
    unsupported = ("frequency_penalty", "presence_penalty", "seed")

    def check(self, ask: CallSpec) -> None:
        """Check that the client is Anthropic's."""
        if ask.client is not None:
            check_client(ask.client, "anthropic")

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a message."""
        return messages_body(ask)

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request; a client for AWS Bedrock gets the answer in AWS's frames."""
        config = ON_BEDROCK if _is_bedrock(ask.client) else ANTHROPIC
        return GeneratedMaker(config, ANTHROPIC_SDK, path="v1/messages", resource="messages", body=body).make(ask)


def _is_bedrock(client: Any) -> bool:
    if client is not None:
        for cls in type(client).__mro__:
            if cls.__name__.endswith("AnthropicBedrock"):
                return True
    return False


PROVIDER: Provider = AnthropicProvider()
