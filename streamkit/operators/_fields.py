"""The values inside a JSON text, as they grow and close."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reactivex import Observable

from ..chunk import Chunk
from ..runtime import from_machine
from ..structure import Field


def fields(model: Any = None) -> Callable[[Observable[str] | Observable[Chunk]], Observable[Field]]:
    r"""Emit an event for each value inside the JSON that grows or closes; with a type, stop at the first invalid one.

    A string that is not whole gives an event with each element that brings more of it; everything else, and
    each object and array once it is whole, gives one event, the whole the last. With a type the values are
    validated as they close. The JSON is found as ``partial`` finds it.

    .. marble::
        :alt: fields

        --{"name": "Eu--ropa", "radius": 1561--}--|
        [                fields()                 ]
        --(name: Eu)---(name: Europa)----(radius)-(whole)|

    Args:
        model: A pydantic model, or any type that pydantic validates; any object or array, if not given.

    Returns:
        An operator from pieces of text or chunks to ``Field(path, value, closed, delta)``. The path is a tuple
        of names and indices; the value of a growing string is what has come of it, ``delta`` what is new.

    Raises:
        ConfigurationError: pydantic cannot validate the type.
        MalformedError: By ``on_error``: a value is not valid (the message has its path, ``__cause__`` is
            pydantic's error), there is no JSON, or it is broken or cut off.
        LimitExceeded: By ``on_error``: it is nested more than 128 deep.

    >>> import reactivex as rx, streamkit as sk
    >>> for field in sk.flow(rx.of('{"name": "Eu', 'ropa"}')).pipe(fields()):
    ...     print(field.path, field.value, field.closed)
    ('name',) Eu False
    ('name',) Europa True
    () {'name': 'Europa'} True
    """
    from ..structure.machine import named, planned
    from ..structure.machines import FieldsMachine

    name = "fields()" if model is None else named("fields", model)
    plan, wanted = planned(name, Any if model is None else model)
    return from_machine(lambda: FieldsMachine(name, plan, wanted), name=name)
