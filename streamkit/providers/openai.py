"""The chat completions of OpenAI and of everybody who speaks its wire, opened by the official SDK."""

from __future__ import annotations

import os
from typing import Any

from ..wire.openai_chat.request import chat_body
from ..wire.request import choices_of
from ._request import CallSpec, Provider, Request
from ._sdk import SdkRequest, check_client
from ._vendor import ProviderConfig

OPENAI = ProviderConfig("openai", "openai.chat", keys=("OPENAI_API_KEY",), base_url_env="OPENAI_BASE_URL")


class ChatProvider(Provider):
    """A vendor that is asked for chat completions.

    Args:
        vendor: Its row.
    """

    def __init__(self, vendor: ProviderConfig) -> None:
        self.name = vendor.name
        self._vendor = vendor

    def check(self, ask: CallSpec) -> None:
        """Check that the client is OpenAI's."""
        if ask.client is not None:
            check_client(ask.client, "openai")

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a chat completion."""
        vendor = self._vendor
        redirected = ask.base_url or os.environ.get("OPENAI_BASE_URL") or ask.client is not None
        is_openai = vendor is OPENAI and not redirected
        body = chat_body(
            ask,
            provider=vendor.name,
            # OpenAI's newer models refuse the old name; other servers may not know the new one.
            max_tokens="max_completion_tokens" if is_openai else vendor.max_tokens,
            strict=is_openai,
            strict_answer=is_openai or vendor.strict,
        )
        body["stream_options"] = {"include_usage": True, **(body.get("stream_options") or {})}
        return body

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request."""
        choices = choices_of(ask.params)
        return SdkRequest(ask, self._vendor, sdk="openai", resource="chat.completions", body=body, choices=choices)


PROVIDER: Provider = ChatProvider(OPENAI)
