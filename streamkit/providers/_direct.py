"""An SDK's request without the SDK: one row for each SDK says how its requests look, and plain HTTP sends them."""

from __future__ import annotations

import contextlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any, cast

from ..errors import ConfigurationError
from ..settings import Transport
from ._config import ProviderConfig, without_scheme
from ._plain import FileInBody, PlainRequest, is_omitted
from ._request import CallSpec, Connection, Request
from ._sdk import CLIENT_OPTIONS, SdkRequest
from ._sdk_errors import sdk_error

USUAL: Transport = "direct"

"""What ``"auto"`` means for a call that both can send; the tests of a lane of its own set the other."""


@dataclass(frozen=True, slots=True)
class SdkProfile:
    """The form of the requests that an SDK sends.

    Args:
        sdk: The name of the SDK's module.
        address: The address that it uses without any other.
        headers: The headers of every request, beside the key's.
        variables: The environment variables whose values are sent as headers, by the header's name.
        custom_headers: The environment variable with more headers, one ``name: value`` a line.
        header_params: The parameters that travel as headers, with the header's name.
        arrays: The form of a list in the query: ``"brackets"`` for ``a[]=1&a[]=2``, ``"comma"`` for ``a=1,2``, and
            ``"repeat"`` for ``a=1&a=2``.
        client_options: The options of the SDK's client that no request has.
    """

    sdk: str
    address: str
    headers: Mapping[str, str] = field(default_factory=lambda: {"accept": "application/json"})
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    custom_headers: str | None = None
    header_params: Mapping[str, str] = field(default_factory=dict[str, str])
    arrays: str = "brackets"
    client_options: tuple[str, ...] = CLIENT_OPTIONS


OPENAI_SDK = SdkProfile(
    "openai",
    "https://api.openai.com/v1",
    variables={"openai-organization": "OPENAI_ORG_ID", "openai-project": "OPENAI_PROJECT_ID"},
    custom_headers="OPENAI_CUSTOM_HEADERS",
)

ANTHROPIC_SDK = SdkProfile(
    "anthropic",
    "https://api.anthropic.com",
    headers={"accept": "application/json", "anthropic-version": "2026-10-21"},
    custom_headers="ANTHROPIC_CUSTOM_HEADERS",
    header_params={"user_profile_id": "anthropic-user-profile-id", "workspace_id": "anthropic-workspace-id"},
)

COHERE_SDK = SdkProfile(
    "cohere", "https://api.cohere.com", headers={"accept": "*/*"}, arrays="repeat", client_options=()
)

GROQ_SDK = SdkProfile("groq", "https://api.groq.com", custom_headers="GROQ_CUSTOM_HEADERS", arrays="comma")


class DirectRequest(PlainRequest):
    """A request in an SDK's form that streamkit sends, before the sending.

    Args:
        ask: The call.
        config: The provider's settings.
        profile: The form of the SDK's requests.
        path: The path behind the address, such as ``chat/completions``.
        body: The request's fields.
        choices: The number of requested answers.

    Raises:
        ConfigurationError: A field of the body cannot be written as JSON.
    """

    def __init__(
        self,
        ask: CallSpec,
        config: ProviderConfig,
        profile: SdkProfile,
        *,
        path: str,
        body: Mapping[str, Any],
        choices: int = 1,
    ) -> None:
        self._profile = profile
        fields = {name: value for name, value in body.items() if not is_omitted(value)}
        headers = {header: fields.pop(name) for name, header in profile.header_params.items() if name in fields}
        fields["extra_headers"] = {**headers, **(fields.get("extra_headers") or {})}
        fields["extra_query"] = dict(_flat(fields.get("extra_query") or {}, profile.arrays))
        super().__init__(ask, config, path=path, body={**fields, "stream": ask.stream}, choices=choices)
        self.sdks = (profile.sdk, *config.sdks)

    async def open(self) -> Connection:
        """Send the request and return the connection when the answer begins.

        Raises:
            ConfigurationError: A key or an address is missing.
            Exception: The SDK's exception where the SDK is loaded, else that of the HTTP library, or a StatusError.
        """
        try:
            return await super().open()
        except Exception as error:
            found = sdk_error(self._profile.sdk, error)
            if found is None:
                raise
            raise found from error

    def _where(self) -> str | None:
        with contextlib.suppress(ConfigurationError, ValueError):  # the address may be what is wrong
            return without_scheme(self._url())
        return None

    def _address(self) -> str | None:
        return super()._address() or (None if self._config.needs_address else self._profile.address)

    def _url(self) -> str:
        address = self._checked_address() or ""
        return f"{address if address.endswith('/') else address + '/'}{self._path}"

    def _headers(self, url: str, key: str) -> dict[str, str]:
        profile = self._profile
        found = {"authorization": f"Bearer {key}", **profile.headers}
        given = {name: os.environ.get(variable) for name, variable in profile.variables.items()}
        # An empty one is sent too, as by the SDK.
        found |= {name: value for name, value in given.items() if value is not None}
        return found | _custom_headers(profile.custom_headers)


