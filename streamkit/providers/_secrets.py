"""What of a request nobody may see: its keys and headers, and the texts that it asks with."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, cast, runtime_checkable
from urllib.parse import unquote, urlsplit

from ..scrub import Scrubber, may_share, one_line
from ._request import CallSpec

KEY_WORDS = ("auth", "cookie", "key", "password", "secret", "signature", "token")

"""What stands in the name of a header that holds a key."""

_DEEPEST = 8

_LONGEST_NAME = 100  # characters

_SENTENCE = 20  # characters: a parameter's shorter text is a word that errors name
# What stands beside the texts of a message and says what they are.
_NAMES = frozenset({"role", "type", "name", "id", "media_type", "format", "tool_call_id", "tool_use_id", "data"})


@runtime_checkable
class KnowsItsKeys(Protocol):
    """A request that knows more keys than the one that the call was given: the environment's, a client's."""

    def secrets(self) -> Iterable[str]:
        """List them."""
        ...


class Asking(Protocol):
    """Anything that holds a call."""

    ask: CallSpec


def scrubber_of(request: Asking) -> Scrubber:
    """Make what takes a request's secrets out of texts; a request that fails to list its keys raises nothing.

    Args:
        request: A request of ours, or of a provider from another package.
    """
    return Scrubber(_keys(request), texts_of_call(request.ask))


def shown_name(request: Asking, text: str | None) -> str | None:
    """Return a name that a server has given, such as its model's, as it may stand in a log: short, without secrets.

    Args:
        request: The request that it answers.
        text: The name.
    """
    if text is None:
        return None
    if " " in text:  # no name, so it may be the prompt
        return scrubber_of(request)(text, longest=_LONGEST_NAME)
    keys = _keys(request)
    if may_share(text, keys):
        return Scrubber(keys)(text, longest=_LONGEST_NAME)
    return one_line(text, longest=_LONGEST_NAME)


def _keys(request: Asking) -> list[str]:
    keys = list(keys_of(request.ask))
    if isinstance(request, KnowsItsKeys):
        with contextlib.suppress(Exception):  # such as an address that cannot be read, of which the error may tell
            keys.extend(request.secrets())
    return keys


def keys_of(ask: CallSpec) -> Iterator[str]:
    """List the keys that a call was given: as its key, in its address, its headers and its query.

    Args:
        ask: The call.
    """
    if isinstance(ask.api_key, str):
        yield ask.api_key
    yield from keys_in_address(ask.base_url)
    for name in ("extra_headers", "extra_query"):
        yield from keys_in(ask.params.get(name))


def keys_in_address(address: object) -> Iterator[str]:
    """List the keys in an address: its password, and the values of its query.

    Args:
        address: The address; anything else has none.
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
    yield from (value for pair in parts.query.split("&") if (value := pair.partition("=")[2]))


def keys_in(headers: object) -> Iterator[str]:
    """List the values of those headers whose names say that they hold a key.

    Args:
        headers: The headers, or the parameters of an address, by name; anything else has none.
    """
    if isinstance(headers, Mapping):
        for name, value in cast("Mapping[object, object]", headers).items():
            if isinstance(value, str) and any(word in str(name).lower() for word in KEY_WORDS):
                yield value
                yield value.removeprefix("Bearer ")


def keys_of_client(client: Any) -> Iterator[str]:
    """List the keys that a client of an SDK, or of an HTTP library, sends with every request.

    Args:
        client: The client; None has none.
    """
    wrapper = getattr(client, "_client_wrapper", None)  # Cohere's
    for holder, name in ((client, "api_key"), (client, "auth_token"), (client, "_azure_ad_token"), (wrapper, "_token")):
        key: object = getattr(holder, name, None)
        if isinstance(key, str):
            yield key
    for holder, name in ((client, "_custom_headers"), (client, "headers"), (wrapper, "_headers")):
        yield from keys_in(getattr(holder, name, None))
    for name in ("_custom_query", "params"):
        yield from keys_in(getattr(client, name, None))
    yield from keys_in_address(str(getattr(client, "base_url", None)))


def texts_of_call(ask: CallSpec) -> Iterator[str]:
    """List the texts of a call: of its messages whatever form they have, and of its parameters.

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
