"""Ollama's own chat, by plain HTTP to where it runs: no key, no SDK."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

from ..asked import RequestInputs
from ..errors import ConfigurationError, StreamError, TransportError
from ..messages import BaseMessageParam, ImagePart, Message, ToolResultPart
from ..runtime import in_worker
from ..tool import ToolCall
from ..transport import at_home, looks
from ._chat_form import arguments_of, bytes_of, from_chat
from ._common import cannot, check, schema_of, tool_fields
from ._errors import is_refused
from ._ollama_host import ollama_address
from ._plain import PlainRequest, StatusError
from ._request import Ask, Provider, Request
from ._vendor import Vendor

OLLAMA = Vendor("ollama", "ollama.chat", base_url_env="OLLAMA_HOST")
_KEY = "OLLAMA_API_KEY"
_RESERVED = frozenset({"stream", "model", "messages", "tools", "n"})
# What stands beside the conversation; every other name is an option of the model's.
_BESIDE = frozenset(
    {
        *("format", "keep_alive", "logprobs", "options", "think", "top_logprobs", "truncate", "shift"),
        *("extra_headers", "extra_query", "extra_body"),
    }
)


class OllamaRequest(PlainRequest):
    """One chat that has not been sent."""

    def error(self, error: Exception) -> StreamError:
        """Say in our terms what an exception of the server's or the transport's means."""
        if isinstance(error, StatusError):
            _read_refusal(error)
        if is_refused(error) and self._is_at(where := self._checked_address() or ""):
            hint = "start it with `ollama serve`, or set OLLAMA_HOST to where it runs"
            return super().error(TransportError(f"No Ollama answers at {where}: {hint}.", provider=self.provider))
        return super().error(error)

    def _is_at(self, address: str) -> bool:
        """Whether the server itself was to be connected to, and no proxy; a client of the user's does not tell."""
        found = urlsplit(address)
        return self._attempt.peer in (None, (found.hostname, found.port))

    async def _client(self) -> Any:
        http = self.ask.client
        if http is not None and not at_home(http) and await in_worker(lambda: _is_the_sdks(http)):
            return await self._own_client()  # what it was set to is in the address and the headers already
        return await super()._client()

    def _address(self) -> str | None:
        return ollama_address(self.ask.base_url or os.environ.get("OLLAMA_HOST") or "")

    def _key(self) -> Any:
        return self.ask.api_key or os.environ.get(_KEY)

    def _headers(self, url: str, key: str) -> dict[str, str]:
        return {"authorization": f"Bearer {key}"} if self._key() else {}


class OllamaProvider:
    """The models that Ollama runs, by its own API; its chat wire like OpenAI's is the row ``ollama-openai``."""

    name = "ollama"

    def request(self, ask: Ask) -> Request:
        """Check a call and make its request; nothing is imported or sent.

        Raises:
            ConfigurationError: Ollama cannot do this.
        """
        check(ask.params, reserved=_RESERVED)
        body = ollama_body(ask)
        if ask.client is not None and not hasattr(ask.client, "build_request"):
            ask, headers = _of_client(ask)
            body["extra_headers"] = {**headers, **(body.get("extra_headers") or {})}
        return OllamaRequest(ask, OLLAMA, path="/api/chat", body=body)


def ollama_body(ask: RequestInputs) -> dict[str, Any]:
    """Write a call as the body of a chat request.

    Args:
        ask: The call.

    Raises:
        ConfigurationError: The wire has no place for something that is asked.
    """
    params = {name: value for name, value in ask.params.items() if value is not None}
    choice = params.pop("tool_choice", "auto")
    if choice not in ("auto", "none"):
        raise cannot("ollama", f"tool_choice={choice!r}: the model chooses, or give it no tools")
    body: dict[str, Any] = {"model": ask.model, "messages": _messages(ask.messages), "stream": True}
    if ask.tools and choice == "auto":
        body["tools"] = [_tool(tool) for tool in ask.tools]
    if "json_schema" in params:
        body["format"] = schema_of(params.pop("json_schema"))[1]
    if "max_tokens" in params:
        params["num_predict"] = params.pop("max_tokens")
    if isinstance(stop := params.get("stop"), str):
        params["stop"] = [stop]
    body |= {name: params.pop(name) for name in _BESIDE if name in params}
    if params:
        body["options"] = {**params, **body.get("options", {})}
    return body


