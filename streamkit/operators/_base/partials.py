"""The type of an Observable whose last element is complete; it stands alone because flows name it, too."""

from __future__ import annotations

from typing import Generic

from reactivex import Observable
from typing_extensions import TypeVar

E_co = TypeVar("E_co", covariant=True)

W_co = TypeVar("W_co", covariant=True)


class PartialObservable(Observable[E_co], Generic[E_co, W_co]):
    """The type of what ``partial`` makes, by which ``pipe`` knows the type of the last element.

    Only type checkers see this class: an operator behind it, which may drop the last element, returns an Observable.
    """
