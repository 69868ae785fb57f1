"""Google's Gemini by plain HTTP: the Gemini API, and Vertex."""

from __future__ import annotations

import contextlib
import importlib
from dataclasses import replace
from typing import Any, cast

from ..errors import AuthenticationFailed, BadRequest, ConfigurationError, StreamError, TransportError
from ..runtime import to_thread
from ..wire.gemini.decoder import retry_delay
from ..wire.gemini.request import gemini_body
from ..wire.request import cannot
from ._config import ProviderConfig
from ._google_endpoint import Endpoint, endpoint_from_client, endpoint_from_environment, http_of_client, signed
from ._plain import PlainRequest, StatusError
from ._request import CallSpec, Connection, Provider, Request

GOOGLE = ProviderConfig(
    "google", "gemini.generate_content", keys=("GOOGLE_API_KEY", "GEMINI_API_KEY"), sdks=("google.genai",)
)

_VERTEX = replace(GOOGLE, quirks="vertex")

_ENDPOINT = ("vertexai", "project", "location")


class GoogleRequest(PlainRequest):
    """A request for generated content, which has not been sent.

    Args:
        ask: The call.
        body: The request's fields.
        endpoint: The endpoint and the credentials.
        choices: The number of requested answers.
    """

    def __init__(self, ask: CallSpec, body: dict[str, Any], endpoint: Endpoint, *, choices: int) -> None:
        row = _VERTEX if endpoint.vertex else GOOGLE
        super().__init__(ask, row, path="", body=body, query={"alt": "sse"} if ask.stream else {}, choices=choices)
        self._endpoint = endpoint
        self._project = endpoint.project
        self._signed: dict[str, str] = {}

    def load(self) -> None:
        """Import httpx, and google-auth where a request needs that."""
        super().load()
        if self._needs_token:
            with contextlib.suppress(ImportError):  # the error is raised when a token is needed
                importlib.import_module("google.auth.transport.requests")

    async def open(self) -> Connection:
        """Send the request and return the connection when the answer begins.

        Raises:
            ConfigurationError: There is no key, or Google Cloud is not set up.
            StatusError: The server answers with an error.
        """
        if self._needs_token:
            self._project, self._signed = await to_thread(lambda: signed(self._endpoint, self._url_in), imports=False)
        return await super().open()

    def error(self, error: Exception) -> StreamError:
        """Return the error of streamkit for an exception of google-auth, the server or the transport."""
        names = {cls.__name__ for cls in type(error).__mro__ if cls.__module__ == "google.auth.exceptions"}
        if names:
            return super().error(_auth_error(names, error))
        fields = _read_refusal(error) if isinstance(error, StatusError) else {}
        found = super().error(error)
        if fields and found.retry_after is None:
            found.retry_after = retry_delay(fields)
        if isinstance(found, BadRequest) and "API_KEY_INVALID" in str(fields.get("details")):  # its status is 400
            return AuthenticationFailed(found.message, **found.details)
        return found

    @property
    def _needs_token(self) -> bool:
        return self._endpoint.needs_token and not any(name.lower() == "authorization" for name in self._extra_headers)

    def _key(self) -> Any:
        return self._endpoint.key

    def _checked_key(self) -> Any:
        if not self._endpoint.key and not self._endpoint.vertex:
            names = " or ".join(reversed(GOOGLE.keys))
            raise ConfigurationError(f"{names} is not set: set one of them, or pass api_key=… to the call.")
        return self._endpoint.key or "none"

    def _url(self) -> str:
        return self._url_in(self._project)

    def _url_in(self, project: str | None) -> str:
        method = "streamGenerateContent" if self.ask.stream else "generateContent"
        return self._endpoint.url(self.ask.model, project, method=method)

    def _headers(self, url: str, key: str) -> dict[str, str]:
        own = {"x-goog-api-key": key} if self._endpoint.key else self._signed
        return {**self._endpoint.headers, **own}


class GoogleProvider(Provider):
    """Google's Gemini; ``project=``, ``location=`` or the SDK's environment variables select Vertex.

    Args:
        vertex: True for Vertex always, whatever keys the environment has.
    """

    name = "google"
    transports = ("direct",)
    reserved = Provider.reserved | {"contents", "system_instruction", "systemInstruction"}

    def __init__(self, *, vertex: bool = False) -> None:
        self._vertex = vertex

    def check(self, ask: CallSpec) -> None:
        """Check that the model's name can stand in an address."""
        if self._vertex and ask.params.get("vertexai") is False:
            raise ConfigurationError("vertexai=False contradicts 'vertex/…': write 'google/…' for the Gemini API.")
        if any(sign in ask.model for sign in ("..", "?", "&", "#")):
            raise ConfigurationError(f"There can be no model {ask.model!r}.")

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a request for generated content."""
        params = {name: value for name, value in ask.params.items() if name not in _ENDPOINT}
        return gemini_body(replace(ask, params=params))

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request to the Gemini API or to Vertex."""
        choices = body.get("generationConfig", {}).get("candidateCount", 1)
        if not isinstance(choices, int) or isinstance(choices, bool) or choices < 1:
            raise ConfigurationError(f"n={choices!r}: ask for a whole number of choices, 1 or more.")
        chosen = {name: ask.params.get(name) for name in _ENDPOINT}
        if self._vertex and ask.client is None:
            chosen["vertexai"] = True
        endpoint, http = self._endpoint(ask, chosen)
        if self._vertex and not endpoint.vertex:
            raise ConfigurationError("This client is one of the Gemini API: 'vertex/…' takes one of Vertex.")
        if self._vertex and ask.client is None and not ask.api_key:
            endpoint = replace(endpoint, key=None, location=endpoint.location or "global")
        return GoogleRequest(replace(ask, client=http), body, endpoint, choices=choices)

    def _endpoint(self, ask: CallSpec, chosen: dict[str, Any]) -> tuple[Endpoint, Any]:
        """Return the endpoint of a call, and the user's HTTP client if there is one."""
        if ask.client is None or hasattr(ask.client, "build_request"):
            return endpoint_from_environment(key=ask.api_key, base_url=ask.base_url, **chosen), ask.client
        if any(value is not None for value in chosen.values()):
            raise cannot(self.name, "vertexai=, project= or location= beside client=…, which says them itself")
        http = http_of_client(ask.client)
        return endpoint_from_client(ask.client, key=ask.api_key, base_url=ask.base_url), http


def _read_refusal(error: StatusError) -> dict[str, Any]:
    """Return Google's error object, and put the status into the field that `map_error` reads as the code."""
    body: Any = error.body
    if isinstance(body, list) and body:
        body = cast("list[Any]", body)[0]
    given: Any = cast("dict[str, Any]", body).get("error") if isinstance(body, dict) else None
    if not isinstance(given, dict):
        return {}
    fields = cast("dict[str, Any]", given)
    error.body = {"error": {"message": fields.get("message"), "code": fields.get("status") or fields.get("code")}}
    return fields


def _auth_error(names: set[str], error: Exception) -> StreamError:
    """Return the error of streamkit for an exception of google-auth."""
    if "DefaultCredentialsError" in names:
        hint = "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS"
        return ConfigurationError(f"Google Cloud is not set up ({error}): {hint}.")
    if "TransportError" in names:
        return TransportError(f"Google Cloud gave no token: {error}")
    return AuthenticationFailed(f"Google Cloud gave no token: {error}")


PROVIDER: Provider = GoogleProvider()

VERTEX: Provider = GoogleProvider(vertex=True)
