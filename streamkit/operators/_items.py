"""The elements of an array, each as it closes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from reactivex import Observable

from ..chunk import Chunk
from ..runtime import from_machine

T = TypeVar("T")
At = str | Sequence[str | int] | None


@overload
def items(model: type[T], at: At = None) -> Callable[[Observable[str] | Observable[Chunk]], Observable[T]]: ...
@overload
def items(model: Any, at: At = None) -> Callable[[Observable[str] | Observable[Chunk]], Observable[Any]]: ...
def items(model: Any, at: At = None) -> Callable[[Observable[str] | Observable[Chunk]], Observable[Any]]:
    r"""Emit the elements of an array as they close, each validated; an invalid one stops the call at once.

    The array is the JSON itself, or of an object its first field that is an array. What follows the array
    is not looked at. The JSON is found as ``partial`` finds it.

    .. marble::
        :alt: items

        --[{"name": "Io"}, {"na--me": "Europa"}--]--|
        [               items(Moon)                 ]
        --(Io)------------------(Europa)------------|

    Args:
        model: What an element is: a pydantic model, or any type that pydantic validates.
        at: Where in the JSON the array stands: names with dots between them, or a list of names and indices.

    Returns:
        An operator on pieces of text or on chunks.

    Raises:
        ConfigurationError: pydantic cannot validate the type, or the path is none.
        MalformedError: By ``on_error``: an element is not valid (the message has its index, ``__cause__`` is
            pydantic's error), there is no such array, or the JSON is broken or cut off.
        LimitExceeded: By ``on_error``: it is nested more than 128 deep.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of('{"moons": ["Io", "Eu', 'ropa"]}')).pipe(items(str)))
    ['Io', 'Europa']
    """
    from ..structure.machine import located, named, planned
    from ..structure.machines import ItemsMachine

    name = named("items", model)
    plan, element = planned(name, model)
    path, wanted = located(name, at, element)
    return from_machine(lambda: ItemsMachine(name, plan, wanted, at=path), name=name)
