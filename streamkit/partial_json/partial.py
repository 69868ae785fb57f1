"""Partial: the class of incomplete objects, in a file of its own because it needs no pydantic and is named in types."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar, Generic, final

from typing_extensions import TypeVar

M_co = TypeVar("M_co", covariant=True, default=Any)

_ABSENT = object()


@final
class Partial(Generic[M_co]):
    """An incomplete object of a model or a dataclass, whose fields may be missing; it is no instance of the model.

    A missing field has its default or None. The methods and properties of the model work on what has arrived.

    >>> import reactivex as rx, streamkit as sk
    >>> from pydantic import BaseModel
    >>> class Moon(BaseModel):
    ...     name: str
    ...     radius: int
    >>> for moon in sk.flow(rx.of('{"name": "Io", ', '"radius": 1821}')).pipe(sk.operators.partial(Moon)):
    ...     print(moon.radius if isinstance(moon, Moon) else f"{moon.name} is incomplete")
    Io is incomplete
    1821
    """

    __slots__ = ()

    __partial_of__: ClassVar[type[Any]] = object

    def __getattr__(self, name: str) -> Any | None:
        """Read a field, which may be missing; the type checkers see this method alone."""
        member: Any = inspect.getattr_static(self.__partial_of__, name, _ABSENT)
        if member is _ABSENT:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return member.__get__(self, type(self)) if hasattr(member, "__get__") else member
