"""LiteLLM in this process: LiteLLM sends the request, and our decoders read the provider's bytes where possible."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

from .._compat.private import http_of, set_handler_http
from ..errors import ConfigurationError, StreamError
from ..messages import Message
from ..transport import (
    AnswerHead,
    address_of,
    check_owned_by_loop,
    client_here,
    copy_for_loop,
    http_client,
    with_short_errors,
)
from ..wire import Decoder
from ..wire.openai_chat.request import chat_body
from ..wire.request import choices_of
from ._config import value_of
from ._errors import map_error
from ._litellm_quiet import without_cost
from ._litellm_route import ParsedBody, ParsedConnection, RawConnection, Route, RoutedDecoder, UnreadAnswer, wire_of
from ._plain import StatusError
from ._plain_http import warn_of_plain_http
from ._request import CallSpec, Connection, Provider, Request, decoding_of
from ._secrets import keys_of_client, scrubber_of
from .openai import with_usage

# Providers that LiteLLM requests by its own HTTP handler, which we replace by ours. Those that it requests by the
# openai SDK take a client of that SDK. All others keep LiteLLM's own clients.
_BY_HANDLER = frozenset(
    {
        *("anthropic", "deepseek", "fireworks_ai", "groq", "hosted_vllm", "mistral", "openrouter", "together_ai"),
        "xai",
    }
)

_OPENAI = "https://api.openai.com/v1"


class LiteLLMRequest:
    """A request through LiteLLM, which has not been sent.

    Args:
        ask: The call.
        body: The request's fields, in the form of chat completions.
        choices: The number of requested answers.
    """

    provider: str = "litellm"
    sdks = ("litellm",)

    def __init__(self, ask: CallSpec, body: dict[str, Any], *, choices: int) -> None:
        self.ask = ask
        self._body = body
        self._choices = choices
        self._key: str | None = None

    def decoder(self) -> Decoder:
        """Return a decoder for the answer's bytes."""
        return RoutedDecoder(choices=self._choices, **decoding_of(self.ask))

    def load(self) -> None:
        """Import LiteLLM, which takes two seconds."""
        fresh = "litellm" not in sys.modules
        litellm = _litellm()
        if fresh:
            litellm.suppress_debug_info = True  # otherwise LiteLLM prints a notice with every error

    async def open(self) -> Connection:
        """Send the request and return the connection when the answer begins."""
        litellm, ask = _litellm(), self.ask
        key = None if ask.api_key is None else await value_of(ask.api_key)
        _, vendor, own_key, address = litellm.get_llm_provider(ask.model, api_base=ask.base_url, api_key=key)
        self._key = own_key or key
        if ask.client is not None:
            client = await _on_this_loop(ask.client)
        elif vendor in _BY_HANDLER:
            client = _handler(await self._http())
        elif vendor == "openai" or vendor in litellm.openai_compatible_providers:
            client = await self._openai(vendor, address)
        else:
            client = None
        if self._key or ask.client is not None:
            warn_of_plain_http(_address_of(client) or address or ask.base_url, provider=self.provider)
        settings = {"api_key": key, "api_base": ask.base_url, "client": client}
        arguments = {**self._body, **{name: value for name, value in settings.items() if value is not None}}
        if not ask.stream:
            return await self._open_body(arguments, vendor)
        opened = await litellm.acompletion(**without_cost(arguments, stream=True, max_retries=0, num_retries=0))
        response = _response_of(opened, client)
        api = None if response is None or self._reshaped(opened, vendor) else wire_of(response)
        if api is None:
            return ParsedConnection(Route("openai_compatible.chat", vendor, raw=False), opened, response)
        return RawConnection(Route(api, vendor, raw=True), response, opened)

    async def _open_body(self, arguments: dict[str, Any], vendor: str) -> Connection:
        """Send a request without streaming; where the bytes can be read, the connection begins before the body."""

        def leave(response: Any) -> None:
            if response.is_success and wire_of(response) is not None and not self._reshaped_body(response, vendor):
                raise UnreadAnswer(response)

        client = arguments.get("client")
        if client is not None:
            arguments = {**arguments, "client": _watched(client, leave)}
        try:
            opened = await _litellm().acompletion(**without_cost(arguments, stream=False, max_retries=0, num_retries=0))
        except UnreadAnswer as answer:
            return RawConnection(Route(wire_of(answer.response) or "", vendor, raw=True), answer.response)
        return ParsedBody(Route("openai_compatible.chat", vendor, raw=False), opened, None)

    def _reshaped_body(self, response: Any, vendor: str) -> bool:
        """Return whether LiteLLM would change the answer: it asks for JSON by a tool, or renames tools."""
        tools = cast("list[dict[str, Any]]", self._body.get("tools") or [])
        names = [each.get("function", each).get("name") for each in tools]
        sent = response.request.content
        renamed = any(name is not None and json.dumps(name).encode() not in sent for name in names)
        return renamed or self._asks_json_by_tool(vendor)

    def error(self, error: Exception) -> StreamError:
        """Return the error of streamkit for the exception that LiteLLM's own exception wraps."""
        cause = next((each for each in _causes(error) if type(each).__module__.partition(".")[0] != "litellm"), error)
        if isinstance(cause, ImportError) and cause.name:
            missing = cause.name.partition(".")[0]
            return ConfigurationError(
                f"LiteLLM needs {missing} for this: pip install '{missing}'", provider=self.provider
            )
        if cause is error and type(error).__module__.startswith("litellm"):
            cast("Any", error).body = {"message": str(getattr(error, "message", error)).partition("\n")[0]}
        return map_error(_refusal(cause), provider=self.provider, secrets=scrubber_of(self))

    def _reshaped(self, opened: Any, vendor: str) -> bool:
        """Return whether LiteLLM changes the answer: a tool call into JSON, or the names of tools."""
        stream = getattr(opened, "completion_stream", None)
        return self._asks_json_by_tool(vendor) or bool(getattr(stream, "tool_name_reverse_map", None))

    def _asks_json_by_tool(self, vendor: str) -> bool:
        return "response_format" in self._body and vendor in _BY_HANDLER

    async def _http(self) -> Any:
        network = self.ask.network
        openai = importlib.import_module("openai")  # LiteLLM depends on it, and its client can use aiohttp
        return await client_here(("litellm", network), lambda: http_client(openai, transport=network))

    async def _openai(self, vendor: str, address: str | None) -> Any:
        litellm, openai = _litellm(), importlib.import_module("openai")
        key = self._key = self._key or litellm.api_key or litellm.openai_key or os.environ.get("OPENAI_API_KEY")
        if not key and vendor == "openai":
            raise ConfigurationError("OPENAI_API_KEY is not set: set it, or pass api_key=… to the call.")
        names = ("OPENAI_BASE_URL", "OPENAI_API_BASE")
        address = (
            address or litellm.api_base or next((os.environ[name] for name in names if name in os.environ), _OPENAI)
        )
        network = self.ask.network

        def build() -> Any:
            importlib.import_module("openai.resources.chat.completions")  # here in a thread, and not on the loop
            return openai.AsyncOpenAI(
                api_key=key or "none",
                base_url=address,
                max_retries=0,
                timeout=None,
                default_headers={"accept-encoding": "identity"},
                http_client=http_client(openai, transport=network),
            )

        return await client_here(("litellm", key, address, network), build)

    def secrets(self) -> Iterator[str]:
        """Yield the known keys: the one that LiteLLM has found, and the client's."""
        if self._key is not None:
            yield self._key
        yield from keys_of_client(self.ask.client)


