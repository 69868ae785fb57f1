"""Groq's chat completions, requested directly or by the official SDK (extra ``groq``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..messages import AudioPart, BaseMessageParam, DocumentPart
from ..wire.openai_chat.request import chat_body
from ..wire.request import cannot
from ._config import ProviderConfig
from ._direct import GROQ_SDK, GeneratedMaker
from ._request import CallSpec, Provider, Request
from ._sdk import check_client
from .openai import with_usage

GROQ = ProviderConfig(
    "groq", "groq.chat", keys=("GROQ_API_KEY",), base_url_env="GROQ_BASE_URL", added_path="/openai/v1"
)


class GroqProvider(Provider):
    """Groq, which gives one answer for each call."""

    name = "groq"
    transports = ("direct", "sdk")

    def check(self, ask: CallSpec) -> None:
        """Check that the client is Groq's, and that the call asks for one answer to text and images."""
        if ask.client is not None:
            check_client(ask.client, "groq")
        if ask.params.get("n") not in (None, 1):
            raise cannot(self.name, "n: it gives one answer a call")
        for part in _parts(ask):
            if isinstance(part, (AudioPart, DocumentPart)):
                raise cannot(self.name, "audio" if isinstance(part, AudioPart) else "a file")

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a chat completion."""
        # None means that a parameter is not given; Groq refuses null.
        params = {name: value for name, value in ask.params.items() if value is not None}
        body = chat_body(replace(ask, params=params), provider=self.name)
        return with_usage(body, ask)

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request."""
        path, resource = "openai/v1/chat/completions", "chat.completions"
        return GeneratedMaker(GROQ, GROQ_SDK, path=path, resource=resource, body=body).make(ask)


def _parts(ask: CallSpec) -> Iterator[Any]:
    for message in ask.messages:
        if isinstance(message, BaseMessageParam) and not isinstance(message.content, str):
            yield from message.content


PROVIDER: Provider = GroqProvider()
