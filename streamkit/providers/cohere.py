"""Cohere's chat (v2), requested directly or by the official SDK."""

from __future__ import annotations

import importlib
import inspect
import weakref
from collections.abc import Iterator
from typing import Any, cast

from .._compat.private import cohere_response, cohere_wrapper
from ..runtime.logging import info
from ..transport import HttpConnection, client_here, owned_by_loop, plain_client
from ..wire.cohere.request import cohere_body
from ._cohere_client import async_copy, check_client, copy_of_async, is_async, raw_client, settings_of
from ._config import ConfiguredRequest, ProviderConfig, value_of, without_scheme
from ._direct import COHERE_SDK, DirectRequest, RequestMaker
from ._plain_http import warn_of_plain_http
from ._request import CallSpec, Connection, Provider, Request
from ._secrets import address_without_keys, keys_of_client

COHERE = ProviderConfig("cohere", "cohere.v2.chat", keys=("CO_API_KEY", "COHERE_API_KEY"), base_url_env="CO_API_URL")

# The SDK's names for what the generated SDKs call by the names on the right.
_OPTIONS = {
    "additional_headers": "extra_headers",
    "additional_query_parameters": "extra_query",
    "additional_body_parameters": "extra_body",
    "timeout_in_seconds": "timeout",
}


class CohereRequest(ConfiguredRequest):
    """A request for a chat through the SDK, which has not been sent.

    Args:
        ask: The call.
        body: The request's fields.
        reason: The reason why the call needs the SDK, for the log; None if the user chose the SDK by name.
    """

    def __init__(self, ask: CallSpec, body: dict[str, Any], *, reason: str | None = None) -> None:
        super().__init__(ask, COHERE)
        self._body = body
        self._reason = reason
        self._used: Any = ask.client
        self.sdks = ("cohere",)

    def load(self) -> None:
        """Import the SDK's client module, which loads most of the package."""
        importlib.import_module("cohere.client_v2")

    async def open(self) -> Connection:
        """Send the request and return the connection when the answer begins."""
        if self._reason is not None:
            info("opened_by_sdk", provider=self.provider, sdk="cohere", reason=self._reason)
        client = self._used = await self._client()
        warn_of_plain_http(cohere_wrapper(client).get_base_url(), provider=self.provider)
        raw = raw_client(client) if client is self.ask.client else client.with_raw_response
        opened = raw.chat_stream(**self._arguments(client))
        answer = await opened.__aenter__()
        return _CohereConnection(answer, opened)

    @property
    def server(self) -> str:
        """The address whose answers a cache keeps apart from those of others, without keys."""
        client = self.ask.client
        return super().server if client is None else address_without_keys(cohere_wrapper(client).get_base_url())

    def _where(self) -> str | None:
        if self._used is None:
            return None
        return without_scheme(str(cohere_wrapper(self._used).get_base_url())) + "/v2/chat"

    def secrets(self) -> Iterator[str]:
        """Yield the known keys: the environment's, the client's, and the result of a key function."""
        yield from super().secrets()
        yield from keys_of_client(self._used)

    def _arguments(self, client: Any) -> dict[str, Any]:
        """Return the keyword arguments for the SDK; unknown parameters go into the extra body."""
        known = inspect.signature(cast("Any", type(client)).chat_stream).parameters
        arguments = {name: value for name, value in self._body.items() if name in known}
        extra = {name: value for name, value in self._body.items() if name not in known}
        options = dict(arguments.pop("request_options", None) or {})
        for name, generated in _OPTIONS.items():
            if generated in extra:
                value = extra.pop(generated)
                options[name] = {**options.get(name, {}), **value} if isinstance(value, dict) else value
        options["additional_headers"] = {"accept-encoding": "identity", **options.get("additional_headers", {})}
        if not self.ask.stream:
            extra["stream"] = False  # the SDK's other method would read the body into its own objects
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
        key = await value_of(self._checked_key())
        return await client_here(("cohere", key, self._address(), self.ask.network), lambda: self._build(key))

    def _build(self, key: str) -> Any:
        import cohere
        import httpx

        found = self._address()
        address: dict[str, Any] = {"base_url": found} if found else {}
        return cohere.AsyncClientV2(
            api_key=key,
            httpx_client=plain_client(httpx, transport=self.ask.network),
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
    transports = ("direct", "sdk")
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
        return _CohereMaker(body).make(ask)


class _CohereMaker(RequestMaker):
    __slots__ = ("body",)

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(COHERE, COHERE_SDK)
        self.body = body

    def direct(self, ask: CallSpec) -> Request:
        fields = _with_generated_names(self.body)
        return DirectRequest(ask, COHERE, COHERE_SDK, path="v2/chat", body=fields)

    def by_sdk(self, ask: CallSpec, reason: str | None) -> Request:
        return CohereRequest(ask, self.body, reason=reason)


def _with_generated_names(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with the SDK's ``request_options`` under the names that the generated SDKs have for them."""
    if "request_options" not in body:
        return body
    fields: dict[str, Any] = dict(body)
    options: dict[str, Any] = fields.pop("request_options") or {}
    for name, generated in _OPTIONS.items():
        value = options.get(name)
        if value is not None:
            fields[generated] = {**(fields.get(generated) or {}), **value} if isinstance(value, dict) else value
    return fields


PROVIDER: Provider = CohereProvider()
