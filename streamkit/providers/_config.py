"""The settings of a provider (wire format, key, address) in one row, and the request that reads them."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..errors import ConfigurationError, StreamError
from ..wire import Decoder, open_decoder
from ._errors import map_error, request_id_in
from ._request import CallSpec, decoding_of
from ._secrets import address_without_keys, keys_in_address, scrubber_of

NO_KEY = "none"

"""What is sent to a server without a key, because the SDKs cannot send nothing."""


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """The settings of a provider.

    Args:
        name: The provider's name in a model string.
        api: The wire format of its answers.
        keys: The environment variables that may hold the key, in order; empty for servers without a key.
        base_url: The provider's address; None for the SDK's own.
        base_url_env: The environment variable that may hold the address.
        read_address: A function from that variable's value to the address; None uses the value as it is.
        added_path: The path that the SDK adds to the address; an address that ends with it already is taken without.
        needs_address: True if there is no default address, so that the user must give one.
        max_tokens: The provider's own name of the parameter ``max_tokens``.
        strict: Supports strict JSON schema.
        logins: The environment variables of logins without a key, which only the SDK can do.
        quirks: The name of the row of quirks for its answers; None for the provider's own name.
        sdks: The SDKs whose exceptions its errors are too, beside the SDK in whose form its requests are.
    """

    name: str
    api: str
    keys: tuple[str, ...] = ()
    base_url: str | None = None
    base_url_env: str | None = None
    read_address: Callable[[str], str] | None = None
    added_path: str = ""
    needs_address: bool = False
    max_tokens: str = "max_tokens"
    strict: bool = False
    logins: tuple[str, ...] = ()
    quirks: str | None = None
    sdks: tuple[str, ...] = ()

    def login(self) -> str | None:
        """Return the environment variable of a login without a key, or None where there is none."""
        return next((name for name in self.logins if os.environ.get(name)), None)


class ConfiguredRequest:
    """A request to a provider with such settings: the decoder, the key, the address and the errors.

    Args:
        ask: The call.
        config: The provider's settings.
        choices: The number of requested answers.
    """

    def __init__(self, ask: CallSpec, config: ProviderConfig, *, choices: int = 1) -> None:
        self.ask = ask
        self.provider = config.name
        self._config = config
        self._choices = choices
        self.sdks = config.sdks

    def decoder(self) -> Decoder:
        """Return a decoder for the answer's bytes."""
        return open_decoder(
            self._config.api,
            vendor=self._config.quirks or self._config.name,
            provider=self._config.name,
            choices=self._choices,
            **decoding_of(self.ask),
        )

    def error(self, error: Exception) -> StreamError:
        """Return the error of streamkit for an exception of the SDK or the transport."""
        return map_error(error, provider=self.provider, secrets=scrubber_of(self), address=self._where())

    @property
    def sent_to(self) -> str | None:
        """The address that the request was sent to, without query and password; None if unknown."""
        return None

    @property
    def server(self) -> str:
        """The address whose answers a cache keeps apart from those of others, without keys.

        Raises:
            ConfigurationError: There is no address.
        """
        of_client = getattr(self.ask.client, "base_url", None)
        return address_without_keys(f"{of_client or self._address() or self._config.name}")

    def _where(self) -> str | None:
        """Return the host and the path of the request for errors that do not name them; None if unknown."""
        return None

    def _key(self) -> str | Callable[[], Any] | None:
        if self.ask.api_key:
            return self.ask.api_key
        for name in self._config.keys:
            if value := os.environ.get(name):
                return value
        return None

    def _address(self) -> str | None:
        config, address = self._config, self.ask.base_url
        if not address and config.base_url_env:
            address = os.environ.get(config.base_url_env)
            if address and config.read_address is not None:
                address = config.read_address(address)
        address, added = address or config.base_url, config.added_path
        return address.rstrip("/").removesuffix(added) if address and added else address

    def _checked_key(self) -> str | Callable[[], Any]:
        key = self._key()
        if not key and self._config.keys:
            raise ConfigurationError(f"{self._config.keys[0]} is not set: set it, or pass api_key=… to the call.")
        return key or NO_KEY

    def _checked_address(self) -> str | None:
        address = self._address()
        if address is None and self._config.needs_address:
            raise ConfigurationError(f"{self._config.base_url_env} is not set: set it, or pass base_url=… to the call.")
        return address

    def secrets(self) -> Iterator[str]:
        """Yield the known keys: the environment's, and those in the address."""
        key = self._key()
        if isinstance(key, str):
            yield key
        yield from keys_in_address(self._address())


def without_scheme(url: str) -> str:
    """Return the host and the path of a URL, without query and password.

    Args:
        url: The URL.

    >>> without_scheme("https://user:key@models.example.org:8000/v1?key=1")
    'models.example.org:8000/v1'
    """
    found = urlsplit(url)
    return f"{found.netloc.rpartition('@')[2]}{found.path.rstrip('/')}"


async def value_of(key: str | Callable[[], Any]) -> str:
    """Return the key; a key function is called, and an awaitable result is awaited.

    Args:
        key: The key, or a function that returns it.

    Raises:
        ConfigurationError: The function returns no text.
    """
    if isinstance(key, str):
        return key
    value: object = key()
    if inspect.isawaitable(value):
        value = await value
    if not isinstance(value, str):
        raise ConfigurationError(f"The function that api_key= was given returned no text, but {type(value).__name__}.")
    return value


def request_id_of(response: Any) -> str | None:
    """Return the provider's id of a request, from one of the headers that providers use for it.

    Args:
        response: The HTTP library's response.
    """
    return request_id_in(response.headers)
