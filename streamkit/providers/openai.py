"""The chat completions of OpenAI and of everybody who speaks its wire, opened by the official SDK."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from ..errors import ConfigurationError
from ._chat_body import chat_body
from ._common import check
from ._request import Ask, Provider, Request
from ._sdk import SdkRequest, Vendor, check_client

OPENAI = Vendor("openai", "openai.chat", keys=("OPENAI_API_KEY",), base_url_env="OPENAI_BASE_URL")
_RESERVED = frozenset({"stream", "model", "messages", "tools"})


class ChatProvider:
    """A vendor that is asked for chat completions.

    Args:
        vendor: Its row.
    """

    def __init__(self, vendor: Vendor) -> None:
        self.name = vendor.name
        self._vendor = vendor

    def request(self, ask: Ask) -> Request:
        """Check a call and make its request; nothing is imported or sent.

        Raises:
            ConfigurationError: The vendor cannot do this.
        """
        check(ask.params, reserved=_RESERVED)
        if ask.client is not None:
            check_client(ask.client, "openai")
        vendor = self._vendor
        elsewhere = ask.base_url or os.environ.get("OPENAI_BASE_URL") or ask.client is not None
        if vendor is OPENAI and not elsewhere:
            # OpenAI's newer models refuse the old name; other servers may not know the new one.
            vendor = replace(vendor, max_tokens="max_completion_tokens")
        body = chat_body(ask, provider=vendor.name, max_tokens=vendor.max_tokens)
        if vendor.usage_option:
            body["stream_options"] = {"include_usage": True, **(body.get("stream_options") or {})}
        choices = _choices(ask.params)
        return SdkRequest(ask, vendor, sdk="openai", resource="chat.completions", body=body, choices=choices)


def _choices(params: dict[str, Any]) -> int:
    n = params.get("n")
    if n is None:
        return 1
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ConfigurationError(f"n={n!r}: ask for a whole number of choices, 1 or more.")
    return n


PROVIDER: Provider = ChatProvider(OPENAI)
