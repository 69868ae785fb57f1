"""The contract of providers: a provider makes a request for a call, and the request opens a connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypedDict, cast

from ..errors import ConfigurationError, StreamError
from ..messages import Message
from ..question import AnswerParser, Origin, RequestInfo
from ..runtime import Limits
from ..settings import CAPS, Caps, SentinelEnds, ThinkingTags, Transport
from ..usage.tokens import weigh
from ..wire import Decoder
from ..wire.request import cannot, check, stop_strings

if TYPE_CHECKING:
    from .._recording import Cache

_MAX_TOKENS = ("max_tokens", "max_completion_tokens", "max_output_tokens")  # by the names of several APIs


@dataclass(frozen=True, slots=True, repr=False)
class CallSpec:
    """One call: the model, the conversation and every option for the provider.

    Args:
        model: The model's name, without the provider's.
        messages: The conversation.
        tools: The tools: ``Tool`` objects, and dicts in the neutral or the provider's own form.
        client: The user's own SDK client.
        api_key: The key, or a function that returns it, sync or async.
        base_url: The address to use instead of the provider's own.
        params: All other parameters, for the provider.
        stream: True if the answer is to arrive in events, False if in one body.
        network: A function that takes the HTTP library and returns a transport that replaces the network.
        transport: ``"direct"`` for a request by streamkit itself, ``"sdk"`` for one by the provider's SDK, ``"auto"``
            for the provider's usual one. A function is taken as ``network``, which had this name before.
        limits: The limits that the call shares with others; it waits for them before it is sent.
        caps: The limits on the memory that its answer may use.
        resend: True if it may be sent once more when a reused connection fails before the answer's first byte.
        sentinel_ends: The choices whose end the sentinel alone proves: ``"none"``, ``"above 0"`` or ``"all"``; None
            for the provider's known behaviour.
        origin: The decorated function that made the call, where there is one.
        answer: The parser of the ``response_model``; None for an answer of text.
        thinking_tags: The tags between which the server sends thinking as text; None for the provider's known ones.
        cache: The cache that may have its answer; None or False for none.
    """

    model: str
    messages: tuple[Message, ...]
    tools: tuple[Any, ...] = ()
    client: Any = None
    api_key: str | Callable[[], Any] | None = None
    base_url: str | None = None
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    stream: bool = True
    network: Callable[[Any], Any] | None = None
    transport: Transport = "auto"
    limits: Limits | None = None
    caps: Caps = CAPS
    resend: bool = True
    sentinel_ends: SentinelEnds | None = None
    origin: Origin = field(default_factory=Origin)
    answer: AnswerParser | None = None
    thinking_tags: ThinkingTags | None = None
    cache: Cache | Literal[False] | None = None

    def __post_init__(self) -> None:
        key: Any = self.api_key
        if not (key is None or isinstance(key, str) or callable(key)):
            kind = type(key).__name__
            raise ConfigurationError(f"api_key= takes a text, or a function that returns one, not {kind}.")
        older: Any = self.transport
        if callable(older):
            object.__setattr__(self, "network", older)
            object.__setattr__(self, "transport", "auto")

    def __repr__(self) -> str:
        return f"Ask({self.model!r}, {len(self.messages)} messages)"  # a traceback may print it: no key, no prompt

    def question(self, started: float | None = None, ended: float | None = None) -> RequestInfo:
        """Return the call's content, without the key, the client and the network.

        Args:
            started: The time at which it was sent, in seconds since 1970.
            ended: The time at which it ended, in the same seconds.
        """
        return RequestInfo(self.model, self.messages, self.params, self.tools, self.origin, started, ended)

    @property
    def prompt_tokens(self) -> int:
        """The estimated number of tokens in the prompt's text; images and audio are not counted."""
        texts = (text for message in self.messages for text in _texts(message))
        return sum(weigh(text).likely for text in texts) // 100

    @property
    def max_tokens(self) -> int | None:
        """The most tokens of all answers together, or None if the call sets no limit."""
        answers: object = self.params.get("n", 1)
        for name in _MAX_TOKENS:
            most: object = self.params.get(name)
            if most is not None:
                return most * answers if isinstance(most, int) and isinstance(answers, int) else None
        return None


def _texts(message: Message) -> Iterator[str]:
    content: Any = message.get("content") if isinstance(message, dict) else message.content
    for part in [content] if isinstance(content, str) else content or ():
        text: object = cast("dict[str, Any]", part).get("text") if isinstance(part, dict) else part
        if isinstance(text, str):
            yield text


