"""``sk.call``: the decorator, and the types of the results that the options give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, TypeAlias, Unpack, overload

from typing_extensions import TypedDict, TypeVar

from .._flow import Flow
from .._stream import Stream
from ..errors import ConfigurationError
from ..response import Response
from ..runtime import Limits
from ..settings import Caps, Keep, SentinelEnds, Timeouts, Transport
from ..tool import PartialToolCall, ToolCall
from ..traces import quiet
from ._function import Decorated
from ._settings import Settings, declare

if TYPE_CHECKING:
    from . import _provider_types as types


class PartialTools(TypedDict):
    """A value of ``stream=`` that asks for partial tool calls."""

    partial_tools: Literal[True]


class Common(TypedDict, total=False):
    """Options of every call, but for the provider."""

    tools: Iterable[Any] | None
    system: str | None
    call_params: Mapping[str, Any] | None
    extra: Mapping[str, Any] | None
    json_mode: bool
    client: Any
    api_key: str | Callable[[], Any] | None
    base_url: str | None
    timeouts: Timeouts | None
    limits: Limits | None
    caps: Caps | None
    resend: bool | None
    transport: Transport | None
    sentinel_ends: SentinelEnds | None
    keep: Keep


class Shared(Common, total=False):
    """Options that ``sk.call`` and ``sk.override`` have in common."""

    provider: str | None


class OfProvider(Common, total=False, extra_items=Any):
    """Options of a call whose result has the types of the provider that ``provider=`` names."""

    response_model: None
    output_parser: None
    partial_tools: Literal[False]


class Options(Shared, total=False, extra_items=Any):
    """Options of ``sk.call``; any other keyword is a parameter for the provider."""


class Changes(Shared, total=False):
    """Options of ``sk.override`` that do not change the type of the result."""

    model: str


class Overrides(Changes, total=False):
    """All options of ``sk.override`` and ``sk.context``."""

    stream: bool | PartialTools
    partial_tools: bool
    response_model: Any
    output_parser: Callable[[Any], Any] | None


P = ParamSpec("P")

M = TypeVar("M")

R = TypeVar("R")

R_co = TypeVar("R_co", covariant=True)

S = TypeVar("S", default=Any)

W = TypeVar("W", default=Any)

F = TypeVar("F", bound=str, default=str)

Streams: TypeAlias = Literal[True]

Whole: TypeAlias = Literal[False]


class Decorator(Generic[R_co]):
    """A decorator that turns a function that returns a prompt into one that returns the answer."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @overload
    def __call__(self, function: Callable[P, Awaitable[Any]], /) -> Callable[P, Coroutine[Any, Any, R_co]]: ...  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
    @overload
    def __call__(self, function: Callable[P, object], /) -> Callable[P, R_co]: ...

    def __call__(self, function: Callable[..., Any], /) -> Callable[..., Any]:
        if not callable(function) or isinstance(function, type):
            raise ConfigurationError(f"sk.call(…) decorates a function that returns a prompt, not {function!r}.")
        if hasattr(function, "__streamkit__"):
            raise ConfigurationError("This function is decorated already: sk.override(function, …) changes its call.")
        return Decorated(function, self._settings).wrap()


