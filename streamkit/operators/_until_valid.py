"""Stop the call as soon as an object of a type is complete and valid."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, overload

from reactivex import Observable

from ..chunk import Chunk
from ._base.machine import from_machine

T = TypeVar("T")


@overload
def until_valid(model: type[T]) -> Callable[[Observable[str] | Observable[Chunk]], Observable[T]]: ...


@overload
def until_valid(model: Any) -> Callable[[Observable[str] | Observable[Chunk]], Observable[Any]]: ...


def until_valid(model: Any) -> Callable[[Observable[str] | Observable[Chunk]], Observable[Any]]:
    r"""Emit the first object that is complete and valid, and stop the source at once.

    Broken and invalid JSON is skipped: a model may correct itself. The JSON is found in the same way as by
    ``partial``. Each answer of a conversation, or of a call with ``reask=``, is read afresh.

    .. marble::
        :alt: until_valid

        --{"name": "Eu--ropa"} I hope th--is helps--|
        [             until_valid(Moon)             ]
        ----------------(Europa)|

    Args:
        model: A pydantic model, or any type that pydantic validates.

    Returns:
        An operator on pieces of text or on chunks that emits one object.

    Raises:
        ConfigurationError: pydantic cannot validate the type.
        MalformedError: By ``on_error``: the source has ended without a valid object (``__cause__`` is pydantic's error
            for the last invalid one).
        LimitExceeded: By ``on_error``: the JSON is nested more than 128 deep.

    >>> import reactivex as rx, streamkit as sk
    >>> sk.flow(rx.of('[1, "two"] I mean: ', "[1, 2", "] and so on")).pipe(until_valid(list[int])).run()
    [1, 2]
    """
    from ..partial_json.each_answer import EachAnswer
    from ..partial_json.extractor import ValidExtractor, operator_label, prepare_type

    name = operator_label("until_valid", model)
    plan, opening = prepare_type(name, model)
    each = functools.partial(EachAnswer, lambda: ValidExtractor(name, plan, opening), name=name)
    return from_machine(each, emits="one", gives="other", name=name)
