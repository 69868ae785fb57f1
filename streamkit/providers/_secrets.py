"""Finds the secrets of a request: the keys, and the texts of the prompt."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, cast, runtime_checkable
from urllib.parse import parse_qsl, quote_plus, unquote, urlsplit

from .._compat.private import settings_with_keys
from ..scrub import HIDDEN, Scrubber, may_share, one_line
from ._request import CallSpec

KEY_WORDS = ("auth", "cookie", "key", "password", "secret", "signature", "token")

"""Words in the names of headers that hold a key."""

_DEEPEST = 8

_LONGEST_NAME = 100  # characters

_SENTENCE = 20  # characters: a shorter text of a parameter is a word that errors may name
# Fields of a message that describe its texts.
_NAMES = frozenset({"role", "type", "name", "id", "media_type", "format", "tool_call_id", "tool_use_id", "data"})


@runtime_checkable
class KnowsItsKeys(Protocol):
    """A request that knows more keys than the call's own, such as the environment's or a client's."""

    def secrets(self) -> Iterable[str]:
        """Return these keys."""
        ...


class HasCall(Protocol):
    """An object with a call."""

    ask: CallSpec


def scrubber_of(request: HasCall) -> Scrubber:
    """Return a scrubber for a request's secrets; a request that fails to list keys raises nothing.

    Args:
        request: The request, of streamkit or of a provider from another package.
    """
    return Scrubber(_keys(request), texts_of_call(request.ask))


def shown_name(request: HasCall, text: str | None) -> str | None:
    """Return a name from a server, such as a model's, shortened and without secrets, for the log.

    Args:
        request: The request that the server answers.
        text: The name.
    """
    if text is None:
        return None
    if " " in text:  # a name has no spaces: this may be the prompt
        return scrubber_of(request)(text, longest=_LONGEST_NAME)
    keys = _keys(request)
    if keys and may_share(text, keys):
        return Scrubber(keys)(text, longest=_LONGEST_NAME)
    return one_line(text, longest=_LONGEST_NAME)


def _keys(request: HasCall) -> list[str]:
    keys = list(keys_of(request.ask))
    if isinstance(request, KnowsItsKeys):
        with contextlib.suppress(Exception):  # an address may be malformed, which the error reports
            keys.extend(request.secrets())
    return keys


def keys_of(ask: CallSpec) -> Iterator[str]:
    """Yield the keys of a call: the API key, and those in the address, the headers and the query.

    Args:
        ask: The call.
    """
    if isinstance(ask.api_key, str):
        yield ask.api_key
    if ask.base_url is not None:
        yield from keys_in_address(ask.base_url)
    for name in ("extra_headers", "extra_query"):
        if name in ask.params:
            yield from keys_in(ask.params[name])


def keys_in_address(address: object) -> Iterator[str]:
    """Yield the keys in an address: the password, and the values of the query.

    Args:
        address: The address; other objects yield no key.
    """
    if not isinstance(address, str):
        return
    try:
        parts = urlsplit(address)
        password = parts.password
    except ValueError:
        return
    if password:
        yield password
        yield unquote(password)
    for pair in parts.query.split("&"):
        if value := pair.partition("=")[2]:
            yield value


def address_without_keys(address: str) -> str:
    """Return an address without a password, and without the values of fields of the query that name a key.

    Args:
        address: The address.

    >>> address_without_keys("https://ann:secret@models.example.org/v1?key=1234&api-version=2")
    'https://models.example.org/v1?api-version=2&key=…'
    """
    parts = urlsplit(address)
    query = (
        f"{quote_plus(name)}={HIDDEN if _names_a_key(name) else quote_plus(value)}"
        for name, value in sorted(parse_qsl(parts.query, keep_blank_values=True))
    )
    behind = f"?{'&'.join(query)}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}{behind}"


def values_without_keys(headers: object) -> dict[str, str]:
    """Return the headers, or the parameters of an address, whose names contain no word for a key, by small names.

    Args:
        headers: The values by name; other objects have none.
    """
    found: Mapping[object, object] = cast("Mapping[object, object]", headers) if isinstance(headers, Mapping) else {}
    return {str(name).lower(): str(value) for name, value in found.items() if not _names_a_key(str(name))}


def keys_in(headers: object) -> Iterator[str]:
    """Yield the values of headers whose names contain a word for a key.

    Args:
        headers: The headers, or the parameters of an address, by name; other objects yield no key.
    """
    if isinstance(headers, Mapping):
        for name, value in cast("Mapping[object, object]", headers).items():
            if isinstance(value, str) and _names_a_key(str(name)):
                yield value
                yield value.removeprefix("Bearer ")


def without_keys(value: Any) -> Any:
    """Return a value of JSON with a mark in place of every text whose name contains a word for a key.

    Args:
        value: The value, such as the fields of a request's body.

    >>> without_keys({"tools": [{"type": "mcp", "authorization": "secret"}], "max_tokens": 5})
    {'tools': [{'type': 'mcp', 'authorization': '…'}], 'max_tokens': 5}
    """
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {
            name: HIDDEN if isinstance(each, str) and _names_a_key(str(name)) else without_keys(each)
            for name, each in fields.items()
        }
    if isinstance(value, (list, tuple)):
        return [without_keys(each) for each in cast("Iterable[Any]", value)]
    return value


@functools.lru_cache(maxsize=256)
def _names_a_key(name: str) -> bool:
    return any(word in name.lower() for word in KEY_WORDS)


def keys_of_client(client: Any) -> Iterator[str]:
    """Yield the keys that a client of an SDK or an HTTP library sends with every request.

    Args:
        client: The client, or None.
    """
    keys, headers = settings_with_keys(client)
    for key in keys:
        if isinstance(key, str):
            yield key
    for each in headers:
        yield from keys_in(each)
    yield from keys_in_address(str(getattr(client, "base_url", None)))


def texts_of_call(ask: CallSpec) -> Iterator[str]:
    """Yield the texts of a call: those of the messages in any form, and those of the parameters.

    Args:
        ask: The call.
    """
    for message in ask.messages:
        yield from _texts(message, _DEEPEST)
    for text in _texts(ask.params, _DEEPEST):
        if len(text) >= _SENTENCE:
            yield text


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        return
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {each.name: getattr(value, each.name, None) for each in dataclasses.fields(value)}
    inside: Iterable[Any] = ()
    if isinstance(value, Mapping):
        given = cast("Mapping[object, Any]", value)
        inside = (given[name] for name in given if name not in _NAMES)
    elif isinstance(value, (list, tuple)):
        inside = cast("Iterable[Any]", value)
    for each in inside if depth else ():
        yield from _texts(each, depth - 1)
