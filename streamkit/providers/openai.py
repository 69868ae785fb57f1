"""The chat completions of OpenAI and of everybody who speaks its wire, opened by the official SDK."""

from __future__ import annotations

import os
from dataclasses import replace

from ..wire.openai_chat.request import chat_body
from ..wire.request import check, choices_of
from ._request import CallSpec, Provider, Request
from ._sdk import SdkRequest, check_client
from ._vendor import ProviderConfig

OPENAI = ProviderConfig("openai", "openai.chat", keys=("OPENAI_API_KEY",), base_url_env="OPENAI_BASE_URL")

_RESERVED = frozenset({"stream", "model", "messages", "tools"})


class ChatProvider:
    """A vendor that is asked for chat completions.

    Args:
        vendor: Its row.
    """

    def __init__(self, vendor: ProviderConfig) -> None:
        self.name = vendor.name
        self._vendor = vendor

    def request(self, ask: CallSpec) -> Request:
        """Check a call and make its request; nothing is imported or sent.

        Raises:
            ConfigurationError: The vendor cannot do this.
        """
        check(ask.params, reserved=_RESERVED)
        if ask.client is not None:
            check_client(ask.client, "openai")
        vendor = self._vendor
        elsewhere = ask.base_url or os.environ.get("OPENAI_BASE_URL") or ask.client is not None
        itself = vendor is OPENAI and not elsewhere
        if itself:
            # OpenAI's newer models refuse the old name; other servers may not know the new one.
            vendor = replace(vendor, max_tokens="max_completion_tokens", strict=True)
        body = chat_body(
            ask,
            provider=vendor.name,
            max_tokens=vendor.max_tokens,
            strict=itself,
            strict_answer=vendor.strict,
        )
        body["stream_options"] = {"include_usage": True, **(body.get("stream_options") or {})}
        choices = choices_of(ask.params)
        return SdkRequest(ask, vendor, sdk="openai", resource="chat.completions", body=body, choices=choices)


PROVIDER: Provider = ChatProvider(OPENAI)
