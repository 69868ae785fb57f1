"""Mirascope's decorators on top of ``sk.call``: they stream only with ``stream=True``, and give its results."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Generic, Literal, ParamSpec, Protocol, TypeAlias, Unpack, cast, overload

from typing_extensions import TypedDict, TypeVar

import streamkit as sk

from ._prompt import as_prompt
from ._response import CallResponse, Stream, reraise
from ._types import StreamConfig

P = ParamSpec("P")
M = TypeVar("M")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
S = TypeVar("S", default=Any)


class Options(TypedDict, total=False):
    """Options of ``call`` and ``override`` that do not change the type of the result."""

    provider: str | None
    model: str | None
    tools: Iterable[Any] | None
    json_mode: bool | None
    client: Any
    call_params: Mapping[str, Any] | None


class Decorator(Protocol[R_co]):
    """A decorator that turns a function that returns a prompt into one that returns the answer."""

    @overload
    def __call__(self, function: Callable[P, Awaitable[Any]], /) -> Callable[P, Coroutine[Any, Any, R_co]]: ...  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
    @overload
    def __call__(self, function: Callable[P, object], /) -> Callable[P, R_co]: ...


Streams: TypeAlias = "Literal[True] | StreamConfig"


class Call(Generic[S]):
    """``llm.call``, or the ``call`` of one provider.

    Args:
        provider: The provider's name; None if each call names it.
    """

    def __init__(self, provider: str | None = None) -> None:
        self._provider = provider

    @overload
    def __call__(
        self, *name: str, stream: Streams, response_model: type[M], **options: Unpack[Options]
    ) -> Decorator[sk.Flow[M]]: ...
    @overload
    def __call__(self, *name: str, stream: Streams, **options: Unpack[Options]) -> Decorator[Stream[S]]: ...
    @overload
    def __call__(
        self,
        *name: str,
        stream: Literal[False] = ...,
        response_model: type[M],
        output_parser: Callable[[M], R],
        **options: Unpack[Options],
    ) -> Decorator[R]: ...
    @overload
    def __call__(
        self,
        *name: str,
        stream: Literal[False] = ...,
        output_parser: Callable[[CallResponse], R],
        **options: Unpack[Options],
    ) -> Decorator[R]: ...
    @overload
    def __call__(
        self, *name: str, stream: Literal[False] = ..., response_model: type[M], **options: Unpack[Options]
    ) -> Decorator[M]: ...
    @overload
    def __call__(
        self, *name: str, stream: Literal[False] = ..., **options: Unpack[Options]
    ) -> Decorator[CallResponse]: ...

    def __call__(self, *name: str, **options: Any) -> Any:
        """Decorate a function that returns a prompt, so that it returns the model's answer.

        Args:
            name: The model's name; of ``llm.call`` the provider's and the model's.
            options: ``stream``, ``tools``, ``response_model``, ``output_parser``, ``json_mode``, ``client`` and
                ``call_params``, as in ``sk.call``.

        >>> @Call("openai")("gpt-5-mini", stream=True)
        ... def ask(what: str) -> str:
        ...     return f"Which moons may hold {what}?"
        >>> ask("life").model
        'gpt-5-mini'
        """
        known = ("model",) if self._provider else ("provider", "model")
        options = {"stream": False, **_given(options), **dict(zip(known, name, strict=False))}
        inner = cast("Callable[..., Any]", sk.call)(**{"provider": self._provider, **options})

        def decorate(function: Callable[..., Any]) -> Any:
            return _finished(inner(as_prompt(function)))

        return decorate


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are given, with a parser that takes what this room's calls return."""
    given = {name: value for name, value in options.items() if value is not None}
    parser: Callable[[Any], Any] | None = given.get("output_parser")
    if parser is not None:

        def parse(answer: Any) -> Any:
            return parser(_result(answer))

        given["output_parser"] = parse
    return given


def _finished(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return a decorated function whose results bear Mirascope's names."""

    async def awaited(result: Awaitable[Any]) -> Any:
        try:
            return _result(await result)
        except sk.StreamError as error:
            reraise(error)

    @functools.wraps(call)  # with its attributes, so that `sk.override` and `sk.retry` take it
    def finished(*args: Any, **kwargs: Any) -> Any:
        try:
            result = call(*args, **kwargs)
        except sk.StreamError as error:
            reraise(error)
        return awaited(result) if asyncio.iscoroutine(result) else _result(result)

    return finished


def _result(result: Any) -> Any:
    if isinstance(result, sk.Stream):
        return Stream.of(cast("sk.Stream[Any, Any]", result))
    if not isinstance(result, sk.Response) or isinstance(result, CallResponse):
        return result
    response = CallResponse.of(cast("sk.Response[Any]", result))
    if response.parsed is None:
        return response
    if hasattr(response.parsed, "model_fields_set"):  # a value of another type has no room for it
        response.parsed._response = response
    return response.parsed


def override(call: Callable[P, R], **options: Any) -> Callable[P, Any]:
    """Return a decorated function with other settings; the original function stays unchanged.

    Args:
        call: A function that ``call`` has decorated.
        options: Options of ``call``.
    """
    return _finished(cast("Callable[..., Any]", sk.override)(call, **_given(options)))


def context(**options: Any) -> AbstractContextManager[None]:
    """Override the settings of all decorated functions that are called in a ``with`` block.

    Args:
        options: Options of ``call``.
    """
    return sk.context(**_given(options))