class CallFactory(Generic[S, W, F]):
    """``sk.call``, or the ``call`` of one provider.

    Args:
        provider: The provider's name; None for ``sk.call``, whose model string names the provider.
    """

    def __init__(self, provider: str | None = None) -> None:
        self._provider = provider
        self.__doc__ = type(self).__call__.__doc__

    def __repr__(self) -> str:
        return f"streamkit.{self._provider}.call" if self._provider else "streamkit.call"

    @overload
    def __call__(  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
        self,
        model: str | None = ...,
        *,
        stream: Literal[False],
        response_model: type[M],
        output_parser: Callable[[M], R],
        **options: Unpack[Options],
    ) -> Decorator[R]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: Literal[False],
        output_parser: Callable[[Response[Any, W, F]], R],
        **options: Unpack[Options],
    ) -> Decorator[R]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: Literal[False],
        response_model: type[M],
        **options: Unpack[Options],
    ) -> Decorator[Response[M, W, F]]: ...
    @overload
    def __call__(  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
        self,
        model: str | None = ...,
        *,
        stream: Literal[True] = ...,
        response_model: type[M],
        **options: Unpack[Options],
    ) -> Decorator[Flow[M]]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: Literal[True] = ...,
        response_model: object,
        **options: Unpack[Options],
    ) -> Decorator[Flow[Any]]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        provider: Literal["openai", "azure", "xai"],
        stream: Streams = ...,
        **options: Unpack[OfProvider],
    ) -> Decorator[types.OpenAIStream]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        provider: Literal["openai", "azure", "xai"],
        stream: Whole,
        **options: Unpack[OfProvider],
    ) -> Decorator[types.OpenAIResponse]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        provider: Literal["anthropic"],
        stream: Streams = ...,
        **options: Unpack[OfProvider],
    ) -> Decorator[types.AnthropicStream]: ...
    @overload
    def __call__(
        self, model: str | None = ..., *, provider: Literal["anthropic"], stream: Whole, **options: Unpack[OfProvider]
    ) -> Decorator[types.AnthropicResponse]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        provider: Literal["mistral"],
        stream: Streams = ...,
        **options: Unpack[OfProvider],
    ) -> Decorator[types.MistralStream]: ...
    @overload
    def __call__(
        self, model: str | None = ..., *, provider: Literal["mistral"], stream: Whole, **options: Unpack[OfProvider]
    ) -> Decorator[types.MistralResponse]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        provider: Literal["google"],
        stream: Streams = ...,
        **options: Unpack[OfProvider],
    ) -> Decorator[types.GoogleStream]: ...
    @overload
    def __call__(
        self, model: str | None = ..., *, provider: Literal["google"], stream: Whole, **options: Unpack[OfProvider]
    ) -> Decorator[types.GoogleResponse]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        provider: Literal["groq"],
        stream: Streams = ...,
        **options: Unpack[OfProvider],
    ) -> Decorator[types.GroqStream]: ...
    @overload
    def __call__(
        self, model: str | None = ..., *, provider: Literal["groq"], stream: Whole, **options: Unpack[OfProvider]
    ) -> Decorator[types.GroqResponse]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        provider: Literal["cohere"],
        stream: Streams = ...,
        **options: Unpack[OfProvider],
    ) -> Decorator[types.CohereStream]: ...
    @overload
    def __call__(
        self, model: str | None = ..., *, provider: Literal["cohere"], stream: Whole, **options: Unpack[OfProvider]
    ) -> Decorator[types.CohereResponse]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        provider: Literal["litellm"],
        stream: Streams = ...,
        **options: Unpack[OfProvider],
    ) -> Decorator[types.LiteLLMStream]: ...
    @overload
    def __call__(
        self, model: str | None = ..., *, provider: Literal["litellm"], stream: Whole, **options: Unpack[OfProvider]
    ) -> Decorator[types.LiteLLMResponse]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        provider: Literal["bedrock"],
        stream: Streams = ...,
        **options: Unpack[OfProvider],
    ) -> Decorator[types.BedrockStream]: ...
    @overload
    def __call__(
        self, model: str | None = ..., *, provider: Literal["bedrock"], stream: Whole, **options: Unpack[OfProvider]
    ) -> Decorator[types.BedrockResponse]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        provider: Literal["ollama"],
        stream: Streams = ...,
        **options: Unpack[OfProvider],
    ) -> Decorator[types.OllamaStream]: ...
    @overload
    def __call__(
        self, model: str | None = ..., *, provider: Literal["ollama"], stream: Whole, **options: Unpack[OfProvider]
    ) -> Decorator[types.OllamaResponse]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: Literal[False],
        **options: Unpack[Options],
    ) -> Decorator[Response[Any, W, F]]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: Literal[True] = ...,
        partial_tools: Literal[True],
        **options: Unpack[Options],
    ) -> Decorator[Stream[S, ToolCall | PartialToolCall, W, F]]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: PartialTools,
        **options: Unpack[Options],
    ) -> Decorator[Stream[S, ToolCall | PartialToolCall, W, F]]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: Literal[True] = ...,
        **options: Unpack[Options],
    ) -> Decorator[Stream[S, ToolCall, W, F]]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: bool,
        **options: Unpack[Options],
    ) -> Decorator[Any]: ...

    @quiet
    def __call__(self, model: str | None = None, **options: Any) -> Decorator[Any]:
        """Decorate a function that returns a prompt; calls of the decorated function return the model's answer.

        The function returns a text; a list of texts and ``ImagePart``, ``AudioPart``, ``DocumentPart``; messages; or a
        dict, which is a dynamic configuration: ``messages`` and, for one call, ``tools``, ``call_params``, ``client``
        and ``metadata``. ``sk.prompt_template`` can write the prompt instead. An ``async def`` stays async.

        Args:
            model: ``provider/model``, or the model's name together with ``provider=``.
            options: Options listed below; any other keyword is a parameter for the provider, as in ``call_params``.

                ``stream``: True, the default, returns a ``Stream``; False waits and returns the ``Response``;
                ``{"partial_tools": True}`` is ``partial_tools=True``.

                ``tools``: typed functions, pydantic model classes, ``sk.Tool`` objects and dicts.

                ``response_model``: type of the answer. With streaming, the result is a ``Flow`` of partial answers,
                the validated answer last; without streaming, ``Response.parsed`` is the answer.

                ``json_mode``: True to use the provider's JSON mode and to put the schema into the prompt.

                ``output_parser``: function that makes the result from the whole Response, or from the parsed
                ``response_model``; with ``stream=False`` only.

                ``call_params``: parameters for the provider; common names are translated, others pass unchanged.

                ``partial_tools``: True to emit a ``PartialToolCall`` for each delta before each finished tool call.

                ``client``, ``api_key``, ``base_url``, ``timeouts``, ``limits``, ``caps``, ``resend``,
                ``transport``, ``sentinel_ends``, ``keep``: the options of ``sk.stream``.

        Raises:
            ConfigurationError: An option is unknown or invalid, or the options do not go together.

        >>> import streamkit as sk
        >>> @sk.call("replay/openai", speed=20)
        ... def ask(what: str) -> str:
        ...     return f"Which moons may hold {what}?"
        >>> ask("life").run().state
        'complete'
        """
        if self._provider is not None:
            if options.get("provider") or not isinstance(model, str):
                raise ConfigurationError(f'Name a model of this provider: sk.{self._provider}.call("model").')
            model = f"{self._provider}/{model}"
        known = {name: options.pop(name) for name in _OPTIONS if name in options}
        known["call_params"] = {**(known.get("call_params") or {}), **options}
        return Decorator(declare({**known, "model": model}))


_OPTIONS = (
    *("api_key", "base_url", "call_params", "caps", "client", "extra", "json_mode", "keep", "limits"),
    *("output_parser", "partial_tools", "provider", "resend", "response_model", "sentinel_ends", "stream", "system"),
    *("timeouts", "tools", "transport"),
)

call: CallFactory[Any] = CallFactory()
