"""The chat completions of OpenAI and of compatible vendors, requested directly or by the official SDK."""

from __future__ import annotations

import os
from typing import Any

from ..wire.openai_chat.request import chat_body
from ..wire.request import choices_of
from ._config import ProviderConfig
from ._direct import OPENAI_SDK, GeneratedMaker
from ._request import CallSpec, Provider, Request
from ._sdk import check_client

OPENAI = ProviderConfig("openai", "openai.chat", keys=("OPENAI_API_KEY",), base_url_env="OPENAI_BASE_URL")


def with_usage(body: dict[str, Any], ask: CallSpec) -> dict[str, Any]:
    """Return the body of a chat completion with the option for usage, which belongs to streams and is refused else."""
    given: dict[str, Any] = body.pop("stream_options", None) or {}
    return {**body, "stream_options": {"include_usage": True, **given}} if ask.stream else body


class ChatProvider(Provider):
    """A vendor with the API of chat completions.

    Args:
        config: The vendor's settings.
    """

    transports = ("direct", "sdk")

    def __init__(self, config: ProviderConfig) -> None:
        self.name = config.name
        self._config = config

    def check(self, ask: CallSpec) -> None:
        """Check that the client is OpenAI's."""
        if ask.client is not None:
            check_client(ask.client, "openai")

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a chat completion."""
        config = self._config
        redirected = ask.base_url or os.environ.get("OPENAI_BASE_URL") or ask.client is not None
        is_openai = config is OPENAI and not redirected
        body = chat_body(
            ask,
            provider=config.name,
            # OpenAI's newer models refuse the name max_tokens; other servers may not know the new name.
            max_tokens="max_completion_tokens" if is_openai else config.max_tokens,
            strict=is_openai,
            strict_answer=is_openai or config.strict,
        )
        return with_usage(body, ask)

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request."""
        path, resource = "chat/completions", "chat.completions"
        choices = choices_of(ask.params)
        return GeneratedMaker(self._config, OPENAI_SDK, path=path, resource=resource, body=body, choices=choices).make(
            ask
        )


PROVIDER: Provider = ChatProvider(OPENAI)
