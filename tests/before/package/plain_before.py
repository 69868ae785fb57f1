"""A provider in a package of its own, written against the code before the move, as docs/providers.md taught it then."""

from typing import Any

import httpx

import streamkit as sk
from streamkit import wire
from streamkit.providers import Ask, Connection, Request, map_error
from streamkit.transport import HttpConnection, client_here, plain_client


class PlainRequest:
    """One call by plain HTTP, to a server that speaks the chat wire."""

    provider = "plain-before"

    def __init__(self, ask: Ask) -> None:
        self.ask = ask

    def decoder(self) -> wire.Decoder:
        return wire.open_decoder("openai_compatible.chat", vendor="plain-before")

    def load(self) -> None:
        """Everything is imported already."""

    async def open(self) -> Connection:
        client = await client_here("plain-before", lambda: plain_client(httpx))
        asked: tuple[Any, ...] = self.ask.messages
        messages = [{"role": each.role, "content": each.content} for each in asked]
        body = {"model": self.ask.model, "messages": messages, "stream": True, **self.ask.params}
        request = client.build_request("POST", f"{self.ask.base_url}/chat/completions", json=body)
        response = await client.send(request, stream=True)
        if response.is_error:
            await response.aread()
            response.raise_for_status()
        return HttpConnection(response, request_id=None)

    def error(self, error: Exception) -> sk.StreamError:
        return map_error(error, provider=self.provider)


class PlainProvider:
    """What the entry point names."""

    name = "plain-before"

    def request(self, ask: Ask) -> Request:
        return PlainRequest(ask)


PROVIDER = PlainProvider()
