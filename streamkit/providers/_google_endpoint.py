"""The endpoint and the credentials for Google's models: the Gemini API or Vertex, chosen as Google's SDK does."""

from __future__ import annotations

import functools
import importlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast
from urllib.parse import quote

from .._compat.private import google_credentials, google_http_options, google_settings
from ..errors import ConfigurationError

Key: TypeAlias = "str | Callable[[], Any] | None"

_KEYS = ("GOOGLE_API_KEY", "GEMINI_API_KEY")

_SWITCHES = ("GOOGLE_GENAI_USE_ENTERPRISE", "GOOGLE_GENAI_USE_VERTEXAI")

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"

_SEVERAL_REGIONS = frozenset({"us", "eu"})

_HAS_VERSION = re.compile(r"/v\d+((alpha|beta)\d*)?$")
# Headers about the SDK itself, and headers that every request sets.
_SDKS_OWN = frozenset({"accept-encoding", "content-type", "user-agent", "x-goog-api-client", "x-goog-api-key"})


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint:
    """The endpoint and the credentials of a request.

    Args:
        vertex: True for Vertex, False for the Gemini API.
        key: The API key, or a function that returns it; Vertex takes a token instead.
        project: The Google Cloud project; None for that of the credentials.
        location: The project's location.
        base_url: The address; None for Google's own.
        version: The version of the API; empty where the address holds it.
        headers: Further headers.
        credentials: The credentials of google-auth that make the token; None for those of the environment.
    """

    vertex: bool
    key: Key = None
    project: str | None = None
    location: str | None = None
    base_url: str | None = None
    version: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    credentials: Any = None

    def __repr__(self) -> str:
        return f"Endpoint(vertex={self.vertex}, project={self.project!r}, location={self.location!r})"  # no key

    @property
    def needs_token(self) -> bool:
        """True if a request needs a token of Google Cloud's."""
        return self.vertex and not self.key and not any(name.lower() == "authorization" for name in self.headers)

    def url(self, model: str, project: str | None, *, method: str = "streamGenerateContent") -> str:
        """Return the address of a model's answer.

        Args:
            model: The model's name, as the SDK takes it.
            project: The Google Cloud project; None where it is not known.
            method: The method of the API.
        """
        base = (self.base_url or self._own_address()).rstrip("/")
        path = _vertex_path(model) if self.vertex else _path(model)
        if self.vertex and project and not path.startswith("projects/"):
            path = f"projects/{project}/locations/{self.location}/{path}"
        version = "" if _HAS_VERSION.search(base) or not self.version else f"{self.version}/"
        return f"{base}/{version}{quote(path, safe='/:@')}:{method}"

    def _own_address(self) -> str:
        if not self.vertex:
            return "https://generativelanguage.googleapis.com"
        if self.location is None or self.location == "global":
            return "https://aiplatform.googleapis.com"
        if self.location in _SEVERAL_REGIONS:
            return f"https://aiplatform.{self.location}.rep.googleapis.com"
        return f"https://{self.location}-aiplatform.googleapis.com"


def endpoint_from_environment(
    *, key: Key, base_url: str | None, vertexai: bool | None, project: str | None, location: str | None
) -> Endpoint:
    """Return the endpoint for a call's settings and the SDK's environment variables.

    Args:
        key: The call's key.
        base_url: The call's address.
        vertexai: True for Vertex, False for the Gemini API; None lets the other settings decide.
        project: The call's project, which selects Vertex.
        location: The call's location, which selects Vertex.

    Raises:
        ConfigurationError: The call's settings exclude each other.
    """
    environment_key = next((value for name in _KEYS if (value := os.environ.get(name))), None)
    vertex = bool(project or location) or _switched_on() if vertexai is None else vertexai
    version = _version("v1beta1" if vertex else "v1beta")
    if not vertex:
        if project or location:
            raise ConfigurationError("project= and location= are Vertex's: they do not go with vertexai=False.")
        base_url = base_url or os.environ.get("GOOGLE_GEMINI_BASE_URL")
        return Endpoint(False, key or environment_key, base_url=base_url, version=version)
    named = bool(project or location)
    if named or not key:  # the call's own key has precedence over the environment's project
        project = project or os.environ.get("GOOGLE_CLOUD_PROJECT")
        location = location or os.environ.get("GOOGLE_CLOUD_LOCATION")
        key = key or (None if project or location else environment_key)
    if project or not key:
        location = location or "global"
    base_url = base_url or os.environ.get("GOOGLE_VERTEX_BASE_URL")
    return Endpoint(True, key, project, location, base_url, version)


