"""AWS Bedrock's Converse by plain HTTP, signed by boto3's own signer; our own decoder reads the frames."""

from __future__ import annotations

import functools
import importlib
import os
from dataclasses import replace
from typing import Any, cast
from urllib.parse import quote

from .._compat.private import request_signer
from ..errors import AuthenticationFailed, ConfigurationError, StreamError
from ..runtime import to_thread
from ..transport import HttpClient
from ..wire.bedrock.request import converse_body
from ._config import ProviderConfig
from ._plain import PlainRequest, StatusError
from ._request import CallSpec, Connection, Provider, Request

BEDROCK = ProviderConfig("bedrock", "bedrock.converse", sdks=("botocore",))

_AWS = ("aws_region", "aws_profile")  # parameters of streamkit, which are not sent

_BEARER = "AWS_BEARER_TOKEN_BEDROCK"
# botocore's exceptions for a missing setting, and for an expired login.
_UNSET = ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "NoRegionError", "InvalidRegionError")

_SIGN_IN = ("SSOError", "TokenRetrievalError", "CredentialRetrievalError", "NoAuthTokenError", "LoginError")


class BedrockRequest(PlainRequest):
    """A request of Converse or ConverseStream, which has not been sent.

    Args:
        ask: The call.
        body: The request's fields.
        region: The AWS region; None for the environment's or the profile's.
        profile: The AWS profile; None for the environment's.
    """

    def __init__(self, ask: CallSpec, body: dict[str, Any], *, region: str | None, profile: str | None) -> None:
        path = f"/model/{quote(ask.model, safe='')}/converse{'-stream' if ask.stream else ''}"
        super().__init__(ask, BEDROCK, path=path, body=body)
        self._region = region
        self._profile = profile
        self._signed: dict[str, str] = {}
        self._boto: Any = ask.client

    def load(self) -> None:
        """Import httpx, and botocore where a request needs that."""
        super().load()
        if self._needs_boto:
            for module in ("session", "awsrequest"):
                _botocore(module)

    async def open(self) -> Connection:
        """Send the request and return the connection when the answer begins.

        Raises:
            ConfigurationError: There are no credentials, or no region.
            StatusError: The server answers with an error.
        """
        if self._needs_boto:
            await to_thread(self._prepare, imports=False)  # credentials may have to be fetched from a server
        return await super().open()

    def error(self, error: Exception) -> StreamError:
        """Return the error of streamkit for an exception of botocore, the server or the transport."""
        if isinstance(error, StatusError):
            _set_code(error)
        names = {cls.__name__ for cls in type(error).__mro__}
        if not names.isdisjoint(_UNSET):
            hint = "set AWS_PROFILE or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, or pass client=…"
            return ConfigurationError(f"AWS is not set up ({error}): {hint}.", provider=self.provider)
        if not names.isdisjoint(_SIGN_IN):
            return AuthenticationFailed(f"AWS gave no credentials: {error}", provider=self.provider)
        return super().error(error)

    @property
    def _needs_boto(self) -> bool:
        return not (self._key() and self.ask.base_url) or self.ask.client is not None

    @property
    def server(self) -> str:
        """The address whose answers a cache keeps apart from those of others; the region, until that is known."""
        region = self._region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return self._address() or f"{region} {self._profile}"

    def _check_client(self, client: Any) -> None:
        _check_client(client)

    def _key(self) -> Any:
        return self.ask.api_key or (os.environ.get(_BEARER) if self.ask.client is None else None)

    def _address(self) -> str | None:
        return self.ask.base_url or (None if self._boto is None else self._boto.meta.endpoint_url)

    def _headers(self, url: str, key: str) -> dict[str, str]:
        signed = {"authorization": f"Bearer {key}"} if self._key() else self._signed
        return {**signed, "accept": "application/vnd.amazon.eventstream" if self.ask.stream else "application/json"}

    def _prepare(self) -> None:
        """Find the address and the credentials as boto3 does, and sign the request; blocking."""
        if self.ask.client is None:
            aws = tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_")))
            self._boto = _boto_client(self._region or os.environ.get("AWS_REGION"), self._profile, aws)
        if not self._key():
            operation = "ConverseStream" if self.ask.stream else "Converse"
            self._signed = _sign(self._boto, self._url(), self._content, operation)

    async def _client(self, url: str) -> HttpClient:
        return await self._own_client(url)  # botocore's client only signs


def _botocore(module: str) -> Any:
    try:
        return importlib.import_module(f"botocore.{module}")
    except ImportError as error:
        raise ConfigurationError("bedrock needs AWS's SDK: pip install 'boto3>=1.40'", provider="bedrock") from error


@functools.lru_cache(maxsize=8)
def _boto_client(region: str | None, profile: str | None, _environment: object) -> Any:
    """Return a client that knows region, address and credentials, cached while the environment stays the same."""
    return _botocore("session").Session(profile=profile).create_client("bedrock-runtime", region_name=region)


def _sign(client: Any, url: str, content: bytes, operation: str) -> dict[str, str]:
    """Return the headers of a request signed with a client's credentials, as the client itself signs."""
    headers = {"content-type": "application/json"}
    request = _botocore("awsrequest").AWSRequest("POST", url, headers=headers, data=content)
    request.context["client_config"] = client.meta.config
    request.context["auth_options"] = client.meta.service_model.metadata.get("auth")
    request_signer(client).sign(operation, request)
    return {name.lower(): str(value) for name, value in request.headers.items()}


def _set_code(error: StatusError) -> None:
    """Put AWS's name of an error, which a header holds, into the field that `map_error` reads."""
    given: Any = error.body
    body: dict[str, Any] = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    name = str(error.response.headers.get("x-amzn-errortype") or body.get("__type") or "")
    code = name.partition(":")[0].rpartition("#")[2]
    error.body = {**body, "message": body.get("message") or body.get("Message") or "", "code": code or None}


def _check_client(client: Any) -> None:
    service = getattr(getattr(getattr(client, "meta", None), "service_model", None), "service_name", None)
    if service != "bedrock-runtime":
        raise ConfigurationError(f'client= takes a boto3.client("bedrock-runtime"), not {type(client).__name__}.')


class BedrockProvider(Provider):
    """AWS Bedrock; all models have the same wire format."""

    name = "bedrock"
    transports = ("direct",)
    reserved = Provider.reserved | {"modelId", "system", "n", "extra_query"}

    def check(self, ask: CallSpec) -> None:
        """Check that a client comes without other credentials."""
        if ask.client is not None and (ask.api_key or any(ask.params.get(name) for name in _AWS)):
            raise ConfigurationError("client= brings its own region and credentials: give it alone.")

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a call of Converse."""
        params = {name: value for name, value in ask.params.items() if name not in _AWS}
        return converse_body(replace(ask, params=params))

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request, signed for the region and the profile that the call names."""
        region, profile = (ask.params.get(name) for name in _AWS)
        return BedrockRequest(ask, body, region=region, profile=profile)


PROVIDER: Provider = BedrockProvider()
