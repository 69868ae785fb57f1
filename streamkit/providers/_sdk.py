"""Requests through the SDKs that are generated the same way (openai, anthropic, groq); our decoders read the bytes."""

from __future__ import annotations

import functools
import importlib
import inspect
import weakref
from collections.abc import Callable, Iterator
from typing import Any, cast

from .._compat.private import http_of, is_default_http, sdk_settings
from ..errors import ConfigurationError
from ..runtime.logging import info
from ..transport import HttpConnection, address_of, client_here, copy_for_loop, http_client, with_short_errors
from ._config import ConfiguredRequest, ProviderConfig, request_id_of, value_of, without_scheme
from ._plain_http import warn_of_plain_http
from ._request import CallSpec, Connection
from ._secrets import keys_in, keys_of_client

CLIENT_OPTIONS = ("http_client", "default_headers", "default_query", "websocket_base_url", "data_residency")

"""What the clients of these SDKs take, and no request; a call that gives one of them needs the SDK."""

# A user's client, and a copy of it that does not retry (streamkit does) and that limits the body of an error.
_copies: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


class SdkRequest(ConfiguredRequest):
    """A request through such an SDK, which has not been sent.

    Args:
        ask: The call.
        config: The provider's settings.
        sdk: The name of the SDK's module.
        resource: The dotted path on the client to the object with ``create``.
        body: The request's fields.
        choices: The number of requested answers.
        reason: The reason why the call needs the SDK, for the log; None if the user chose the SDK by name.
    """

    def __init__(
        self,
        ask: CallSpec,
        config: ProviderConfig,
        *,
        sdk: str,
        resource: str,
        body: dict[str, Any],
        choices: int = 1,
        reason: str | None = None,
    ) -> None:
        super().__init__(ask, config, choices=choices)
        self._sdk = sdk
        self._resource = resource
        self._body = {name: value for name, value in body.items() if name not in CLIENT_OPTIONS}
        self._client_options = {name: body[name] for name in CLIENT_OPTIONS if name in body}
        self._reason = reason
        self._used: Any = ask.client
        self.sdks = (sdk, *config.sdks)

    def load(self) -> None:
        """Import the SDK, which takes a second.

        Raises:
            ConfigurationError: The SDK is not installed.
        """
        try:
            module = importlib.import_module(f"{self._sdk}.resources.{self._resource}")
            # openai 3 imports its modules on first use: without this line, the first call would do it on the loop.
            getattr(module, f"Async{self._resource.rpartition('.')[2].capitalize()}")
        except ModuleNotFoundError as error:
            if error.name != self._sdk:
                raise
            raise ConfigurationError(f"{self._sdk} is not installed: pip install '{_PACKAGES[self._sdk]}'") from error

    async def open(self) -> Connection:
        """Send the request and return the connection when the answer begins."""
        if self._reason is not None:
            info("opened_by_sdk", provider=self.provider, sdk=self._sdk, reason=self._reason)
        resource = self._used = await self._client()
        for name in self._resource.split("."):
            resource = getattr(resource, name)
        if self.ask.client is not None or self._key() or any(keys_in(self._body.get("extra_headers"))):
            warn_of_plain_http(str(self._used.base_url), provider=self.provider)
        create = resource.with_streaming_response.create
        opened = await create(**self._arguments(cast("Any", type(resource)).create)).__aenter__()
        response = opened.http_response
        return HttpConnection(response, request_id=request_id_of(response))

    def _arguments(self, create: Callable[..., object]) -> dict[str, Any]:
        """Return the keyword arguments of ``create``; unknown parameters go into ``extra_body``."""
        known = _parameters(create)
        arguments: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for name, value in self._body.items():
            (arguments if name in known else extra)[name] = value
        if extra:
            arguments["extra_body"] = {**extra, **(arguments.get("extra_body") or {})}
        arguments["extra_headers"] = {"accept-encoding": "identity", **(arguments.get("extra_headers") or {})}
        if not self.ask.stream and self._sdk == "anthropic":
            # With its own default the SDK refuses a limit of tokens that may take longer than ten minutes.
            arguments.setdefault("timeout", self._used.timeout)
        return {**arguments, "stream": self.ask.stream}

    async def _client(self) -> Any:
        client = self.ask.client
        if client is None:
            return await self._own_client()
        if not inspect.iscoroutinefunction(client.post):
            settings = _settings_of(client)
            # The key is made of the settings and not of the client's id, which another client may get later.
            kind = (self._sdk, type(client).__name__, *((name, _comparable(each)) for name, each in settings.items()))
            return await client_here(kind, lambda: self._async_copy(type(client).__name__, settings))
        copy = await copy_for_loop(client, self._sdk)
        if copy is not None:
            return copy
        if client not in _copies:
            _copies[client] = client.with_options(max_retries=0, http_client=with_short_errors(http_of(client)))
        return _copies[client]

    async def _own_client(self) -> Any:
        key = self._key_or_login()
        options = ((name, _comparable(each)) for name, each in self._client_options.items())
        kind = (self._sdk, None if callable(key) else key, self._checked_address(), self.ask.network, *options)
        client = await client_here(kind, self._build)
        # The copy of the shared client has the same connections.
        return client.with_options(api_key=await value_of(key)) if callable(key) else client

    def _key_or_login(self) -> str | Callable[[], Any] | None:
        """Return the key; None where the SDK logs in without one."""
        return None if not self._key() and self._config.login() else self._checked_key()

    def _build(self) -> Any:
        module = importlib.import_module(self._sdk)
        key = self._key_or_login()
        options: dict[str, Any] = {"max_retries": 0, "timeout": None, **self._client_options}
        if "http_client" in options:
            options["http_client"] = with_short_errors(options["http_client"])  # the user's, which stays open
        else:
            options["http_client"] = http_client(module, transport=self.ask.network)
        options |= {"api_key": "asked for every request" if callable(key) else key, "base_url": self._checked_address()}
        return _class_of(module, f"Async{_CLIENTS[self._sdk]}")(**options)

    def _async_copy(self, name: str, settings: dict[str, Any]) -> Any:
        """Return an async client with a sync one's settings."""
        module = importlib.import_module(self._sdk)
        key = settings.get("api_key")
        if callable(key):
            settings = {**settings, "api_key": _async_key(key)}
        return _class_of(module, f"Async{name}")(**settings, max_retries=0, http_client=http_client(module))

    @property
    def sent_to(self) -> str | None:
        """The address of the client, without query and password."""
        found = self._address() if self._used is None else str(self._used.base_url)
        return found and address_of(found)

    def _where(self) -> str | None:
        return None if self._used is None else without_scheme(str(self._used.base_url))

    def secrets(self) -> Iterator[str]:
        """Yield the known keys: the environment's, the client's, and those in headers."""
        yield from super().secrets()
        yield from keys_of_client(self._used)
        if "extra_headers" in self._body:
            yield from keys_in(self._body["extra_headers"])


