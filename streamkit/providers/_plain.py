"""Requests of our own, without an SDK: one POST of JSON, whose answer is the stream."""

from __future__ import annotations

import importlib
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from ..errors import ConfigurationError, StreamError
from ..transport import (
    AnswerHead,
    Attempt,
    HttpAnswer,
    HttpClient,
    HttpxClient,
    address_of,
    check_owned_by_loop,
    current_attempt,
    direct_client,
    direct_libraries,
    error_body,
)
from ._config import NO_KEY, ConfiguredRequest, ProviderConfig, request_id_of, value_of
from ._errors import map_error
from ._plain_http import public_http_host, warn_of_plain_http
from ._request import CallSpec, Connection
from ._secrets import address_without_keys, keys_in, keys_of_client, scrubber_of

_NO_ATTEMPT = Attempt()

_NOTHING: Mapping[str, Any] = {}


class PlainRequest(ConfiguredRequest):
    """A request by plain HTTP, which has not been sent.

    A subclass may override ``_url`` (an address of more than two parts) and ``_headers`` (a key in another header,
    or a signature over the content). ``extra_headers``, ``extra_query`` and ``extra_body`` in the body have the same
    meaning as in the generated SDKs.

    Args:
        ask: The call.
        config: The provider's settings, which must have an address if the call has none.
        path: The path behind the address, such as ``/chat/completions``.
        body: The request's fields; they are written as JSON at once, so that an error is raised at once.
        query: The parameters of the address.
        choices: The number of requested answers.

    Raises:
        ConfigurationError: A field of the body cannot be written as JSON, or ``client=`` is no async httpx client.
    """

    def __init__(
        self,
        ask: CallSpec,
        config: ProviderConfig,
        *,
        path: str,
        body: Mapping[str, Any],
        query: Mapping[str, Any] | None = None,
        choices: int = 1,
    ) -> None:
        super().__init__(ask, config, choices=choices)
        fields = dict(body)
        given: dict[str, Any] = fields.pop("extra_headers", None) or {}
        self._extra_headers: Mapping[str, Any] = dict(given) if given else _NOTHING
        self._timeout: Any = fields.pop("timeout", ...)
        more: dict[str, Any] = fields.pop("extra_query", None) or {}
        self._query: Mapping[str, Any] = {**(query or {}), **more} if query or more else _NOTHING
        fields |= fields.pop("extra_body", None) or {}
        self._path = path
        self._content = _as_json(fields)
        self._resolved_key: str | None = None
        self._attempt = _NO_ATTEMPT
        self._sent_headers: Mapping[str, str] = _NOTHING
        self._sent_to: str | None = None
        if ask.client is not None:
            self._check_client(ask.client)

    def load(self) -> None:
        """Import the HTTP library."""
        for name in direct_libraries(self.ask.network or self.ask.client):
            importlib.import_module(name)

    async def open(self) -> Connection:
        """Send the request and return the connection when the answer begins.

        Raises:
            ConfigurationError: A key or an address is missing.
            StatusError: The server answers with an error.
        """
        self._attempt = current_attempt()
        key, url = self._checked_key(), self._url()  # a missing key is named before a missing address
        self._resolved_key = await value_of(key)
        self._sent_to = url
        self._sent_headers = self._all_headers(url, self._resolved_key)
        target = _with_query(url, self._query) if self._query else url
        client = await self._client(target)
        if public_http_host(url) is not None and self._sends_key():
            warn_of_plain_http(url, provider=self.provider)
        timeouts = ... if self._timeout is ... else _as_timeouts(self._timeout)
        answer = await client.post(target, headers=self._sent_headers, content=self._content, timeouts=timeouts)
        if not 200 <= answer.status_code < 300:
            raise await _refusal(answer)
        answer.request_id = request_id_of(answer)
        return answer

    def error(self, error: Exception) -> StreamError:
        """Return the error of streamkit for an exception of the server or the transport."""
        where = self.sent_to and self.sent_to.partition("://")[2]
        return map_error(error, provider=self.provider, secrets=scrubber_of(self), address=where)

    @property
    def sent_to(self) -> str | None:
        """The address that the request was sent to, without query and password."""
        return self._sent_to and address_of(self._sent_to)

    @property
    def server(self) -> str:
        """The address whose answers a cache keeps apart from those of others, without keys.

        Raises:
            ConfigurationError: There is no address.
        """
        return address_without_keys(_with_query(self._url(), self._query))

    def _all_headers(self, url: str, key: str) -> dict[str, str]:
        """Return the headers by their names in lower case; those of the call come last."""
        own = {"content-type": "application/json", "accept-encoding": "identity"}
        if self.ask.client is None:
            own["user-agent"] = _user_agent()
        found: dict[str, Any] = own | {name.lower(): value for name, value in self._headers(url, key).items()}
        for name, value in self._extra_headers.items():
            if is_omitted(value):
                found.pop(name.lower(), None)
            else:
                found[name.lower()] = value
        return found

    def _sends_key(self) -> bool:
        """Return whether the request has a key in its headers or its address, or gets one from the user's client."""
        client = self.ask.client
        given = (keys_in(self._sent_headers), keys_in(self._query), keys_of_client(client))
        sent = any(key.removeprefix("Bearer ") != NO_KEY for keys in given for key in keys)
        return sent or getattr(client, "auth", None) is not None

    def _url(self) -> str:
        """Return the complete address of the request.

        Raises:
            ConfigurationError: There is no address.
        """
        address = self._checked_address()
        if address is None:
            raise ConfigurationError(f"{self.provider} has no address: pass base_url=… to the call.")
        return address.rstrip("/") + self._path

    def _headers(self, url: str, key: str) -> dict[str, str]:
        """Return the headers with the key.

        Args:
            url: The address, for providers that sign it together with ``self._content``.
            key: The key; ``"none"`` for providers without one.
        """
        return {"authorization": f"Bearer {key}"} if self._config.keys else {}

    def _check_client(self, client: Any) -> None:
        """Check that a user's client is an async client of httpx."""
        names = {cls.__name__ for cls in cast("Any", type(client)).__mro__}
        if "AsyncClient" not in names or not hasattr(client, "build_request"):
            raise ConfigurationError(f"client= takes an httpx.AsyncClient, not {type(client).__name__}.")

    def secrets(self) -> Iterator[str]:
        """Yield the known keys: the environment's, the result of a key function, and those in headers and address."""
        yield from super().secrets()
        if self._resolved_key is not None:
            yield self._resolved_key
        yield from keys_in(self._sent_headers)
        yield from keys_in(self._query)
        yield from keys_of_client(self.ask.client)

    async def _client(self, url: str) -> HttpClient:
        """Return the client for an address: the user's, or the running loop's own."""
        if self.ask.client is not None:
            check_owned_by_loop(self.ask.client, "one client for each loop")
            return HttpxClient(self.ask.client)
        return await self._own_client(url)

    async def _own_client(self, url: str) -> HttpClient:
        return await direct_client(url, network=self.ask.network)