def _messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Write the conversation; each result of a tool is a message of its own."""
    told: list[dict[str, Any]] = []
    names: dict[str | None, str] = {}
    for message in messages:
        if isinstance(message, dict) and not _is_chats(message):
            told.append(message)
            continue
        given = from_chat(message) if isinstance(message, dict) else message
        parts = [given.content] if isinstance(given.content, str) else list(given.content)
        names |= {part.id: part.name for part in parts if isinstance(part, ToolCall) and part.id}
        results = [part for part in parts if isinstance(part, ToolResultPart)]
        told += [_result(part, names) for part in results] or [_message(given, parts)]
    return told


def _is_chats(message: Mapping[str, Any]) -> bool:
    """Whether a message has the chat wire's form where Ollama's differs: parts, arguments as text, a call's id."""
    calls = cast("list[dict[str, Any]]", message.get("tool_calls") or [])
    functions = [cast("dict[str, Any]", call.get("function") or {}) for call in calls]
    as_text = any(isinstance(function.get("arguments"), str) for function in functions)
    return as_text or "tool_call_id" in message or isinstance(message.get("content"), (list, tuple))


def _message(message: BaseMessageParam, parts: Sequence[Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"role": message.role}
    texts: list[str] = []
    images: list[str] = []
    calls: list[dict[str, Any]] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, ImagePart):
            images.append(_image(part))
        elif isinstance(part, ToolCall):
            calls.append(_call(part))
        else:
            raise cannot("ollama", f"a message part of type {type(part).__name__}")
    told["content"] = "\n".join(texts)
    return {**told, **({"images": images} if images else {}), **({"tool_calls": calls} if calls else {})}


def _image(part: ImagePart) -> str:
    data = part.data
    if part.url:
        found = bytes_of(part.url)
        if found is None:
            raise cannot("ollama", "an image by its address: give its bytes")
        data = found[1]
    return base64.b64encode(data).decode()


def _call(call: ToolCall) -> dict[str, Any]:
    told: dict[str, Any] = {"function": {"name": call.name, "arguments": arguments_of(call, "ollama")}}
    return {"id": call.id, **told} if call.id else told


def _result(part: ToolResultPart, names: Mapping[str | None, str]) -> dict[str, Any]:
    told: dict[str, Any] = {"role": "tool", "content": part.output}
    if name := part.name or names.get(part.id):
        told["tool_name"] = name
    return {**told, "tool_call_id": part.id} if part.id else told


def _tool(tool: Any) -> dict[str, Any]:
    fields = tool_fields(tool)
    return cast("dict[str, Any]", tool) if fields is None else {"type": "function", "function": fields}


def _read_refusal(error: StatusError) -> None:
    """Put what Ollama says where the error map looks for it."""
    body: Any = error.body
    said: Any = cast("dict[str, Any]", body).get("error") if isinstance(body, dict) else None
    if isinstance(said, str):
        error.body = {"message": said}


def _of_client(ask: Ask) -> tuple[Ask, dict[str, str]]:
    """Take what a user's client of the SDK holds: an async one's HTTP client, or a sync one's address and headers."""
    http: Any = getattr(ask.client, "_client", None)
    if not hasattr(http, "build_request"):
        raise ConfigurationError(f"client= takes an ollama.AsyncClient, not {type(ask.client).__name__}.")
    names = {cls.__name__ for cls in type(http).__mro__}
    headers = {name: value for name, value in http.headers.items() if name == "authorization" or name[:2] == "x-"}
    address = ask.base_url or str(http.base_url)
    return replace(ask, client=http if "AsyncClient" in names else None, base_url=address), headers


def _is_the_sdks(http: Any) -> bool:
    """Whether an HTTP client is one that the SDK makes by itself: compared with one just made so."""
    sdk: Any = sys.modules.get("ollama")
    if sdk is None:
        return False
    return looks(http) == looks(sdk.AsyncClient(host=str(http.base_url), headers=dict(http.headers))._client)


def sdk_event(**raw: Any) -> Any:
    """Build the SDK's own object for a line of a chat, where ollama is installed; else it stays a dict.

    Args:
        raw: The line's fields.
    """
    return _sdk_object("ChatResponse", raw)


def sdk_generate_event(**raw: Any) -> Any:
    """Build the SDK's own object for a line of a bare prompt's answer, likewise.

    Args:
        raw: The line's fields.
    """
    return _sdk_object("GenerateResponse", raw)


def _sdk_object(name: str, raw: dict[str, Any]) -> Any:
    try:
        import ollama
    except ImportError:
        return raw
    return getattr(ollama, name)(**raw)


PROVIDER: Provider = OllamaProvider()
