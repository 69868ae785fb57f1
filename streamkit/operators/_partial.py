"""Partial typed objects of an answer that is still arriving."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, overload

from reactivex import Observable

from ..chunk import Chunk
from ..origin import Void
from ..partial_json import Partial
from ._base.machine import from_machine

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from pydantic import BaseModel

    from ._base.partials import PartialObservable

T = TypeVar("T")

D = TypeVar("D", bound=Mapping[str, object])

M = TypeVar("M", bound="BaseModel | DataclassInstance")

Source: TypeAlias = "Observable[str] | Observable[Chunk]"


@overload
def partial(
    model: type[M], *, voids: Literal[True]
) -> Callable[[Source], PartialObservable[Partial[M] | M | Void, M]]: ...


@overload
def partial(model: type[T], *, voids: Literal[True]) -> Callable[[Source], PartialObservable[T | Void, T]]: ...


@overload
def partial(model: type[M]) -> Callable[[Source], PartialObservable[Partial[M] | M, M]]: ...


@overload
def partial(model: type[list[M]]) -> Callable[[Source], PartialObservable[list[Partial[M] | M], list[M]]]: ...


@overload
def partial(model: type[D]) -> Callable[[Source], PartialObservable[dict[str, Any], D]]: ...


@overload
def partial(model: type[T]) -> Callable[[Source], Observable[T]]: ...


@overload
def partial(model: Any, *, voids: bool = False) -> Callable[[Source], Observable[Any]]: ...


def partial(model: Any, *, voids: bool = False) -> Callable[[Source], Observable[Any]]:
    r"""Emit the partial object of a type after each element that changes the object, and at last the complete object.

    The JSON may stand in prose or in a code fence: it begins where the text first matches the type. Of chunks the
    content is read, or the arguments of the first tool call if that comes before any JSON. A number that stands alone
    at the end of an answer cut by its length is refused; pieces of text cannot show such a cut.

    An incomplete ``Book`` is a ``PartialBook``, which is an ``sk.Partial[Book]`` and not a ``Book``: a missing field
    has its default or None, a string grows, and every other value appears once it is closed and valid by itself. A
    nested model that has closed is validated and of its own class, as the last emission is. An emission
    never changes while you hold it; do not change it either, since later ones share its parts.

    .. marble::
        :alt: partial

        --{"ti--tle": "Eu--ropa"--}--|
        [       partial(Book)        ]
        --------(Eu)-------(Europa)-(Europa)|

    Each answer of a conversation is read afresh. If an answer is asked for again (``reask=``), an empty object says
    that everything before is void, or an ``sk.Void`` that has the reason; no error of that answer is emitted.

    Args:
        model: A pydantic model, a dataclass, a typed dict, or any type that pydantic validates
            (``list[Book]``, ``Book | Film``).
        voids: True to emit an ``sk.Void`` in place of the empty object.

    Returns:
        An operator on pieces of text or on chunks; the last emission is valid.

    Raises:
        ConfigurationError: pydantic cannot validate the type.
        MalformedError: By ``on_error``: there is no JSON, the JSON is broken or cut off, or the object is invalid
            (``__cause__`` is pydantic's error).
        LimitExceeded: By ``on_error``: the JSON is nested more than 128 deep.

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
    from ..partial_json.each_answer import EachAnswer
    from ..partial_json.extractor import PartialExtractor, operator_label, prepare_type

    name = operator_label("partial", model)
    plan, opening = prepare_type(name, model)
    each = functools.partial(EachAnswer, lambda: PartialExtractor(name, plan, opening), name=name, voids=voids)
    return from_machine(each, emits="one", gives="other", name=name)
