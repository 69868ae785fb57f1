"""Google's Gemini, on its own API and on Vertex, by plain HTTP to the documented address."""

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
from ._google_place import Endpoint, http_of_client, place_of_client, place_of_environment, signed
from ._plain import PlainRequest, StatusError
from ._request import CallSpec, Connection, Provider, Request
from ._vendor import ProviderConfig

GOOGLE = ProviderConfig("google", "gemini.generate_content", keys=("GOOGLE_API_KEY", "GEMINI_API_KEY"))

_VERTEX = replace(GOOGLE, quirks="vertex")

_PLACE = ("vertexai", "project", "location")


class GoogleRequest(PlainRequest):
    """One request for generated content that has not been sent.

    Args:
        ask: What is asked.
        body: The request's fields.
        place: Where it is asked.
        choices: How many answers are asked for.
    """

    def __init__(self, ask: CallSpec, body: dict[str, Any], place: Endpoint, *, choices: int) -> None:
        row = _VERTEX if place.vertex else GOOGLE
        super().__init__(ask, row, path="", body=body, query={"alt": "sse"}, choices=choices)
        self._place = place
        self._project = place.project
        self._signed: dict[str, str] = {}

    def load(self) -> None:
        """Import httpx, and google-auth if it is needed."""
        super().load()
        if self._needs_token:
            with contextlib.suppress(ImportError):  # said when it is used
                importlib.import_module("google.auth.transport.requests")

    async def open(self) -> Connection:
        """Send the request and return when its answer begins.

        Raises:
            ConfigurationError: There is no key, or Google Cloud is not set up.
            StatusError: The server refuses.
        """
        if self._needs_token:
            self._project, self._signed = await to_thread(lambda: signed(self._place, self._url_in), imports=False)
        return await super().open()

    def error(self, error: Exception) -> StreamError:
        """Say in our terms what an exception of google-auth's, of the server's or the transport's means."""
        names = {cls.__name__ for cls in type(error).__mro__ if cls.__module__ == "google.auth.exceptions"}
        if names:
            return super().error(_auth_error(names, error))
        told = _read_refusal(error) if isinstance(error, StatusError) else {}
        found = super().error(error)
        if told and found.retry_after is None:
            found.retry_after = retry_delay(told)
        if isinstance(found, BadRequest) and "API_KEY_INVALID" in str(told.get("details")):  # it comes as a 400
            return AuthenticationFailed(found.message, **found.details)
        return found

    @property
    def _needs_token(self) -> bool:
        return self._place.needs_token and not any(name.lower() == "authorization" for name in self._extra_headers)

    def _key(self) -> Any:
        return self._place.key

    def _checked_key(self) -> Any:
        if not self._place.key and not self._place.vertex:
            names = " or ".join(reversed(GOOGLE.keys))
            raise ConfigurationError(f"{names} is not set: set one of them, or pass api_key=… to the call.")
        return self._place.key or "none"

    def _url(self) -> str:
        return self._url_in(self._project)

    def _url_in(self, project: str | None) -> str:
        return self._place.url(self.ask.model, project)

    def _headers(self, url: str, key: str) -> dict[str, str]:
        own = {"x-goog-api-key": key} if self._place.key else self._signed
        return {**self._place.headers, **own}


class GoogleProvider(Provider):
    """Google's Gemini; with ``project=`` or ``location=``, or by the SDK's environment names, on Vertex."""

    name = "google"
    reserved = Provider.reserved | {"contents", "system_instruction", "systemInstruction"}

    def check(self, ask: CallSpec) -> None:
        """Check that the model's name can stand in an address."""
        if any(sign in ask.model for sign in ("..", "?", "&", "#")):
            raise ConfigurationError(f"There can be no model {ask.model!r}.")

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of a request for generated content."""
        params = {name: value for name, value in ask.params.items() if name not in _PLACE}
        return gemini_body(replace(ask, params=params))

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request to the Gemini API or to Vertex."""
        choices = body.get("generationConfig", {}).get("candidateCount", 1)
        if not isinstance(choices, int) or isinstance(choices, bool) or choices < 1:
            raise ConfigurationError(f"n={choices!r}: ask for a whole number of choices, 1 or more.")
        place, http = self._place(ask, {name: ask.params.get(name) for name in _PLACE})
        return GoogleRequest(replace(ask, client=http), body, place, choices=choices)

    def _place(self, ask: CallSpec, chosen: dict[str, Any]) -> tuple[Endpoint, Any]:
        """Find out where to ask, and by which HTTP client of the user's."""
        if ask.client is None or hasattr(ask.client, "build_request"):
            return place_of_environment(key=ask.api_key, base_url=ask.base_url, **chosen), ask.client
        if any(value is not None for value in chosen.values()):
            raise cannot(self.name, "vertexai=, project= or location= beside client=…, which says them itself")
        http = http_of_client(ask.client)
        return place_of_client(ask.client, key=ask.api_key, base_url=ask.base_url), http


def _read_refusal(error: StatusError) -> dict[str, Any]:
    """Return Google's error object, and put its name where the error map looks for the code."""
    body: Any = error.body
    if isinstance(body, list) and body:
        body = cast("list[Any]", body)[0]
    given: Any = cast("dict[str, Any]", body).get("error") if isinstance(body, dict) else None
    if not isinstance(given, dict):
        return {}
    told = cast("dict[str, Any]", given)
    error.body = {"error": {"message": told.get("message"), "code": told.get("status") or told.get("code")}}
    return told


def _auth_error(names: set[str], error: Exception) -> StreamError:
    """Say what an exception of google-auth's means."""
    if "DefaultCredentialsError" in names:
        hint = "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS"
        return ConfigurationError(f"Google Cloud is not set up ({error}): {hint}.")
    if "TransportError" in names:
        return TransportError(f"Google Cloud gave no token: {error}")
    return AuthenticationFailed(f"Google Cloud gave no token: {error}")


def sdk_event(**raw: Any) -> Any:
    """Build the SDK's own object for an event, where google-genai is installed and can read it; else it stays a dict.

    Args:
        raw: The event's fields.
    """
    try:
        from google.genai.types import GenerateContentResponse as Event
    except ImportError:
        return raw
    try:
        return Event._from_response(response=raw, kwargs={})  # pyright: ignore[reportPrivateUsage] - drops unknown fields
    except AttributeError:  # it takes no enum that is a number
        return raw


PROVIDER: Provider = GoogleProvider()
