"""OpenAI's chat completions, opened by the official SDK; its bytes are read by our own wire."""

from __future__ import annotations

import importlib
import inspect
import os
import weakref
from collections.abc import Callable
from typing import Any, cast

from ..errors import ConfigurationError, StreamError
from ..messages import BaseMessageParam, Message
from ..transport import HttpConnection, client_here, http_client
from ._errors import map_error
from ._request import Ask, Connection, Provider, Request

_KEY = "OPENAI_API_KEY"
# A user's client, and the copy of it that does not retry: retries belong to one place, which is not the SDK.
_without_retries: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


class OpenAIRequest:
    """One chat completion that has not been sent.

    Args:
        ask: What is asked.
    """

    provider = "openai"
    api = "openai.chat"
    vendor = "openai"

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.choices = _choices(ask.params)

    def load(self) -> None:
        """Import the SDK, which takes a second."""
        importlib.import_module("openai.resources.chat.completions")  # else it comes with the first call

    async def open(self) -> Connection:
        """Send the request and return when its answer begins."""
        client = await self._client()
        create: Any = client.chat.completions.with_streaming_response.create
        response = await create(**self._arguments(client)).__aenter__()
        return HttpConnection(response.http_response, request_id=response.request_id)

    def error(self, error: Exception) -> StreamError:
        """Say in our terms what an exception of the SDK's or the transport's means."""
        return map_error(error, provider=self.provider, secrets=self._secrets())

    def _arguments(self, client: Any) -> dict[str, Any]:
        """Build the keyword arguments for the SDK; what it does not know goes into the body as it is."""
        known = inspect.signature(cast("Any", type(client.chat.completions)).create).parameters
        params = dict(self.ask.params)
        extra = {name: params.pop(name) for name in list(params) if name not in known}
        if extra:
            params["extra_body"] = {**extra, **(params.get("extra_body") or {})}
        if self.ask.tools:
            params["tools"] = list(self.ask.tools)
        params["stream_options"] = {"include_usage": True, **(params.get("stream_options") or {})}
        params["extra_headers"] = {"accept-encoding": "identity", **(params.get("extra_headers") or {})}
        messages = [_as_dict(message) for message in self.ask.messages]
        return {"model": self.ask.model, "messages": messages, **params, "stream": True}

    async def _client(self) -> Any:
        client = self.ask.client
        if client is None:
            key = self.ask.api_key or os.environ.get(_KEY)
            if not key:
                raise ConfigurationError(f"{_KEY} is not set: set it, or pass api_key=… to the call.")
            address = self.ask.base_url or os.environ.get("OPENAI_BASE_URL")
            return await client_here(("openai", key, address), self._build)
        if not inspect.iscoroutinefunction(client.post):
            return await client_here(("openai", id(client)), lambda: _async_copy(client))
        if client.max_retries == 0:
            return client
        if client not in _without_retries:
            _without_retries[client] = client.with_options(max_retries=0)
        return _without_retries[client]

    def _build(self) -> Any:
        import openai

        key = self.ask.api_key
        return openai.AsyncOpenAI(
            api_key=_async_key(key) if callable(key) else key,
            base_url=self.ask.base_url,
            max_retries=0,
            timeout=None,
            http_client=http_client(openai),
        )

    def _secrets(self) -> tuple[str, ...]:
        key = self.ask.api_key
        keys = [key, os.environ.get(_KEY), getattr(self.ask.client, "api_key", None)]
        texts = [_as_dict(message).get("content") for message in self.ask.messages]
        return tuple(each for each in (*keys, *texts) if isinstance(each, str))


class OpenAIProvider:
    """OpenAI, and through ``base_url`` any server that speaks its chat wire."""

    name = "openai"

    def request(self, ask: Ask) -> Request:
        """Check a call and make its request; nothing is imported or sent."""
        reserved = {"stream", "model", "messages"} & ask.params.keys()
        if reserved:
            raise ConfigurationError(f"{', '.join(sorted(reserved))} cannot be given here: streamkit sets it itself.")
        if ask.client is not None:
            check_client(ask.client)
        return OpenAIRequest(ask)


def check_client(client: Any) -> None:
    """Say at once whether a client is one that we can use.

    Raises:
        ConfigurationError: It is not the SDK's, or a sync one with an HTTP client of its own.
    """
    names = {cls.__name__ for cls in type(client).__mro__ if cls.__module__.partition(".")[0] == "openai"}
    if "AsyncOpenAI" in names:
        return
    if "OpenAI" not in names:
        raise ConfigurationError(f"client= takes an openai.AsyncOpenAI, not {type(client).__name__}.")
    if type(client._client).__name__ != "SyncHttpxClientWrapper":
        raise ConfigurationError(
            "This OpenAI client has a sync HTTP client of its own, which cannot be used here: "
            f"pass openai.Async{type(client).__name__} with an async http_client."
        )


def _async_copy(client: Any) -> Any:
    """Copy a sync client's settings to an async one."""
    import openai

    kind = getattr(openai, f"Async{type(client).__name__}", openai.AsyncOpenAI)
    return kind(
        api_key=client.api_key,
        base_url=client.base_url,
        organization=client.organization,
        project=client.project,
        default_headers=client._custom_headers,
        default_query=client._custom_query,
        timeout=client.timeout,
        max_retries=0,
        http_client=http_client(openai),
    )


def _async_key(key: Callable[[], Any]) -> Callable[[], Any]:
    async def ask() -> str:
        value = key()
        return cast("str", await value if inspect.isawaitable(value) else value)

    return ask


def _choices(params: dict[str, Any]) -> int:
    n = params.get("n")
    if n is None:
        return 1
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ConfigurationError(f"n={n!r}: ask for a whole number of choices, 1 or more.")
    return n


def _as_dict(message: Message) -> dict[str, Any]:
    return message.to_dict() if isinstance(message, BaseMessageParam) else message


PROVIDER: Provider = OpenAIProvider()