def _custom_headers(variable: str | None) -> dict[str, str]:
    """Return the headers that an environment variable holds, one a line."""
    found: dict[str, str] = {}
    for line in os.environ.get(variable, "").split("\n") if variable else ():
        name, colon, value = line.partition(":")
        if colon:
            found[name.strip().lower()] = value.strip()
    return found


def _flat(given: Mapping[str, Any], arrays: str) -> Iterator[tuple[str, str | list[str]]]:
    """Yield the parameters of an address as the generated SDKs write them: ``a[b]=1`` for a dict; None is left out."""
    for name, value in given.items():
        if isinstance(value, Mapping):
            inside = cast("Mapping[str, Any]", value)
            yield from _flat({f"{name}[{each}]": inside[each] for each in inside}, arrays)
        elif isinstance(value, (list, tuple)):
            texts = [_text(each) for each in cast("list[object]", value) if each is not None]
            if arrays == "comma":
                yield name, ",".join(texts)
            else:
                yield f"{name}[]" if arrays == "brackets" else name, texts
        elif value is not None and not is_omitted(value):
            yield name, _text(value)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class RequestMaker(ABC):
    """Makes the request of a call by the transport that the call chooses, or that ``"auto"`` means for the call.

    Each request keeps its maker, so this is an object with slots: closures would take sixteen blocks of memory.

    Args:
        config: The provider's settings.
        profile: The form of the SDK's requests.
    """

    __slots__ = ("config", "profile")

    def __init__(self, config: ProviderConfig, profile: SdkProfile) -> None:
        self.config = config
        self.profile = profile

    @abstractmethod
    def direct(self, ask: CallSpec) -> Request:
        """Make the request that streamkit sends."""

    @abstractmethod
    def by_sdk(self, ask: CallSpec, reason: str | None) -> Request:
        """Make the request that the SDK sends; ``reason`` is why ``"auto"`` needs the SDK."""

    def make(self, ask: CallSpec) -> Request:
        """Make the request.

        Raises:
            ConfigurationError: The call needs the SDK and refuses it, or a field of the body cannot be written as JSON.
        """
        made: Any = self._make(ask)
        made.maker = self
        return made

    def _make(self, ask: CallSpec) -> Request:
        reason = _need_of_sdk(ask, self.config, self.profile)
        if ask.transport == "direct" and reason is not None:
            raise ConfigurationError(
                f'{reason} needs the SDK: leave it or transport="direct" out.', provider=self.config.name
            )
        chosen = USUAL if ask.transport == "auto" else ask.transport
        if reason is not None or (chosen == "sdk" and ask.network is None):
            return self.by_sdk(ask, None if ask.transport == "sdk" else reason)
        try:
            return self.direct(ask)
        except ConfigurationError as error:
            if ask.transport == "direct" or not isinstance(error.__cause__, FileInBody):
                raise
            return self.by_sdk(ask, "a file in the request")


def _need_of_sdk(ask: CallSpec, config: ProviderConfig, profile: SdkProfile) -> str | None:
    """Return why a call needs the SDK, as far as the call's options and the environment tell; None if it does not."""
    if ask.client is not None:
        return f"client={type(ask.client).__name__}"
    for name in profile.client_options:
        if name in ask.params:
            return f"{name}="
    if ask.network is not None or ask.api_key or any(os.environ.get(name) for name in config.keys):
        return None
    return config.login()


def with_call(request: Request, ask: CallSpec) -> Request:
    """Return a copy of a request for a changed call; a changed transport means a new request.

    Args:
        request: The request, of streamkit or of a provider from another package.
        ask: The call.
    """
    maker: RequestMaker | None = getattr(request, "maker", None)
    if maker is not None and ask.transport != request.ask.transport:
        return maker.make(ask)
    copied = copy(request)
    copied.ask = ask
    return copied


class GeneratedMaker(RequestMaker):
    """The requests of a provider whose SDK is generated as openai's is.

    Args:
        config: The provider's settings.
        profile: The form of the SDK's requests.
        path: The path behind the address, such as ``chat/completions``.
        resource: The dotted path on the SDK's client to the object with ``create``.
        body: The request's fields.
        choices: The number of requested answers.
    """

    __slots__ = ("body", "choices", "path", "resource")

    def __init__(
        self,
        config: ProviderConfig,
        profile: SdkProfile,
        *,
        path: str,
        resource: str,
        body: dict[str, Any],
        choices: int = 1,
    ) -> None:
        super().__init__(config, profile)
        self.path = path
        self.resource = resource
        self.body = body
        self.choices = choices

    def direct(self, ask: CallSpec) -> Request:
        """Make the request that streamkit sends."""
        return DirectRequest(ask, self.config, self.profile, path=self.path, body=self.body, choices=self.choices)

    def by_sdk(self, ask: CallSpec, reason: str | None) -> Request:
        """Make the request that the SDK sends."""
        return SdkRequest(
            ask,
            self.config,
            sdk=self.profile.sdk,
            resource=self.resource,
            body=self.body,
            choices=self.choices,
            reason=reason,
        )
