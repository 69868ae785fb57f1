"""Classes of errors that are ours and an SDK's at once, so that ``except`` finds them by either name."""

from __future__ import annotations

import copy
import functools
from typing import Any, TypeVar

from ..errors import StreamError

E = TypeVar("E", bound=StreamError)

_OF_ANY_CLASS = ("__annotate__", "__annotate_func__", "__class__")  # no methods that a class defines


def pair(error: E, *theirs: type[Exception], attributes: dict[str, Any]) -> E:
    """Make an error an instance of an SDK's classes too, and return the error; it stays as it is where that fails.

    The SDK's ``__init__`` is not called. Attributes that every error of ours has keep our values.

    Args:
        error: The error, which is changed in place: whoever holds it sees both classes.
        theirs: The SDK's classes.
        attributes: The attributes that the SDK documents for its classes.
    """
    found = _class(type(error), theirs)
    if found is None:
        return error
    own = {name for name in attributes if hasattr(error, name)}
    try:
        error.__class__ = found
    except TypeError:  # the class has a part in C that ours has not
        return error
    error.__dict__.update({name: value for name, value in attributes.items() if name not in own})
    return error


@functools.cache
def _class(ours: type[StreamError], theirs: tuple[type[Exception], ...]) -> Any:
    """Return the class of a pair, made once; None where no class can be both."""
    nearest = tuple(each for each in (_nearest(ours, cls) for cls in theirs) if each is not None)
    try:
        return _make(ours, nearest) if nearest else None
    except TypeError:  # the classes of two SDKs do not fit each other
        return None


def _nearest(ours: type[StreamError], cls: type[Exception]) -> type[Exception] | None:
    """Return the first class in an SDK's line whose instances can be errors of ours as well."""
    for each in cls.__mro__:
        if each in (Exception, BaseException, object) or each.__module__ == "builtins":
            return None
        try:
            ours("").__class__ = _make(ours, (each,))
        except TypeError:
            continue
        return each
    return None


def _make(ours: type[StreamError], theirs: tuple[type[Any], ...]) -> Any:
    fields: dict[str, Any] = {"__module__": ours.__module__, "__qualname__": ours.__qualname__, "__doc__": ours.__doc__}
    for cls in theirs:
        # A special method of the SDK's, such as `__str__`, or `__eq__` of a dataclass, gives way to ours.
        for name in {name for each in cls.__mro__[:-1] for name in vars(each) if name.startswith("__")}:
            if name not in _OF_ANY_CLASS and callable(getattr(ours, name, None)):
                fields[name] = getattr(ours, name)

    def reduce(self: StreamError) -> tuple[Any, ...]:
        return _plain(self, ours)

    def copied(self: StreamError) -> StreamError:
        return _with_rest(self, _plain(self, ours))

    def copied_deeply(self: StreamError, memo: dict[int, Any]) -> StreamError:
        rebuild, arguments = _plain(self, ours)
        return _with_rest(self, (rebuild, copy.deepcopy(arguments, memo)))

    fields |= {"__reduce__": reduce, "__copy__": copied, "__deepcopy__": copied_deeply}
    return type(ours.__name__, (ours, *theirs), fields)


def _plain(error: StreamError, ours: type[StreamError]) -> tuple[Any, ...]:
    """Return how the error is rebuilt where the SDK may be missing: as our class, without what is the SDK's."""
    rebuild, (_, *rest) = ours.__reduce__(error)
    return rebuild, (ours, *rest)


def _with_rest(error: StreamError, plain: tuple[Any, ...]) -> StreamError:
    """Return a copy with both classes, which shares the SDK's attributes with the error."""
    rebuild, arguments = plain
    made = rebuild(*arguments)
    made.__dict__ = {**vars(error), **vars(made)}
    made.__class__ = type(error)
    return made