def _litellm(part: str = "") -> Any:
    """Import LiteLLM, or a module of LiteLLM's, without the download of the price list."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    try:
        return importlib.import_module(f"litellm{part}")
    except ImportError as error:
        raise ConfigurationError(
            "litellm is not installed: pip install 'litellm[mcp]>=1.100'", provider="litellm"
        ) from error


async def _on_this_loop(client: Any) -> Any:
    """Return a user's client for the running loop: a client of openai's, or an HTTP handler of LiteLLM's.

    Raises:
        ConfigurationError: The client belongs to another loop and cannot be copied.
    """
    if hasattr(client, "with_options"):
        return await copy_for_loop(client, "openai") or client
    if hasattr(http := getattr(client, "client", None), "build_request"):
        check_owned_by_loop(http, "one handler for each loop")
    return client


def _handler(http: Any) -> Any:
    """Return an HTTP handler for LiteLLM that sends with our client, once and without redirects."""
    base: Any = importlib.import_module("litellm.llms.custom_httpx.http_handler").AsyncHTTPHandler

    class Handler(base):
        response: Any = None

        def __init__(self) -> None:
            self.own_http = http
            set_handler_http(self, http)
            self.timeout = self.event_hooks = self.client_alias = None

        async def post(self, url: str, data: Any = None, **options: Any) -> Any:
            stream = options.pop("stream", False)
            kept = {
                name: options[name] for name in ("json", "params", "headers", "files", "content") if name in options
            }
            if data is not None:
                kept["content" if isinstance(data, (str, bytes)) else "data"] = data
            headers: dict[str, Any] = {**(kept.pop("headers", None) or {}), "accept-encoding": "identity"}
            self.response = await http.send(http.build_request("POST", url, headers=headers, **kept), stream=stream)
            if not self.response.is_success:
                await self.response.aread()
            return self.response.raise_for_status()

    return Handler()


def _watched(client: Any, on_answer: Callable[[Any], None]) -> Any:
    """Return a copy of a client for one request, whose answer is seen before the body is read.

    A user's own handler is used as it is: its answers are LiteLLM's.
    """
    if hasattr(client, "with_options"):
        return client.with_options(http_client=with_short_errors(http_of(client), on_answer=on_answer))
    ours = getattr(client, "own_http", None)
    return client if ours is None else _handler(with_short_errors(ours, on_answer=on_answer))


def _address_of(client: Any) -> str | None:
    """Return the address of a client of OpenAI's SDK; a handler has no address."""
    address = getattr(client, "base_url", None)
    return None if address is None else str(address)


