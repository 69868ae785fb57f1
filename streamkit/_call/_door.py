"""``sk.call``, with the types of what it makes of a function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any, Generic, Literal, ParamSpec, Unpack, overload

from typing_extensions import TypedDict, TypeVar

from .._flow import Flow
from .._stream import Stream
from ..errors import ConfigurationError
from ..response import Response
from ..runtime import Limits
from ..settings import Caps, Keep, SentinelEnds, Timeouts
from ..tool import PartialToolCall, ToolCall
from ..traces import quiet
from ._function import Decorated
from ._settings import Settings, declare


class PartialTools(TypedDict):
    """What ``stream=`` may say beside True: that the pieces of tool calls are wanted."""

    partial_tools: Literal[True]


class Shared(TypedDict, total=False):
    """What ``sk.call`` takes and ``sk.override`` changes; see there."""

    provider: str | None
    tools: Iterable[Any] | None
    call_params: Mapping[str, Any] | None
    json_mode: bool
    client: Any
    api_key: str | Callable[[], Any] | None
    base_url: str | None
    timeouts: Timeouts | None
    limits: Limits | None
    caps: Caps | None
    resend: bool | None
    sentinel_ends: SentinelEnds | None
    keep: Keep


class Options(Shared, total=False, extra_items=Any):
    """Those of ``sk.call``; any other goes to the provider."""


class Changes(Shared, total=False):
    """Those of ``sk.override`` that leave the type of the result as it is."""

    model: str


class Overrides(Changes, total=False):
    """Those of ``sk.override`` and ``sk.context``; there are no others."""

    stream: bool | PartialTools
    partial_tools: bool
    response_model: Any
    output_parser: Callable[[Any], Any] | None


P = ParamSpec("P")

M = TypeVar("M")

R = TypeVar("R")

R_co = TypeVar("R_co", covariant=True)

S = TypeVar("S", default=Any)


class Decorator(Generic[R_co]):
    """What ``sk.call(…)`` returns: it makes of a function that returns a prompt one that returns the answer.

    Args:
        settings: What its calls are declared with.
    """

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
        return Decorated(function, self._settings).door()


class CallFactory(Generic[S]):
    """``call`` of all providers, or of one.

    Args:
        provider: The provider's name; None for the call that is told it.
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
        output_parser: Callable[[Response], R],
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
    ) -> Decorator[Response[M]]: ...
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
        stream: Literal[False],
        **options: Unpack[Options],
    ) -> Decorator[Response]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: Literal[True] = ...,
        partial_tools: Literal[True],
        **options: Unpack[Options],
    ) -> Decorator[Stream[S, ToolCall | PartialToolCall]]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: PartialTools,
        **options: Unpack[Options],
    ) -> Decorator[Stream[S, ToolCall | PartialToolCall]]: ...
    @overload
    def __call__(
        self,
        model: str | None = ...,
        *,
        stream: Literal[True] = ...,
        **options: Unpack[Options],
    ) -> Decorator[Stream[S]]: ...
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
        """Make of a function that returns a prompt one that returns the model's answer.

        The function returns a text; a list of texts and ``ImagePart``, ``AudioPart``, ``DocumentPart``; messages; or a
        dict, its dynamic configuration: ``messages`` and, for this one call, ``tools``, ``call_params``, ``client``
        and ``metadata``. Or ``sk.prompt_template`` writes the prompt. If it is an ``async def``, so is the result.

        Args:
            model: ``provider/model``; or give ``provider=`` and ``model=``.
            options: Those below; any other goes to the provider, as what stands in ``call_params`` does.

                ``stream``: True, the default, gives a ``Stream``; False waits and gives the ``Response``;
                ``{"partial_tools": True}`` is ``partial_tools=True``.

                ``tools``: what the model may call: typed functions, pydantic model classes, ``sk.Tool``, dicts.

                ``response_model``: the type of the answer. Streaming gives a ``Flow`` of the answer as far as it has
                come, the validated one last; without streaming the Response has it as ``parsed``.

                ``json_mode``: ask for JSON, and tell the schema in the prompt, instead of holding the model to it.

                ``output_parser``: makes the result of the whole Response, or of what ``response_model`` gives; with
                ``stream=False``.

                ``call_params``: what goes to the provider; the common names are mapped, others pass.

                ``partial_tools``: a loop of pairs gives a ``PartialToolCall`` for each piece, then the whole call.

                ``client``, ``api_key``, ``base_url``, ``timeouts``, ``limits``, ``caps``, ``resend``,
                ``sentinel_ends``, ``keep``: as those of ``sk.stream``.

        Raises:
            ConfigurationError: What can be known now is wrong.

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
    *("api_key", "base_url", "call_params", "caps", "client", "json_mode", "keep", "limits", "output_parser"),
    *("partial_tools", "provider", "resend", "response_model", "sentinel_ends", "stream", "timeouts", "tools"),
)

call: CallFactory[Any] = CallFactory()
