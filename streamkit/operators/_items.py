"""The elements of a JSON array, each emitted at the end of the element."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from reactivex import Observable

from ..chunk import Chunk
from ._base.machine import from_machine

T = TypeVar("T")

At = str | Sequence[str | int] | None


@overload
def items(model: type[T], at: At = None) -> Callable[[Observable[str] | Observable[Chunk]], Observable[T]]: ...


@overload
def items(model: Any, at: At = None) -> Callable[[Observable[str] | Observable[Chunk]], Observable[Any]]: ...


def items(model: Any, at: At = None) -> Callable[[Observable[str] | Observable[Chunk]], Observable[Any]]:
    r"""Emit the validated elements of an array as they close; an invalid element stops the call at once.

    The array is the JSON value itself, or the first field of an object that is an array. Text behind the array is
    ignored. The JSON is found in the same way as by ``partial``.

    .. marble::
        :alt: items

        --[{"name": "Io"}, {"na--me": "Europa"}--]--|
        [               items(Moon)                 ]
        --(Io)------------------(Europa)------------|

    Args:
        model: Type of an element: a pydantic model, or any type that pydantic validates.
        at: Path of the array in the JSON: names with dots between them, or a list of names and indices.

    Returns:
        An operator on pieces of text or on chunks.

    Raises:
        ConfigurationError: pydantic cannot validate the type, or ``at`` is not a path.
        MalformedError: By ``on_error``: an element is invalid (the message has its index, ``__cause__`` is pydantic's
            error), there is no such array, or the JSON is broken or cut off.
        LimitExceeded: By ``on_error``: the JSON is nested more than 128 deep.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of('{"moons": ["Io", "Eu', 'ropa"]}')).pipe(items(str)))
    ['Io', 'Europa']
    """
    from ..partial_json.extractor import ItemsExtractor, operator_label, parse_path, prepare_type

    name = operator_label("items", model)
    plan, element = prepare_type(name, model)
    path, opening = parse_path(name, at, element)
    return from_machine(lambda: ItemsExtractor(name, plan, opening, at=path), emits="many", gives="other", name=name)
