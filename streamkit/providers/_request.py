"""What a provider is to the rest: a request that can be opened, and the connection that it opens to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import StreamError
from ..messages import Message
from ..wire import Decoder


@dataclass(frozen=True, slots=True)
class Ask:
    """One call as the user wrote it, checked as far as it can be before anything is sent.

    Args:
        model: The model's name, without the provider's.
        messages: The conversation.
        tools: The provider's own tool objects.
        client: The user's own SDK client.
        api_key: The key, or something that returns one, async too.
        base_url: Where to send it instead of the provider's own address.
        params: Everything else, for the provider.
        transport: Makes the HTTP library's transport, instead of one that uses the network.
    """

    model: str
    messages: tuple[Message, ...]
    tools: tuple[Any, ...] = ()
    client: Any = None
    api_key: str | Callable[[], Any] | None = None
    base_url: str | None = None
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    transport: Callable[[Any], Any] | None = None


class Connection(Protocol):
    """An answer that is being sent."""

    @property
    def request_id(self) -> str | None:
        """The provider's id of the request."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return the body's bytes as they come."""
        ...

    def shut_down(self) -> None:
        """Cut the connection at once, from any thread."""
        ...

    async def aclose(self) -> None:
        """Close it, or return it to its pool if the body has been read to its end."""
        ...


class Request(Protocol):
    """A call that has not been sent."""

    ask: Ask
    provider: str

    def decoder(self) -> Decoder:
        """Make what turns the answer's bytes into chunks."""
        ...

    def load(self) -> None:
        """Import the SDK, the first time in a process; blocking, in a worker thread.

        Raises:
            ConfigurationError: A package is missing.
        """
        ...

    async def open(self) -> Connection:
        """Send the request and return when its answer begins.

        Raises:
            ConfigurationError: A key is missing.
        """
        ...

    def error(self, error: Exception) -> StreamError:
        """Say in our terms what an exception of the SDK's or the transport's means."""
        ...


class Provider(Protocol):
    """Who answers: checks what is asked and makes the request."""

    name: str

    def request(self, ask: Ask) -> Request:
        """Check a call and make its request; nothing is imported or sent.

        Raises:
            ConfigurationError: The provider cannot do this.
        """
        ...
