"""``sk.Provider``: a provider that states its API, address and key, and sends the API's own body by plain HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeAlias

from ..errors import ConfigurationError
from ..wire.anthropic.request import messages_body
from ..wire.cohere.request import cohere_body
from ..wire.ollama.request import ollama_body
from ..wire.openai_chat.request import chat_body
from ..wire.openai_responses.request import responses_body
from ..wire.request import choices_of
from ._config import ProviderConfig
from ._direct import ANTHROPIC_SDK
from ._plain import PlainRequest
from ._request import CallSpec, Request
from ._request import Provider as BaseProvider
from .openai import with_usage

Writer: TypeAlias = Callable[[CallSpec, str], dict[str, Any]]


class Provider(BaseProvider):
    """The base class of a provider of your own.

    A subclass sets ``name``, ``api``, ``base_url`` and ``keys``; it may write ``body`` and ``headers``. A provider that
    sends in another way writes ``make_request``, or ``request`` itself. ``sk.register_provider`` makes it known.

    >>> import streamkit as sk
    >>> class Moons(sk.Provider):
    ...     name = "own-moons"
    ...     api = "openai_compatible.chat"
    ...     base_url = "http://localhost:8000/v1"
    >>> sk.register_provider("own-moons", Moons())
    >>> sk.stream("own-moons/small", "Which moons may hold life?").provider
    'own-moons'
    """

    api: str = "openai_compatible.chat"
    """The wire format of its answers, as ``sk.wire`` names it."""
    base_url: str | None = None
    """The address of its server; the call's ``base_url`` wins."""
    path: str | None = None
    """The path behind the address; None for the API's own, such as ``/chat/completions``."""
    keys: tuple[str, ...] = ()
    """The environment variables that may hold the key, in order; empty for a server without a key."""
    transports: ClassVar[tuple[str, ...]] = ("direct",)

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of the request's body, by the API's own writer.

        Args:
            ask: The call, which has been checked.

        Raises:
            ConfigurationError: The API has no field for an input, or has no writer.
        """
        return {**_row(self)[0](ask, self.name), "stream": ask.stream}

    def headers(self, key: str) -> dict[str, str]:
        """Return the headers of a request with the key.

        Args:
            key: The key of the call, or of the environment.
        """
        if self.api == "anthropic.messages":
            return {**ANTHROPIC_SDK.headers, "x-api-key": key}
        return {"authorization": f"Bearer {key}"}

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request, which has not been sent.

        Args:
            ask: The call, which has been checked.
            body: The fields of the request's body.
        """
        return OwnRequest(ask, self, body)


class OwnRequest(PlainRequest):
    """A request of such a provider, which has not been sent.

    Args:
        ask: The call.
        owner: The provider.
        body: The request's fields.
    """

    def __init__(self, ask: CallSpec, owner: Provider, body: Mapping[str, Any]) -> None:
        config = ProviderConfig(owner.name, owner.api, owner.keys, owner.base_url)
        path = _row(owner)[1] if owner.path is None else owner.path
        super().__init__(ask, config, path=path, body=body, choices=choices_of(ask.params))
        self._owner = owner

    def _headers(self, url: str, key: str) -> dict[str, str]:
        return dict(self._owner.headers(key)) if self._config.keys or self.ask.api_key else {}


def _chat(ask: CallSpec, name: str) -> dict[str, Any]:
    return with_usage(chat_body(ask, provider=name), ask)


# Of each API that such a provider may have: the writer of its body, and its path.
_APIS: dict[str, tuple[Writer, str]] = {
    "anthropic.messages": (lambda ask, name: messages_body(ask), "/v1/messages"),
    "cohere.v2.chat": (lambda ask, name: cohere_body(ask), "/v2/chat"),
    "ollama.chat": (lambda ask, name: ollama_body(ask), "/api/chat"),
    "openai_compatible.responses": (lambda ask, name: responses_body(ask, provider=name), "/responses"),
}


def _row(owner: Provider) -> tuple[Writer, str]:
    """Return the writer and the path of a provider's API."""
    found = _APIS.get(owner.api)
    if found is None and owner.api.endswith(".chat") and not owner.api.startswith("cohere"):
        found = (_chat, "/chat/completions")
    if found is None:
        known = ", ".join(["openai_compatible.chat", *_APIS])
        raise ConfigurationError(
            f"{owner.name}: api={owner.api!r} has no writer of bodies: write body() and path, or give one of {known}.",
            provider=owner.name,
        )
    return found
