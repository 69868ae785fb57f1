"""One subscription to a source, shared by any number of subscribers, each at a pace of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reactivex import Observable

from ..errors import ConfigurationError
from ..log import SharedSource
from ..settings import Keep, validate_keep
from ..subscription import Late, Leave, Overflow, SubscriptionOptions
from ._base.marks import with_mark

T = TypeVar("T")


def fan_out(
    *,
    late: Late = "replay",
    overflow: Overflow = "pause",
    bound: int | None = None,
    leave: Leave = "stop",
    keep: Keep = "all",
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Subscribe to the source once for all subscribers; a Stream is shared already, a flow made of one is not.

    The elements are kept in a log, and every subscriber has a position in it: a late subscriber replays the log, a
    subscriber that raises disturbs no other, and after the end the log and the end are replayed. A source that failed
    before its first element is subscribed to again by the next subscriber.

    .. marble::
        :alt: fan_out

        --a-----b---c--|
        [  fan_out()   ]
        --a-----b---c--|
             a--b---c--|

    Args:
        late: Start of a late subscriber: ``"replay"``, ``"fold"``, ``sk.tail(n)`` or ``"live"``.
        overflow: Policy for a subscriber that lags: ``"pause"``, ``"coalesce"``, ``"latest"``, ``"drop_oldest"``
            or ``"error"``.
        bound: Number of elements that a subscriber may lag before the policy applies.
        leave: Fate of the source when the last subscriber leaves: ``"stop"``, ``"finish"`` or ``sk.grace(seconds)``.
        keep: Elements that the log keeps: ``"all"``, or the number of the last ones.

    Returns:
        An operator that emits the elements of the source.

    Raises:
        ConfigurationError: An option has another value.
        StreamGap: By ``on_error``, to a subscriber that needs elements which are no longer kept.
        SlowSubscriber: By ``on_error``, to a subscriber that lags with ``overflow="error"``.
        StoppedError: By ``on_error``, after the log, to a subscriber that comes after the last one has left.

    >>> import reactivex as rx
    >>> shared = rx.of("Io", "Europa").pipe(fan_out())
    >>> _ = shared.subscribe(print), shared.subscribe(print)
    Io
    Europa
    Io
    Europa
    """
    reading = SubscriptionOptions(late=late, overflow=overflow, bound=bound, leave=leave)
    kept = validate_keep(keep)
    if late == "fold" and kept != "all":
        raise ConfigurationError("fan_out(late='fold', keep=n): what is to be folded must be kept; use keep='all'.")

    def share(source: Observable[T]) -> Observable[T]:
        return Observable(SharedSource(source, options=reading, keep=kept).subscribe)

    return with_mark(share, emits="same", gives="same", name="fan_out()")
