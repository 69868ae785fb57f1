"""What is left when a source has ended: emitted in front of the end, and safely."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from reactivex import abc

from ._user_code import own_error

T = TypeVar("T")


def emit_rest(observer: abc.ObserverBase[T], rest: Callable[[], Iterable[T]]) -> None:
    """Emit what is left. What is raised then goes to this observer, and so is its end.

    Above an operator whose source has ended stands nobody who could hand an exception back to who raised it.

    Args:
        observer: Who gets it; its end may be told all the same, it is not told twice.
        rest: Makes it.
    """
    try:
        for each in rest():
            observer.on_next(each)
    except BaseException as error:
        observer.on_error(own_error(error))
