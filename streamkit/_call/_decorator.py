"""``sk.call``: the decorator, and the types of the results that the options give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, TypeAlias, Unpack, overload

from typing_extensions import TypeVar

from .._flow import Flow
from .._stream import Cached, Record, Stream
from ..partial_json import Partial
from ..response import Response
from ..runtime import Limits
from ..settings import Caps, Keep, SentinelEnds, ThinkingTags, Timeouts, Transport
from ..tool import PartialToolCall, ToolCall
from ..traces import quiet
from ._call_options import OfConversation, OfProvider, Options, PartialTools
from ._function import Decorator
from ._settings import declare_call

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from pydantic import BaseModel

    from . import _provider_types as types


P = ParamSpec("P")

M = TypeVar("M")

B = TypeVar("B", bound="BaseModel | DataclassInstance")

R = TypeVar("R")

R_co = TypeVar("R_co", covariant=True)

S = TypeVar("S", default=Any)

W = TypeVar("W", default=Any)

F = TypeVar("F", bound=str, default=str)

Given: TypeAlias = Mapping[str, Any]

Streams: TypeAlias = Literal[True]

Whole: TypeAlias = Literal[False]


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
        self, model: str | None = ..., *, stream: Literal[False], response_model: type[M], **options: Unpack[Options]
    ) -> Decorator[Response[M, W, F]]: ...
    @overload
    def __call__(  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
        self,
        model: str | None = ...,
        *,
        converse: Literal[True],
        stream: Literal[True] = ...,
        response_model: type[M],
        **options: Unpack[OfConversation],
    ) -> Decorator[Stream[S, ToolCall, W, F, M]]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: Literal[True] = ...,
        response_model: type[B],
        **options: Unpack[Options],
    ) -> Decorator[Flow[Partial[B] | B, B]]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: Literal[True] = ...,
        response_model: type[list[B]],
        **options: Unpack[Options],
    ) -> Decorator[Flow[list[Partial[B] | B], list[B]]]: ...
    @overload
    def __call__(
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
        stream: Literal[True] = ...,
        partial_tools: Literal[True],
        **options: Unpack[Options],
    ) -> Decorator[Stream[S, ToolCall | PartialToolCall, W, F]]: ...
    @overload
    def __call__(
        self, model: str | None = ..., *, stream: PartialTools, **options: Unpack[Options]
    ) -> Decorator[Stream[S, ToolCall | PartialToolCall, W, F]]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: Whole,
        provider: str | None = ...,
        response_model: None = ...,
        output_parser: None = ...,
        partial_tools: Literal[False] = ...,
        on_tool: Callable[[ToolCall], Any] | None = ...,
        tools: Iterable[Any] | None = ...,
        temperature: float | None = ...,
        max_tokens: int | None = ...,
        top_p: float | None = ...,
        stop: str | Sequence[str] | None = ...,
        seed: int | None = ...,
        frequency_penalty: float | None = ...,
        presence_penalty: float | None = ...,
        n: int | None = ...,
        tool_choice: str | Given | None = ...,
        json_schema: type | Given | None = ...,
        system: str | None = ...,
        call_params: Given | None = ...,
        extra: Given | None = ...,
        json_mode: bool = ...,
        client: Any = ...,
        api_key: str | Callable[[], Any] | None = ...,
        base_url: str | None = ...,
        timeouts: Timeouts | None = ...,
        limits: Limits | None = ...,
        caps: Caps | None = ...,
        resend: bool | None = ...,
        transport: Transport | None = ...,
        sentinel_ends: SentinelEnds | None = ...,
        thinking_tags: ThinkingTags | None = ...,
        keep: Keep = ...,
        record: Record | None = ...,
        cache: Cached | None = ...,
        **params: Any,
    ) -> Decorator[Response[Any, W, F]]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: Streams = ...,
        provider: str | None = ...,
        response_model: None = ...,
        output_parser: None = ...,
        partial_tools: Literal[False] = ...,
        on_tool: Callable[[ToolCall], Any] | None = ...,
        tools: Iterable[Any] | None = ...,
        temperature: float | None = ...,
        max_tokens: int | None = ...,
        top_p: float | None = ...,
        stop: str | Sequence[str] | None = ...,
        seed: int | None = ...,
        frequency_penalty: float | None = ...,
        presence_penalty: float | None = ...,
        n: int | None = ...,
        tool_choice: str | Given | None = ...,
        json_schema: type | Given | None = ...,
        system: str | None = ...,
        call_params: Given | None = ...,
        extra: Given | None = ...,
        json_mode: bool = ...,
        client: Any = ...,
        api_key: str | Callable[[], Any] | None = ...,
        base_url: str | None = ...,
        timeouts: Timeouts | None = ...,
        limits: Limits | None = ...,
        caps: Caps | None = ...,
        resend: bool | None = ...,
        transport: Transport | None = ...,
        sentinel_ends: SentinelEnds | None = ...,
        thinking_tags: ThinkingTags | None = ...,
        keep: Keep = ...,
        record: Record | None = ...,
        cache: Cached | None = ...,
        **params: Any,
    ) -> Decorator[Stream[S, ToolCall, W, F]]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: bool | PartialTools = ...,
        provider: str | None = ...,
        response_model: Any = ...,
        reask: int = ...,
        output_parser: Callable[[Any], Any] | None = ...,
        partial_tools: bool = ...,
        on_tool: Callable[[ToolCall], Any] | None = ...,
        tools: Iterable[Any] | None = ...,
        temperature: float | None = ...,
        max_tokens: int | None = ...,
        top_p: float | None = ...,
        stop: str | Sequence[str] | None = ...,
        seed: int | None = ...,
        frequency_penalty: float | None = ...,
        presence_penalty: float | None = ...,
        n: int | None = ...,
        tool_choice: str | Given | None = ...,
        json_schema: type | Given | None = ...,
        system: str | None = ...,
        call_params: Given | None = ...,
        extra: Given | None = ...,
        json_mode: bool = ...,
        client: Any = ...,
        api_key: str | Callable[[], Any] | None = ...,
        base_url: str | None = ...,
        timeouts: Timeouts | None = ...,
        limits: Limits | None = ...,
        caps: Caps | None = ...,
        resend: bool | None = ...,
        transport: Transport | None = ...,
        sentinel_ends: SentinelEnds | None = ...,
        keep: Keep = ...,
        record: Record | None = ...,
        cache: Cached | None = ...,
        **params: Any,
    ) -> Decorator[Any]: ...

    @quiet
    def __call__(
        self,
        model: str | None = None,
        *,
        provider: str | None = None,
        stream: bool | PartialTools = True,
        response_model: Any = None,
        reask: int = 0,
        output_parser: Callable[[Any], Any] | None = None,
        partial_tools: bool = False,
        tools: Iterable[Any] | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        top_p: float | None = None,
        stop: str | Sequence[str] | None = None,
        seed: int | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        n: int | None = None,
        tool_choice: str | Given | None = None,
        json_schema: type | Given | None = None,
        system: str | None = None,
        call_params: Given | None = None,
        extra: Given | None = None,
        json_mode: bool = False,
        client: Any = None,
        api_key: str | Callable[[], Any] | None = None,
        base_url: str | None = None,
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
        caps: Caps | None = None,
        resend: bool | None = None,
        transport: Transport | None = None,
        sentinel_ends: SentinelEnds | None = None,
        thinking_tags: ThinkingTags | None = None,
        keep: Keep = "all",
        record: Record | None = None,
        **params: Any,  # and cache=, which has no line left here
    ) -> Decorator[Any]:
        """Decorate a function that returns a prompt; calls of the decorated function return the model's answer.

        The function returns a text; a list of texts and ``ImagePart``, ``AudioPart``, ``DocumentPart``; messages; or a
        dict, which is a dynamic configuration: ``messages`` and, for one call, ``tools``, ``call_params``, ``client``
        and ``metadata``. ``sk.prompt_template`` can write the prompt instead. An ``async def`` stays async.

        With ``converse=True`` the result is the Stream of a conversation, which runs the tools and goes on until the
        model calls none, also with a ``response_model``; ``max_turns``, ``on_tool``, ``retry``, ``fallback`` and the
        others of ``sk.converse`` are options then.

        Args:
            model: ``provider/model``, or the model's name together with ``provider=``.
            provider: The provider's name, if ``model`` does not name it.
            stream: True, the default, returns a ``Stream``; False waits and returns the ``Response``;
                ``{"partial_tools": True}`` is ``partial_tools=True``.
            response_model: The type of the answer. With streaming, the result is a ``Flow`` of partial answers, the
                validated answer last; without streaming, ``Response.parsed`` is the answer.
            reask: The number of times that the model is asked again, with what does not fit, if its answer is whole and
                does not fit ``response_model``; see ``sk.stream``. The flow begins anew with each answer.
            output_parser: The function that makes the result from the whole Response, or from the parsed
                ``response_model``; with ``stream=False`` only.
            partial_tools: True to emit a ``PartialToolCall`` for each delta before each finished tool call.
            tools: The tools: typed functions, pydantic model classes, ``sk.Tool`` objects and dicts.
            temperature: The randomness of the answer, 0 or more; this and the next nine are those of ``sk.stream``.
            max_tokens: The most tokens of an answer, 1 or more.
            top_p: The share of probability, from 0 to 1, from which the tokens are chosen.
            stop: The text, or the texts, at which the answer ends: by the provider, or else by streamkit.
            seed: A whole number that makes answers repeatable.
            frequency_penalty: A number by which tokens lose that the answer has often.
            presence_penalty: A number by which tokens lose that the answer has at all.
            n: The number of answers (choices) to one request.
            tool_choice: ``"auto"``, ``"none"``, ``"required"``, the name of a tool, or the provider's own form.
            json_schema: The JSON schema of the answer, as a dict or a pydantic model.
            system: The text of the system message, which is put before the prompt.
            call_params: More parameters for the provider, by name.
            extra: Any other fields of the request's body, which are not checked.
            json_mode: True to use the provider's JSON mode and to put the schema into the prompt.
            client: A client of the provider's SDK; this and the next nine are those of ``sk.stream``.
            api_key: The key, or a function that returns one.
            base_url: The address to send the request to.
            timeouts: The call's clocks, in seconds without content.
            limits: The limits that this call shares with others.
            caps: The bounds on the size of the answer.
            resend: True if the request may be sent once more on a fresh connection.
            transport: The sender of the request: ``"direct"``, ``"sdk"`` or ``"auto"``.
            sentinel_ends: The choices whose end the sentinel alone proves.
            thinking_tags: The tags between which the server sends thinking as text.
            keep: ``"all"``, or the number of the last chunks that the log keeps.
            record: The path of a folder or a new file to which each call is recorded, or what ``sk.recording`` returns.
            cache: The ``sk.Cache`` of complete answers, or False for none.
            params: The provider's own parameters, by their names in its API.

        Raises:
            ConfigurationError: An option is unknown or invalid, or the options do not go together.

        >>> import streamkit as sk
        >>> @sk.call("replay/openai", speed=20)
        ... def ask(what: str) -> str:
        ...     return f"Which moons may hold {what}?"
        >>> ask("life").run().state
        'complete'
        """
        return Decorator(declare_call(self._provider, locals()))


call: CallFactory[Any] = CallFactory()
