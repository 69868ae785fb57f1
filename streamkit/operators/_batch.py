"""Elements gathered into lists, by count, by characters or by time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reactivex import Observable

from ..errors import ConfigurationError
from ..settings import is_positive
from ._base.batcher import Batches
from ._base.marks import MarkFields
from ._base.transform import transform, transform_timed

T = TypeVar("T")


def batch(
    count: int | None = None, *, chars: int | None = None, seconds: float | None = None, whole: bool = False
) -> Callable[[Observable[T]], Observable[list[T]]]:
    r"""Gather elements into lists; a list is emitted when one of the bounds is reached.

    With ``chars`` it does not matter how text was cut: every list but the last has as many characters as fit, and an
    element that does not fit is cut between two grapheme clusters. (Only the next character shows that a cluster is
    complete.) With ``whole`` elements such as sentences are never cut.

    .. marble::
        :alt: batch

        --Eu--ro--pa--|
        [  batch(2)   ]
        ------Eu,ro---pa|

    Args:
        count: Number of elements of a list.
        chars: Number of characters of a list; for chunks, characters of ``content``.
        seconds: Seconds from the first element of a list on.
        whole: True if an element that does not fit begins the next list instead of being cut.

    Returns:
        An operator on any elements; with ``chars``, on text or chunks. Buffered elements are emitted before the end,
        and before an error.

    Raises:
        ConfigurationError: No bound is given, or a bound is not above 0. By ``on_error``: an element with ``chars`` is
            neither text nor a chunk.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Eu", "ro", "pa")).pipe(batch(2)))
    [['Eu', 'ro'], ['pa']]
    >>> list(sk.flow(rx.of("Io is ", "hot")).pipe(batch(chars=4)))
    [['Io i'], ['s ', 'ho'], ['t']]
    """
    _check("count", count, whole=True)
    _check("chars", chars, whole=True)
    _check("seconds", seconds, whole=False)
    if count is None and chars is None and seconds is None:
        raise ConfigurationError("batch(): give it count=, chars= or seconds=.")
    if whole and chars is None:
        raise ConfigurationError("batch(whole=True) says what becomes of elements at chars=: give that, too.")

    def make() -> Batches[T]:
        return Batches(count, chars=chars, whole=whole)

    mark: MarkFields = {"emits": "many", "gives": "other", "name": "batch()"}
    return transform(make, **mark) if seconds is None else transform_timed(make, seconds=seconds, **mark)


def _check(name: str, value: object, *, whole: bool) -> None:
    if value is not None and not is_positive(value, whole=whole):
        what = "a whole number" if whole else "a number of seconds"
        raise ConfigurationError(f"batch({name}={value!r}): give {what} above 0.")
