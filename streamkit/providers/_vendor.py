"""Whom a call asks: a row that names the wire, the key and the address, and the request that reads it."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigurationError, StreamError
from ..wire import Decoder, open_decoder
from ._errors import map_error
from ._request import CallSpec
from ._secrets import keys_in_address, scrubber_of

_REQUEST_IDS = ("x-request-id", "request-id", "apim-request-id", "x-ms-request-id", "x-amzn-requestid")


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """Whom a request asks: one row.

    Args:
        name: The provider's name in a model string.
        api: The wire format of its answers.
        keys: The environment variables that may hold the key, in order; empty for servers without one.
        base_url: Its address; None for the SDK's own.
        base_url_env: The environment variable that holds the address.
        read_address: What makes an address of that variable's value; None takes it as it is.
        needs_address: There is no address of its own: one must be given.
        max_tokens: Its own name for that limit.
        strict: It holds an answer to a schema in the strict form, and refuses no request for asking that.
        quirks: Whose row in the table of quirks its answers follow; its own if not given.
    """

    name: str
    api: str
    keys: tuple[str, ...] = ()
    base_url: str | None = None
    base_url_env: str | None = None
    read_address: Callable[[str], str] | None = None
    needs_address: bool = False
    max_tokens: str = "max_tokens"
    strict: bool = False
    quirks: str | None = None


class VendorRequest:
    """What every call to a row has: its decoder, its key and address, its errors.

    Args:
        ask: What is asked.
        vendor: Whom.
        choices: How many answers are asked for.
    """

    def __init__(self, ask: CallSpec, vendor: ProviderConfig, *, choices: int = 1) -> None:
        self.ask = ask
        self.provider = vendor.name
        self._row = vendor
        self._choices = choices

    def decoder(self) -> Decoder:
        """Make what turns the answer's bytes into chunks."""
        return open_decoder(
            self._row.api,
            vendor=self._row.quirks or self._row.name,
            provider=self._row.name,
            choices=self._choices,
            cap=self.ask.caps.event,
            sentinel_ends=self.ask.sentinel_ends,
        )

    def error(self, error: Exception) -> StreamError:
        """Say in our terms what an exception of the SDK's or the transport's means."""
        return map_error(error, provider=self.provider, secrets=scrubber_of(self))

    def _key(self) -> str | Callable[[], Any] | None:
        return self.ask.api_key or next((value for name in self._row.keys if (value := os.environ.get(name))), None)

    def _address(self) -> str | None:
        environment = os.environ.get(self._row.base_url_env) if self._row.base_url_env else None
        if environment and self._row.read_address is not None:
            environment = self._row.read_address(environment)
        return self.ask.base_url or environment or self._row.base_url

    def _checked_key(self) -> str | Callable[[], Any]:
        key = self._key()
        if not key and self._row.keys:
            raise ConfigurationError(f"{self._row.keys[0]} is not set: set it, or pass api_key=… to the call.")
        return key or "none"

    def _checked_address(self) -> str | None:
        address = self._address()
        if address is None and self._row.needs_address:
            raise ConfigurationError(f"{self._row.base_url_env} is not set: set it, or pass base_url=… to the call.")
        return address

    def secrets(self) -> Iterator[str]:
        """List the keys that are known here: the environment's, and one in the address."""
        key = self._key()
        if isinstance(key, str):
            yield key
        yield from keys_in_address(self._address())


async def value_of(key: str | Callable[[], Any]) -> str:
    """Return a key, or what the function returns that stands for it, async too.

    Args:
        key: The key or the function.

    Raises:
        ConfigurationError: The function returns anything else than a text.
    """
    value: object = key() if callable(key) else key
    if inspect.isawaitable(value):
        value = await value
    if not isinstance(value, str):
        raise ConfigurationError(f"The function that api_key= was given returned no text, but {type(value).__name__}.")
    return value


def request_id_of(response: Any) -> str | None:
    """Return the provider's id of a request, by whichever name its answer has it.

    Args:
        response: The HTTP library's response.
    """
    return next((value for name in _REQUEST_IDS if (value := response.headers.get(name))), None)
