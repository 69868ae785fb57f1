"""What a provider is to the rest: a request that can be opened, and the connection that it opens to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from ..errors import ConfigurationError, StreamError
from ..messages import Message
from ..question import Origin, RequestInfo
from ..runtime import Limits
from ..settings import CAPS, Caps, SentinelEnds
from ..usage.tokens import weigh
from ..wire import Decoder


@dataclass(frozen=True, slots=True, repr=False)
class CallSpec:
    """One call as the user wrote it, checked as far as it can be before anything is sent.

    Args:
        model: The model's name, without the provider's.
        messages: The conversation.
        tools: ``Tool`` objects, and dicts in the neutral or the provider's own form.
        client: The user's own SDK client.
        api_key: The key, or something that returns one, async too.
        base_url: Where to send it instead of the provider's own address.
        params: Everything else, for the provider.
        transport: Makes the HTTP library's transport, instead of one that uses the network.
        limits: What it shares with other calls, and waits for before it is sent.
        caps: The bounds on what its answer may make grow.
        resend: Whether it may be sent once more when a reused connection fails before any byte of an answer.
        sentinel_ends: Of which choices the sentinel alone proves the end: ``"none"``, ``"above 0"`` or ``"all"``; None
            for what is known of the provider.
        origin: The function that it was made of, where there was one.
    """

    model: str
    messages: tuple[Message, ...]
    tools: tuple[Any, ...] = ()
    client: Any = None
    api_key: str | Callable[[], Any] | None = None
    base_url: str | None = None
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    transport: Callable[[Any], Any] | None = None
    limits: Limits | None = None
    caps: Caps = CAPS
    resend: bool = True
    sentinel_ends: SentinelEnds | None = None
    origin: Origin = field(default_factory=Origin)

    def __post_init__(self) -> None:
        key = cast("object", self.api_key)
        if not (key is None or isinstance(key, str) or callable(key)):
            kind = type(key).__name__
            raise ConfigurationError(f"api_key= takes a text, or a function that returns one, not {kind}.")

    def __repr__(self) -> str:
        return f"Ask({self.model!r}, {len(self.messages)} messages)"  # a traceback may print it: no key, no prompt

    def question(self, started: float | None = None, ended: float | None = None) -> RequestInfo:
        """Return what was asked, without what it was sent by.

        Args:
            started: When it was sent, in seconds since 1970.
            ended: When it had ended.
        """
        return RequestInfo(self.model, self.messages, self.params, self.tools, self.origin, started, ended)

    @property
    def prompt_tokens(self) -> int:
        """About how many tokens the text of the prompt has; pictures and sound are not counted."""
        texts = (text for message in self.messages for text in _texts(message))
        return sum(weigh(text).likely for text in texts) // 100

    @property
    def max_tokens(self) -> int | None:
        """How many tokens all its answers together may have, where the user has said so."""
        given = (self.params.get(name) for name in ("max_tokens", "max_completion_tokens", "max_output_tokens"))
        most: object = next((value for value in given if value is not None), None)
        answers: object = self.params.get("n", 1)
        return most * answers if isinstance(most, int) and isinstance(answers, int) else None


def _texts(message: Message) -> Iterator[str]:
    content: Any = message.get("content") if isinstance(message, dict) else message.content
    for part in [content] if isinstance(content, str) else content or ():
        text: object = cast("dict[str, Any]", part).get("text") if isinstance(part, dict) else part
        if isinstance(text, str):
            yield text


Ask = CallSpec  # the name that provider packages know it by


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

    ask: CallSpec
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

    def request(self, ask: CallSpec) -> Request:
        """Check a call and make its request; nothing is imported or sent.

        Raises:
            ConfigurationError: The provider cannot do this.
        """
        ...