def endpoint_from_client(client: Any, *, key: Key, base_url: str | None) -> Endpoint:
    """Return the endpoint of a user's client of the SDK.

    Args:
        client: A ``google.genai.Client``, or its ``aio``.
        key: The call's key, which has precedence over the client's.
        base_url: The call's address, which has precedence over the client's.
    """
    settings, options = google_settings(client), google_http_options(client)
    given = cast("dict[str, str]", options.headers or {})
    headers = {name: value for name, value in given.items() if name.lower() not in _SDKS_OWN}
    versioned = getattr(options.base_url_resource_scope, "value", None) == "COLLECTION"  # the address has a version
    return Endpoint(
        bool(settings.vertexai),
        key or settings.api_key,
        settings.project,
        settings.location,
        base_url or options.base_url,
        "" if versioned else options.api_version or "",
        headers,
        google_credentials(client),
    )


def http_of_client(client: Any) -> Any:
    """Return the async HTTP client that a user set on the SDK's client, or None.

    Args:
        client: A ``google.genai.Client``, or its ``aio``.

    Raises:
        ConfigurationError: The client is not of the SDK, or its HTTP settings cannot be used.
    """
    try:
        options = google_http_options(client)
    except AttributeError:
        raise ConfigurationError(f"client= takes a google.genai.Client, not {type(client).__name__}.") from None
    if options.httpx_async_client is not None:
        return options.httpx_async_client
    for name in ("httpx_client", "aiohttp_client", "client_args", "async_client_args", "extra_body"):
        if getattr(options, name, None):
            instead = "extra_body=… in the call" if name == "extra_body" else "HttpOptions(httpx_async_client=…)"
            raise ConfigurationError(f"This client is set up by {name}=…, which cannot be used here: give {instead}.")
    return None


def signed(endpoint: Endpoint, url: Callable[[str | None], str]) -> tuple[str | None, dict[str, str]]:
    """Return the project and the signed headers of a call on Vertex; blocking, since a token may have to be fetched.

    Args:
        endpoint: The endpoint of the call.
        url: A function that takes the project and returns the address.

    Raises:
        ConfigurationError: google-auth is missing, or there is no project.
    """
    try:
        from google.auth.transport.requests import Request
    except ImportError as error:
        raise ConfigurationError("Vertex needs google-auth: pip install 'google-auth[requests]>=2.38'") from error
    credentials, project = endpoint.credentials, endpoint.project
    if credentials is None:
        variables = ((name, value) for name, value in os.environ.items() if name.startswith(("GOOGLE_", "CLOUDSDK_")))
        credentials, found = _default(tuple(sorted(variables)))
        project = project or found
    if project is None and endpoint.base_url is None:
        raise ConfigurationError("Vertex needs a project: set GOOGLE_CLOUD_PROJECT, or pass project=… to the call.")
    headers: dict[str, str] = {}
    credentials.before_request(Request(), "POST", url(project), headers)
    return project, headers


@functools.lru_cache(maxsize=8)
def _default(_environment: object) -> tuple[Any, str | None]:
    """Return the credentials of the environment, cached for as long as the variables stay the same."""
    auth: Any = importlib.import_module("google.auth")
    return auth.default(scopes=[_SCOPE])


def _switched_on() -> bool:
    switch = next((value for name in _SWITCHES if (value := os.environ.get(name))), "")
    return switch.lower() in ("true", "1")


def _version(default: str) -> str:
    version = os.environ.get("GOOGLE_GENAI_API_VERSION")
    return default if not version or version == "beta" else version


def _path(model: str) -> str:
    return model if model.startswith(("models/", "tunedModels/")) else f"models/{model}"


def _vertex_path(model: str) -> str:
    if model.startswith(("projects/", "models/", "publishers/")):
        return model
    publisher, slash, name = model.partition("/")
    return f"publishers/{publisher}/models/{name}" if slash else f"publishers/google/models/{model}"
