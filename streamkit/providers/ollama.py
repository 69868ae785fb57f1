"""Ollama's own chat API by plain HTTP, without an SDK."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

from .._compat.private import http_of
from ..errors import ConfigurationError, StreamError, TransportError
from ..runtime import to_thread
from ..transport import HttpClient, client_settings, owned_by_loop
from ..wire.ollama.request import ollama_body
from ._config import ProviderConfig
from ._errors import is_refused
from ._ollama_host import ollama_address
from ._plain import PlainRequest, StatusError
from ._request import CallSpec, Provider, Request

OLLAMA = ProviderConfig("ollama", "ollama.chat", base_url_env="OLLAMA_HOST", sdks=("ollama",))

_KEY = "OLLAMA_API_KEY"


class OllamaRequest(PlainRequest):
    """A request for a chat, which has not been sent."""

    def error(self, error: Exception) -> StreamError:
        """Return the error of streamkit for an exception of the server or the transport."""
        if isinstance(error, StatusError):
            _read_refusal(error)
        if is_refused(error) and self._is_at(where := self._checked_address() or ""):
            hint = "start it with `ollama serve`, or set OLLAMA_HOST to where it runs"
            return super().error(TransportError(f"No Ollama answers at {where}: {hint}.", provider=self.provider))
        return super().error(error)

    def _is_at(self, address: str) -> bool:
        """Return whether the connection was to the server itself and not to a proxy, as far as that is known."""
        found = urlsplit(address)
        return self._attempt.peer in (None, (found.hostname, found.port))

    async def _client(self, url: str) -> HttpClient:
        http = self.ask.client
        if http is not None and not owned_by_loop(http) and await to_thread(lambda: _is_the_sdks(http)):
            return await self._own_client(url)  # its settings are in the address and the headers already
        return await super()._client(url)

    def _address(self) -> str | None:
        return ollama_address(self.ask.base_url or os.environ.get("OLLAMA_HOST") or "")

    def _key(self) -> Any:
        return self.ask.api_key or os.environ.get(_KEY)

    def _headers(self, url: str, key: str) -> dict[str, str]:
        return {"authorization": f"Bearer {key}"} if self._key() else {}


class OllamaProvider(Provider):
    """Ollama, by Ollama's own API; ``ollama-openai`` is the provider for OpenAI's API on Ollama."""

    name = "ollama"
    transports = ("direct",)
    reserved = Provider.reserved | {"n"}

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a chat."""
        return {**ollama_body(ask), "stream": ask.stream}

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request; a client of Ollama's SDK gives only settings and headers."""
        if ask.client is not None and not hasattr(ask.client, "build_request"):
            ask, headers = _of_client(ask)
            body["extra_headers"] = {**headers, **(body.get("extra_headers") or {})}
        return OllamaRequest(ask, OLLAMA, path="/api/chat", body=body)


def _read_refusal(error: StatusError) -> None:
    """Put Ollama's message into the field that `map_error` reads."""
    body: Any = error.body
    message: Any = cast("dict[str, Any]", body).get("error") if isinstance(body, dict) else None
    if isinstance(message, str):
        error.body = {"message": message}


def _of_client(ask: CallSpec) -> tuple[CallSpec, dict[str, str]]:
    """Return the call with the SDK client's address and async HTTP client, and the SDK client's headers."""
    http: Any = None
    with contextlib.suppress(AttributeError):
        http = http_of(ask.client)
    if not hasattr(http, "build_request"):
        raise ConfigurationError(f"client= takes an ollama.AsyncClient, not {type(ask.client).__name__}.")
    names = {cls.__name__ for cls in type(http).__mro__}
    headers = {name: value for name, value in http.headers.items() if name == "authorization" or name[:2] == "x-"}
    address = ask.base_url or str(http.base_url)
    return replace(ask, client=http if "AsyncClient" in names else None, base_url=address), headers


def _is_the_sdks(http: Any) -> bool:
    """Return whether an HTTP client is the SDK's default, by a comparison with a new default one."""
    sdk: Any = sys.modules.get("ollama")
    if sdk is None:
        return False
    own = sdk.AsyncClient(host=str(http.base_url), headers=dict(http.headers))
    return client_settings(http) == client_settings(http_of(own))


PROVIDER: Provider = OllamaProvider()