def _response_of(opened: Any, client: Any) -> Any:
    """Return the unread HTTP response under LiteLLM's stream, or None."""
    stream = getattr(opened, "completion_stream", None)
    found = [getattr(stream, name, None) for name in ("response", "http_response")]
    return next((each for each in (*found, getattr(client, "response", None)) if _is_unread(each)), None)


def _is_unread(response: Any) -> bool:
    """Return whether this is a response whose body has not been read."""
    return hasattr(response, "extensions") and not response.is_stream_consumed


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and each not in seen:
        seen.append(each)
        yield each
        each = getattr(each, "original_exception", None) or each.__cause__ or each.__context__


def _refusal(error: BaseException) -> Exception:
    """Return httpx's status error with the body, as an SDK's error has one; return other errors unchanged."""
    response: Any = getattr(error, "response", None)
    if response is None or not hasattr(response, "is_stream_consumed") or hasattr(error, "status_code"):
        return cast("Exception", error)
    url = ""
    with contextlib.suppress(Exception):  # httpx's property raises if there is no request
        url = address_of(str(response.url))
    head = AnswerHead(response.status_code, response.headers.copy(), url)
    with contextlib.suppress(Exception):
        return StatusError(head, json.loads(response.content))
    return StatusError(head, None)


def _in_litellms_form(message: Message) -> Message:
    """Return a message whose calls stand beside its content: LiteLLM drops calls that are Anthropic's blocks."""
    if not isinstance(message, dict) or not isinstance(message.get("content"), list):
        return message
    blocks = cast("list[dict[str, Any]]", message["content"])
    calls = [each for each in blocks if each.get("type") == "tool_use"]
    if not calls:
        return message
    others = [each for each in blocks if each.get("type") != "tool_use"]
    return {**message, "content": others or None, "tool_calls": [_call(each) for each in calls]}


def _call(block: dict[str, Any]) -> dict[str, Any]:
    function = {"name": block["name"], "arguments": json.dumps(block["input"])}
    return {"id": block["id"], "type": "function", "function": function}


class LiteLLMProvider(Provider):
    """LiteLLM; the model is ``litellm/`` and then LiteLLM's own model string."""

    name = "litellm"
    transports = ("sdk",)
    reserved = Provider.reserved | {"api_base", "base_url", "max_retries", "num_retries"}

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a chat completion."""
        messages = tuple(_in_litellms_form(message) for message in ask.messages)
        return with_usage(chat_body(replace(ask, messages=messages), provider=self.name), ask)

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request."""
        return LiteLLMRequest(ask, body, choices=choices_of(ask.params))


PROVIDER: Provider = LiteLLMProvider()
