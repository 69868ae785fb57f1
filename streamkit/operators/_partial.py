"""A typed object as far as it has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from reactivex import Observable

from ..chunk import Chunk
from ..runtime import from_machine

T = TypeVar("T")


@overload
def partial(model: type[T]) -> Callable[[Observable[str] | Observable[Chunk]], Observable[T]]: ...
@overload
def partial(model: Any) -> Callable[[Observable[str] | Observable[Chunk]], Observable[Any]]: ...
def partial(model: Any) -> Callable[[Observable[str] | Observable[Chunk]], Observable[Any]]:
    r"""Emit an object of a type as far as it has come, with each element that changes it, and at last the whole.

    The JSON may stand in prose or in a fence: it begins at the first place where the type's may. Of chunks
    the text is read, or the arguments of the first tool call if that comes before any JSON. A bare number at the
    end of an answer that its length has cut is refused; pieces of text do not tell that.

    What is not whole is shown as ``PartialBook``, a class derived from ``Book``: a field that has not come has
    its default or None, a string grows, everything else is shown once it is closed and fits alone. A model
    inside it that has closed is validated and then is a ``Book``, as the last emission is. Each emission is a
    new object that never changes, but they share their closed parts: do not alter these.

    .. marble::
        :alt: partial

        --{"ti--tle": "Eu--ropa"--}--|
        [       partial(Moon)        ]
        ------------(Eu)--(Europa)-(Europa)|

    Args:
        model: A pydantic model, a dataclass, a typed dict, or any type that pydantic validates
            (``list[Book]``, ``Book | Film``).

    Returns:
        An operator on pieces of text or on chunks; the last emission is valid.

    Raises:
        ConfigurationError: pydantic cannot validate the type.
        MalformedError: By ``on_error``: there is no JSON, it is broken or cut off, or the whole is not valid
            (``__cause__`` is pydantic's error).
        LimitExceeded: By ``on_error``: it is nested more than 128 deep.

    >>> import reactivex as rx, streamkit as sk
    >>> from pydantic import BaseModel
    >>> class Moon(BaseModel):
    ...     name: str
    ...     radius: int
    >>> for moon in sk.flow(rx.of('{"name": "Eu', 'ropa", "rad', 'ius": 1561}')).pipe(partial(Moon)):
    ...     print(repr(moon))
    PartialMoon(name='Eu')
    PartialMoon(name='Europa')
    Moon(name='Europa', radius=1561)
    """
    from ..structure.machine import named, planned
    from ..structure.machines import PartialMachine

    name = named("partial", model)
    plan, wanted = planned(name, model)
    return from_machine(lambda: PartialMachine(name, plan, wanted), name=name)
