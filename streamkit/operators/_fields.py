"""The values inside a JSON text, as they grow and close."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal, overload

from reactivex import Observable

from ..chunk import Chunk
from ..origin import Void
from ..partial_json import Field
from ._base.machine import from_machine

Source = Observable[str] | Observable[Chunk]


@overload
def fields(model: Any = None, *, voids: Literal[True]) -> Callable[[Source], Observable[Field | Void]]: ...


@overload
def fields(model: Any = None) -> Callable[[Source], Observable[Field]]: ...


def fields(model: Any = None, *, voids: bool = False) -> Callable[[Source], Observable[Any]]:
    r"""Emit an event for each value inside the JSON that grows or closes; with a type, stop at the first invalid one.

    An incomplete string is an event for each element that extends the string. Every other value, and every object
    and array once complete, is one event; the whole JSON value is the last. With a type the values are validated as
    they close. The JSON is found in the same way as by ``partial``.

    .. marble::
        :alt: fields

        --{"name": "Eu--ropa", "radius": 1561--}--|
        [                 fields()                ]
        --(name: Eu)----(name: Europa)---------(radius: 1561)-(whole)|

    Args:
        model: A pydantic model, or any type that pydantic validates; by default any object or array.
        voids: True to read answers that may be asked for again (``reask=``): an ``sk.Void`` says that all events
            before are void, and the next answer is read afresh.

    Returns:
        An operator from pieces of text or chunks to ``Field(path, value, closed, delta)``. The path is a tuple of
        names and indices; for a growing string, the value is the text so far and ``delta`` the new text.

    Raises:
        ConfigurationError: pydantic cannot validate the type.
        ConfigurationError: By ``on_error``: the answer may be asked for again, and ``voids`` is not True.
        MalformedError: By ``on_error``: a value is invalid (the message has its path, ``__cause__`` is pydantic's
            error), there is no JSON, or the JSON is broken or cut off.
        LimitExceeded: By ``on_error``: the JSON is nested more than 128 deep.

    >>> import reactivex as rx, streamkit as sk
    >>> for field in sk.flow(rx.of('{"name": "Eu', 'ropa"}')).pipe(fields()):
    ...     print(field.path, field.value, field.closed)
    ('name',) Eu False
    ('name',) Europa True
    () {'name': 'Europa'} True
    """
    from ..partial_json.each_answer import EachAnswer
    from ..partial_json.extractor import FieldsExtractor, operator_label, prepare_type

    name = "fields()" if model is None else operator_label("fields", model)
    plan, opening = prepare_type(name, Any if model is None else model)
    each = functools.partial(EachAnswer, lambda: FieldsExtractor(name, plan, opening), name=name, voids=voids or None)
    return from_machine(each, emits="many", gives="other", name=name)