class StatusError(Exception):
    """A server's error response, with the attributes of the SDKs' own status errors.

    Args:
        response: Status, headers and address of the response; the beginning of its body has been read.
        body: The body as JSON, or as text.
        content: The body's bytes.
    """

    def __init__(self, response: AnswerHead, body: object, content: bytes = b"") -> None:
        super().__init__(f"status {response.status_code}")
        self.status_code = response.status_code
        self.response = response
        self.body = body
        self.content = content
        self.request_id = request_id_of(response)


class FileInBody(TypeError):
    """A field of the body is a file, which the generated SDKs read."""


async def _refusal(answer: HttpAnswer) -> StatusError:
    """Return the error for a server's error response, which is closed."""
    head, data = answer.head(), await error_body(answer)
    try:
        return StatusError(head, json.loads(data), data)
    except ValueError:
        return StatusError(head, data.decode("utf-8", "replace"), data)


def _with_query(url: str, query: Mapping[str, Any]) -> str:
    """Return an address with parameters, which replace those that it has under the same names."""
    address, _, before = url.partition("?")
    pairs = [(name, value) for name, value in parse_qsl(before, keep_blank_values=True) if name not in query]
    for name, value in query.items():
        values = cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else (value,)
        pairs += [(name, _text_of(each)) for each in values]
    return f"{address}?{urlencode(pairs)}"


def _text_of(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


@cache
def _user_agent() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"streamkit/{version('streamkit')}"
    except PackageNotFoundError:  # a checkout that nobody has installed
        return "streamkit"


def _as_timeouts(value: Any) -> Any:
    """Return the timeouts for any HTTP library: a ``Timeout`` of one of them becomes four numbers."""
    if hasattr(value, "connect"):
        return (value.connect, value.read, value.write, value.pool)
    return value


def is_omitted(value: object) -> bool:
    """Return whether a value is a generated SDK's mark for a field that is not given.

    Args:
        value: The value of a field or a header.
    """
    return type(value).__name__ in ("NotGiven", "Omit") and type(value).__module__.endswith("._types")


def _as_json(fields: dict[str, Any]) -> bytes:
    try:
        return _JSON.encode(fields).encode()
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"The request cannot be written as JSON: {error}.") from error


def _json_value(value: Any) -> Any:
    """Return a date or a pydantic model as the generated SDKs write it."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", exclude_unset=True, by_alias=True)
    kind = type(value).__name__
    raise (FileInBody if isinstance(value, (os.PathLike, io.IOBase)) else TypeError)(f"a value of type {kind}")


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_json_value)
