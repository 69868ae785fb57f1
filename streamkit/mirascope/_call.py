"""Mirascope's decorators on top of ``sk.call``: they stream only with ``stream=True``, and give Mirascope's results."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AbstractContextManager
from typing import Any, Generic, Literal, ParamSpec, Protocol, TypeAlias, cast, overload

from typing_extensions import TypeVar

import streamkit as sk

from ..traces import quiet, quietly
from ._prompt import as_prompt
from ._response import CallResponse, Stream, reraise

P = ParamSpec("P")
M = TypeVar("M")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
S = TypeVar("S", default=Any)


class Decorator(Protocol[R_co]):
    @overload
    def __call__(self, function: Callable[P, Awaitable[Any]], /) -> Callable[P, Coroutine[Any, Any, R_co]]: ...  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
    @overload
    def __call__(self, function: Callable[P, object], /) -> Callable[P, R_co]: ...


Streams: TypeAlias = "Literal[True] | Mapping[str, bool]"


class Call(Generic[S]):
    """``llm.call``, or the ``call`` of one provider; the results are this room's."""

    def __init__(self, provider: str | None = None) -> None:
        self._provider = provider

    @overload
    def __call__(  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
        self, *name: str, stream: Streams, response_model: type[M], **more: Any
    ) -> Decorator[sk.Flow[sk.Partial[M] | M, M]]: ...
    @overload
    def __call__(self, *name: str, stream: Streams, **more: Any) -> Decorator[Stream[S]]: ...
    @overload
    def __call__(
        self, *name: str, response_model: type[M], output_parser: Callable[[M], R], **more: Any
    ) -> Decorator[R]: ...
    @overload
    def __call__(self, *name: str, output_parser: Callable[[CallResponse], R], **more: Any) -> Decorator[R]: ...
    @overload
    def __call__(self, *name: str, response_model: type[M], **more: Any) -> Decorator[M]: ...
    @overload
    def __call__(self, *name: str, response_model: object, **more: Any) -> Decorator[Any]: ...
    @overload
    def __call__(self, *name: str, **more: Any) -> Decorator[CallResponse]: ...

    def __call__(self, *name: str, **options: Any) -> Any:
        """Decorate a function that returns a prompt; calls of the decorated function return the model's answer.

        Args:
            name: The model's name; of ``llm.call`` the provider's and the model's.
            options: Options of ``sk.call``; ``stream`` is False by default.
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
    if parser := given.get("output_parser"):
        given["output_parser"] = _parser(parser)
    return given


def _parser(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda answer: parse(_result(answer))


def _finished(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return a decorated function whose results bear Mirascope's names."""

    async def awaited(result: Awaitable[Any]) -> Any:
        try:
            return _result(await result)
        except sk.StreamError as error:
            reraise(error)

    @functools.wraps(call)
    @quiet  # with its attributes, so that `sk.override` and `sk.retry` take it
    def finished(*args: Any, **kwargs: Any) -> Any:
        try:
            result = call(*args, **kwargs)
        except sk.StreamError as error:
            reraise(error)
        return quietly(awaited(result)) if asyncio.iscoroutine(result) else _result(result)

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


def override(call: Callable[P, Any], **options: Any) -> Callable[P, Any]:
    """Return a decorated function with other options; see ``sk.override``."""
    return _finished(cast("Callable[..., Any]", sk.override)(call, **_given(options)))


def context(**options: Any) -> AbstractContextManager[None]:
    """Override the options of all decorated functions that are called in a ``with`` block; see ``sk.context``."""
    return sk.context(**_given(options))