@functools.cache
def _parameters(create: Callable[..., object]) -> frozenset[str]:
    return frozenset(inspect.signature(create).parameters)


_AZURE = ("api_version", "azure_ad_token", "azure_ad_token_provider")

_AWS = ("aws_region", "aws_profile", "aws_access_key", "aws_secret_key", "aws_session_token")

_VERTEX = ("region", "project_id", "access_token", "credentials")

_PACKAGES = {"openai": "openai>=2.20,<4", "anthropic": "anthropic>=1,<3", "groq": "groq>=1"}

_CLIENTS = {"openai": "OpenAI", "anthropic": "Anthropic", "groq": "Groq"}


def check_client(client: Any, sdk: str) -> None:
    """Check that a user's client can be used.

    Args:
        client: The value of ``client=``.
        sdk: The name of the SDK's module.

    Raises:
        ConfigurationError: The client is not of the SDK, or a sync one with an HTTP client of its own.
    """
    name = _CLIENTS[sdk]
    from_sdk = False
    for cls in type(client).__mro__:
        if cls.__module__.partition(".")[0] == sdk:
            from_sdk = True
            if cls.__name__ in (f"Async{name}", "AsyncAPIClient"):
                return
    if not from_sdk:
        raise ConfigurationError(f"client= takes an {sdk}.Async{name}, not {type(client).__name__}.")
    if not is_default_http(http_of(client).__class__):
        raise ConfigurationError(
            f"This {type(client).__name__} client has a sync HTTP client of its own, which cannot be used here: "
            f"pass {sdk}.Async{type(client).__name__} with an async http_client."
        )


def _settings_of(client: Any) -> dict[str, Any]:
    """Return a client's settings, as arguments for the client's class."""
    names = ("api_key", "auth_token", "base_url", "organization", "project", "timeout", *_AZURE, *_AWS)
    names += _VERTEX if type(client).__name__.endswith("Vertex") else ()
    accepted = _parameters(
        cast("Callable[..., object]", type(client))
    )  # Anthropic's client has an attribute `organization`, which is no setting
    found = sdk_settings(client, tuple(name for name in names if name in accepted))
    if found.get("azure_ad_token") is not None or found.get("azure_ad_token_provider") is not None:
        del found["api_key"]  # these exclude each other
    return found


def _comparable(setting: object) -> object:
    return setting if callable(setting) else str(setting)


def _class_of(module: Any, name: str) -> Any:
    found = getattr(module, name, None)
    if found is None:
        raise ConfigurationError(f"There is no async form of this client: {module.__name__} has no {name}.")
    return found


def _async_key(key: Callable[[], Any]) -> Callable[[], Any]:
    async def ask() -> str:
        return await value_of(key)

    return ask
