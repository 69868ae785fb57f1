"""Overriding settings: ``sk.override`` makes a changed function, ``sk.context`` changes all calls in a block."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import MethodType
from typing import Any, Literal, ParamSpec, TypeVar, Unpack, overload

from .._flow import Flow
from .._stream import OVERRIDES, Stream
from ..partial_json import Partial
from ..response import Response
from ..traces import quiet
from ._call_options import Changes, Overrides, PartialTools
from ._decorator import B
from ._function import decorated
from ._settings import declare

P = ParamSpec("P")

R = TypeVar("R")

M = TypeVar("M")


@overload
def override(  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
    call: Callable[P, Coroutine[Any, Any, Any]],
    *,
    stream: Literal[False],
    response_model: type[M],
    **options: Unpack[Changes],
) -> Callable[P, Coroutine[Any, Any, Response[M]]]: ...


@overload
def override(  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
    call: Callable[P, Coroutine[Any, Any, Any]],
    *,
    stream: Literal[True],
    response_model: type[B],
    **options: Unpack[Changes],
) -> Callable[P, Coroutine[Any, Any, Flow[Partial[B] | B, B]]]: ...


@overload
def override(
    call: Callable[P, Coroutine[Any, Any, Any]],
    *,
    stream: Literal[True],
    response_model: type[M],
    **options: Unpack[Changes],
) -> Callable[P, Coroutine[Any, Any, Flow[M]]]: ...


@overload
def override(  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
    call: Callable[P, Coroutine[Any, Any, Any]], *, stream: Literal[False], **options: Unpack[Changes]
) -> Callable[P, Coroutine[Any, Any, Response]]: ...


@overload
def override(  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
    call: Callable[P, Coroutine[Any, Any, Any]], *, stream: Literal[True], **options: Unpack[Changes]
) -> Callable[P, Coroutine[Any, Any, Stream]]: ...


@overload
def override(
    call: Callable[P, object], *, stream: Literal[False], response_model: type[M], **options: Unpack[Changes]
) -> Callable[P, Response[M]]: ...


@overload
def override(
    call: Callable[P, object], *, stream: Literal[True], response_model: type[B], **options: Unpack[Changes]
) -> Callable[P, Flow[Partial[B] | B, B]]: ...


@overload
def override(
    call: Callable[P, object], *, stream: Literal[True], response_model: type[M], **options: Unpack[Changes]
) -> Callable[P, Flow[M]]: ...


@overload
def override(
    call: Callable[P, object], *, stream: Literal[False], **options: Unpack[Changes]
) -> Callable[P, Response]: ...


@overload
def override(
    call: Callable[P, object], *, stream: Literal[True], **options: Unpack[Changes]
) -> Callable[P, Stream]: ...


@overload
def override(call: Callable[P, R], **options: Unpack[Changes]) -> Callable[P, R]: ...


# One of these options is required in each overload: to mypy, a call that fits two overloads is of no type.
@overload
def override(
    call: Callable[P, object],
    *,
    stream: bool | PartialTools,
    response_model: Any = ...,
    output_parser: Callable[[Any], Any] | None = ...,
    partial_tools: bool = ...,
    **options: Unpack[Changes],
) -> Callable[P, Any]: ...


@overload
def override(
    call: Callable[P, object],
    *,
    response_model: Any,
    output_parser: Callable[[Any], Any] | None = ...,
    partial_tools: bool = ...,
    **options: Unpack[Changes],
) -> Callable[P, Any]: ...


@overload
def override(
    call: Callable[P, object],
    *,
    output_parser: Callable[[Any], Any] | None,
    partial_tools: bool = ...,
    **options: Unpack[Changes],
) -> Callable[P, Any]: ...


@overload
def override(call: Callable[P, object], *, partial_tools: bool, **options: Unpack[Changes]) -> Callable[P, Any]: ...


@overload
def override(
    call: Callable[P, object],
    *,
    converse: bool,
    stream: bool | PartialTools = ...,
    response_model: Any = ...,
    output_parser: Callable[[Any], Any] | None = ...,
    partial_tools: bool = ...,
    **options: Unpack[Changes],
) -> Callable[P, Any]: ...


@quiet
def override(call: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """Return a decorated function with other settings; the original function stays unchanged.

    An override wins over a context.

    Args:
        call: A function that ``sk.call`` has decorated.
        options: Options of ``sk.call``, including ``model`` and ``provider``; each replaces the function's own option.
            A change of the provider drops the function's client, key and base URL.

    Raises:
        ConfigurationError: ``call`` is no such function, or the options do not go together.

    >>> import streamkit as sk
    >>> @sk.call("openai/gpt-5-mini")
    ... def ask(what: str) -> str:
    ...     return f"Which moons may hold {what}?"
    >>> sk.override(ask, model="anthropic/claude-sonnet-5")("life").provider
    'anthropic'
    """
    changed = decorated(call).with_overrides(options)
    owner = getattr(call, "__self__", None)
    return changed if owner is None else MethodType(changed, owner)


@quiet
def context(**options: Unpack[Overrides]) -> AbstractContextManager[None]:
    """Override the settings of all decorated functions called in a ``with`` block, in this task or thread only.

    ``timeouts``, ``limits``, ``caps``, ``resend`` and ``transport`` are also the defaults of every ``sk.stream``,
    ``stream.again()``, ``sk.retry`` and ``sk.search`` in the block. Precedence: argument > override > context >
    decorator.

    A call made in the block keeps its settings, even if it is awaited or iterated after the block.

    Args:
        options: Options of ``sk.override``.

    Raises:
        ConfigurationError: The options do not go together.

    >>> import streamkit as sk
    >>> @sk.call("openai/gpt-5-mini")
    ... def ask(what: str) -> str:
    ...     return f"Which moons may hold {what}?"
    >>> with sk.context(model="gpt-5"):
    ...     stream = ask("life")
    >>> stream.model, ask("life").model
    ('gpt-5', 'gpt-5-mini')
    """
    # Tried on a call of any model, so that an error is raised here and not where a function is called.
    declare({"model": "openai/any"}).with_overrides({"output_parser": None, **options})
    return _within([options])


@contextmanager
def _within(given: list[Mapping[str, Any]]) -> Generator[None]:
    token = OVERRIDES.set((*OVERRIDES.get(), dict(given.pop())))
    try:
        yield
    finally:
        OVERRIDES.reset(token)