def check_transport(provider: object, ask: CallSpec) -> None:
    """Check that a provider can open a call in the chosen way.

    Args:
        provider: The provider, of streamkit or from another package.
        ask: The call.

    Raises:
        ConfigurationError: The provider opens its calls in another way, or a client of an SDK is passed to a direct
            call.
    """
    if ask.transport == "auto":
        return
    known: tuple[str, ...] = getattr(provider, "transports", ())
    name: str = getattr(provider, "name", type(provider).__name__)
    if ask.transport not in known:
        ways = " or ".join(f'transport="{each}"' for each in known) or 'its own way only, transport="auto"'
        raise ConfigurationError(f"{name} has no transport={ask.transport!r}: it opens calls by {ways}.", provider=name)
    if ask.transport == "direct" and ask.client is not None and not hasattr(ask.client, "build_request"):
        kind = type(ask.client).__name__
        raise ConfigurationError(
            f'transport="direct" uses no SDK, so it cannot take the {kind} in client=: leave one of the two out.',
            provider=name,
        )


class Decoding(TypedDict):
    """The arguments of ``open_decoder`` that a call decides."""

    cap: int
    sentinel_ends: SentinelEnds | None
    stop: tuple[str, ...]
    thinking_tags: ThinkingTags | None
    whole: bool


def decoding_of(ask: CallSpec) -> Decoding:
    """Return the arguments of ``open_decoder`` that a call decides; a body without streaming may be as large as a log.

    Args:
        ask: The call.
    """
    cap = ask.caps.event if ask.stream else ask.caps.log
    return {
        "cap": cap,
        "sentinel_ends": ask.sentinel_ends,
        "stop": stop_strings(ask.params),
        "thinking_tags": ask.thinking_tags,
        "whole": not ask.stream,
    }


Ask = CallSpec  # the older name, which provider packages import


class Connection(Protocol):
    """An open answer: the bytes, and two ways to end the connection."""

    @property
    def request_id(self) -> str | None:
        """The provider's id of the request."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return an iterator over the body's bytes, as they arrive."""
        ...

    def shut_down(self) -> None:
        """Shut the connection down at once, from any thread."""
        ...

    async def aclose(self) -> None:
        """Close the connection, or return it to the pool after a body that was read to the end."""
        ...


class Request(Protocol):
    """A request, which has not been sent."""

    ask: CallSpec
    provider: str

    def decoder(self) -> Decoder:
        """Return a new decoder for the answer's bytes; called when the answer has begun, and after ``load``."""
        ...

    def load(self) -> None:
        """Import the SDK; blocking, and called in a worker thread.

        Raises:
            ConfigurationError: A package is missing.
        """
        ...

    async def open(self) -> Connection:
        """Send the request and return the connection when the answer begins.

        Raises:
            ConfigurationError: A key is missing.
        """
        ...

    def error(self, error: Exception) -> StreamError:
        """Return the error of streamkit for an exception of the SDK or the transport."""
        ...


class Provider:
    """The base class of streamkit's own providers: a provider checks a call and makes the request.

    A subclass sets ``name``, and writes ``body`` and ``make_request``; or it writes ``request`` itself. Any object with
    a ``name`` and such a ``request`` works as a provider, too. ``sk.Provider`` has both already.
    """

    name: str
    """The provider's name in a model string, before the slash."""
    reserved: ClassVar[frozenset[str]] = frozenset({"stream", "model", "messages", "tools"})
    """The parameters that the request sets itself, so that a call cannot give them."""
    transports: ClassVar[tuple[str, ...]] = ()
    """The ways in which it can open a call by name: ``"direct"``, ``"sdk"``, both, or neither."""
    unsupported: ClassVar[tuple[str, ...]] = ()
    """The common parameters that the provider does not have; None as their value is allowed."""

    def request(self, ask: CallSpec) -> Request:
        """Check a call and make the request; nothing is imported or sent.

        Args:
            ask: The call.

        Raises:
            ConfigurationError: The provider cannot do what the call asks for.
        """
        check(ask.params, reserved=self.reserved)
        self.check(ask)
        for name in self.unsupported:
            if ask.params.get(name) is not None:
                raise cannot(self.name, f"the parameter {name}")
        return self.make_request(ask, self.body(ask))

    def check(self, ask: CallSpec) -> None:
        """Check what only this provider can check, such as the user's client; the base class accepts every call.

        Args:
            ask: The call, whose parameters have been checked.

        Raises:
            ConfigurationError: The provider cannot do what the call asks for.
        """

    def body(self, ask: CallSpec) -> dict[str, Any]:
        """Return the fields of the request's body.

        Args:
            ask: The call, which has been checked.

        Raises:
            ConfigurationError: The provider cannot do what the call asks for.
        """
        raise NotImplementedError(f"{type(self).__name__} has neither request() nor body().")

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        """Return the request, which has not been sent.

        Args:
            ask: The call, which has been checked.
            body: The fields of the request's body.

        Raises:
            ConfigurationError: The provider cannot do what the call asks for.
        """
        raise NotImplementedError(f"{type(self).__name__} has neither request() nor make_request().")
