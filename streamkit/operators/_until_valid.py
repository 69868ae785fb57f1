"""Stop as soon as the wanted object is whole and valid, and stop the call with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from reactivex import Observable

from ..chunk import Chunk
from ..runtime import from_machine

T = TypeVar("T")


@overload
def until_valid(model: type[T]) -> Callable[[Observable[str] | Observable[Chunk]], Observable[T]]: ...
@overload
def until_valid(model: Any) -> Callable[[Observable[str] | Observable[Chunk]], Observable[Any]]: ...
def until_valid(model: Any) -> Callable[[Observable[str] | Observable[Chunk]], Observable[Any]]:
    r"""Emit the first object that is whole and valid, complete, and stop the source at once.

    What is broken or not valid is passed over: a model may correct itself. The JSON is found as ``partial``
    finds it.

    .. marble::
        :alt: until_valid

        --{"name": "Eu--ropa"} I hope th--is helps--|
        [             until_valid(Moon)             ]
        ---------------(Europa)|

    Args:
        model: A pydantic model, or any type that pydantic validates.

    Returns:
        An operator on pieces of text or on chunks that emits one object.

    Raises:
        ConfigurationError: pydantic cannot validate the type.
        MalformedError: By ``on_error``: the source has ended, and nothing in it was valid (``__cause__`` is what
            pydantic says of the last that was not).
        LimitExceeded: By ``on_error``: something is nested more than 128 deep.

    >>> import reactivex as rx, streamkit as sk
    >>> sk.flow(rx.of('[1, "two"] I mean: ', "[1, 2", "] and so on")).pipe(until_valid(list[int])).run()
    [1, 2]
    """
    from ..structure.machine import named, planned
    from ..structure.machines import ValidMachine

    name = named("until_valid", model)
    plan, wanted = planned(name, model)
    return from_machine(lambda: ValidMachine(name, plan, wanted), name=name)
