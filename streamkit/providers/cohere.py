"""Cohere's chat (v2), requested by the official SDK; our own decoder reads the bytes."""

from __future__ import annotations

import importlib
import inspect
import os
import weakref
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

from .._compat.private import cohere_response, cohere_wrapper
from ..errors import ConfigurationError, StreamError
from ..transport import HttpConnection, client_here, owned_by_loop, plain_client
from ..wire import Decoder, open_decoder
from ..wire.cohere.request import cohere_body
from ._cohere_client import async_copy, check_client, copy_of_async, is_async, raw_client, settings_of
from ._config import value_of
from ._errors import map_error
from ._plain_http import warn_of_plain_http
from ._request import CallSpec, Connection, Provider, Request
from ._secrets import keys_of_client, scrubber_of

_KEYS = ("CO_API_KEY", "COHERE_API_KEY")


class CohereRequest:
    """A request for a chat, which has not been sent.

    Args:
        ask: The call.
        body: The request's fields.
    """

    provider: str = "cohere"

    def __init__(self, ask: CallSpec, body: dict[str, Any]) -> None:
        self.ask = ask
        self._body = body
        self._used: Any = ask.client

    def decoder(self) -> Decoder:
        """Return a decoder for the answer's bytes."""
        return open_decoder("cohere.v2.chat", cap=self.ask.caps.event, sentinel_ends=self.ask.sentinel_ends)

    def load(self) -> None:
        """Import the SDK's client module, which loads most of the package."""
        importlib.import_module("cohere.client_v2")

    async def open(self) -> Connection:
        """Send the request and return the connection when the answer begins."""
        client = self._used = await self._client()
        warn_of_plain_http(cohere_wrapper(client).get_base_url(), provider=self.provider)
        raw = raw_client(client) if client is self.ask.client else client.with_raw_response
        opened = raw.chat_stream(**self._arguments(client))
        answer = await opened.__aenter__()
        return _CohereConnection(answer, opened)

    def error(self, error: Exception) -> StreamError:
        """Return the error of streamkit for an exception of the SDK or the transport."""
        return map_error(error, provider=self.provider, secrets=scrubber_of(self), address=self._request_url())

    def _request_url(self) -> str | None:
        """Return the host and the path of the request, which the SDK's errors do not name."""
        if self._used is None:
            return None
        found = urlsplit(str(cohere_wrapper(self._used).get_base_url()))
        return f"{found.netloc.rpartition('@')[2]}{found.path.rstrip('/')}/v2/chat"

    def secrets(self) -> Iterator[str]:
        """Yield the known keys: the environment's, the client's, and the result of a key function."""
        yield from (value for name in _KEYS if (value := os.environ.get(name)))
        yield from keys_of_client(self._used)

    def _arguments(self, client: Any) -> dict[str, Any]:
        """Return the keyword arguments for the SDK; unknown parameters go into the extra body."""
        known = inspect.signature(cast("Any", type(client)).chat_stream).parameters
        arguments = {name: value for name, value in self._body.items() if name in known}
        extra = {name: value for name, value in self._body.items() if name not in known}
        options = dict(arguments.pop("request_options", None) or {})
        options["additional_headers"] = {"accept-encoding": "identity", **options.get("additional_headers", {})}
        if extra:
            options["additional_body_parameters"] = {**extra, **options.get("additional_body_parameters", {})}
        return {**arguments, "request_options": options}

    async def _client(self) -> Any:
        client = self.ask.client
        if client is not None and is_async(client):
            if owned_by_loop(cohere_wrapper(client).httpx_client.httpx_client):
                return client
            return await client_here(("cohere", weakref.ref(client)), lambda: copy_of_async(client))
        if client is not None:
            settings = settings_of(client)
            kind = tuple((name, each if callable(each) else str(each)) for name, each in settings.items())
            return await client_here(("cohere", kind), lambda: async_copy(settings))
        key = self.ask.api_key or next((value for name in _KEYS if (value := os.environ.get(name))), None)
        if not key:
            raise ConfigurationError(f"{_KEYS[0]} is not set: set it, or pass api_key=… to the call.")
        if callable(key):
            key = await value_of(key)
        return await client_here(("cohere", key, self.ask.base_url, self.ask.transport), lambda: self._build(key))

    def _build(self, key: str) -> Any:
        import cohere
        import httpx

        address: dict[str, Any] = {"base_url": self.ask.base_url} if self.ask.base_url else {}
        return cohere.AsyncClientV2(
            api_key=key,
            httpx_client=plain_client(httpx, transport=self.ask.transport),
            log_warning_experimental_features=False,
            **address,
        )


class _CohereConnection(HttpConnection):
    """A connection that also closes the SDK's context manager around the answer."""

    def __init__(self, answer: Any, opened: Any) -> None:
        super().__init__(cohere_response(answer), request_id=answer.headers.get("x-request-id"))
        self._opened = opened

    async def aclose(self) -> None:
        try:
            await super().aclose()
        finally:
            await self._opened.__aexit__(None, None, None)


class CohereProvider(Provider):
    """Cohere, by the chat API of version 2."""

    name = "cohere"
    reserved = Provider.reserved | {"n"}

    def check(self, ask: CallSpec) -> None:
        """Check that the client is Cohere's."""
        if ask.client is not None:
            check_client(ask.client)

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a chat."""
        return cohere_body(ask)

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request."""
        return CohereRequest(ask, body)


PROVIDER: Provider = CohereProvider()
