"""The elements of a JSON array, each emitted at the end of the element."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar, overload

from reactivex import Observable

from ..chunk import Chunk
from ..origin import Void
from ._base.machine import from_machine

T = TypeVar("T")

At = str | Sequence[str | int] | None


Source = Observable[str] | Observable[Chunk]


@overload
def items(model: type[T], at: At = None, *, voids: Literal[True]) -> Callable[[Source], Observable[T | Void]]: ...


@overload
def items(model: type[T], at: At = None) -> Callable[[Source], Observable[T]]: ...


@overload
def items(model: Any, at: At = None, *, voids: bool = False) -> Callable[[Source], Observable[Any]]: ...


def items(model: Any, at: At = None, *, voids: bool = False) -> Callable[[Source], Observable[Any]]:
    r"""Emit the validated elements of an array as they close; an invalid element stops the call at once.

    The array is the JSON value itself, or the first field of an object that is an array. Text behind the array is
    ignored. The JSON is found in the same way as by ``partial``.

    .. marble::
        :alt: items

        --[{"name": "Io"}, {"na--me": "Europa"}--]--|
        [                items(Moon)                ]
        --(Io)-------------------(Europa)-----------|

    Args:
        model: Type of an element: a pydantic model, or any type that pydantic validates.
        at: Path of the array in the JSON: names with dots between them, or a list of names and indices.
        voids: True to read answers that may be asked for again (``reask=``): an ``sk.Void`` says that all elements
            before are void, and the next answer is read afresh.

    Returns:
        An operator on pieces of text or on chunks.

    Raises:
        ConfigurationError: pydantic cannot validate the type, or ``at`` is not a path.
        ConfigurationError: By ``on_error``: the answer may be asked for again, and ``voids`` is not True.
        MalformedError: By ``on_error``: an element is invalid (the message has its index, ``__cause__`` is pydantic's
            error), there is no such array, or the JSON is broken or cut off.
        LimitExceeded: By ``on_error``: the JSON is nested more than 128 deep.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of('{"moons": ["Io", "Eu', 'ropa"]}')).pipe(items(str)))
    ['Io', 'Europa']
    """
    from ..partial_json.each_answer import EachAnswer
    from ..partial_json.extractor import ItemsExtractor, operator_label, parse_path, prepare_type

    name = operator_label("items", model)
    plan, element = prepare_type(name, model)
    path, opening = parse_path(name, at, element)
    extractor = functools.partial(ItemsExtractor, name, plan, opening, at=path)
    each = functools.partial(EachAnswer, extractor, name=name, voids=voids or None)
    return from_machine(each, emits="many", gives="other", name=name)
