"""One subscription to a source for any number of subscribers, who may come late and read at their own pace."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reactivex import Observable

from ..errors import ConfigurationError
from ..log import Hub
from ..reading import Late, Leave, Overflow, Reading
from ..settings import Keep, checked_keep

T = TypeVar("T")


def fan_out(
    *,
    late: Late = "replay",
    overflow: Overflow = "pause",
    bound: int | None = None,
    leave: Leave = "stop",
    keep: Keep = "all",
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Subscribe to the source once, for everybody; a Stream needs none of this, what is made of one may.

    The elements stand in a log, and every subscriber is a place in it: one that comes late replays what has
    come, one that raises disturbs nobody, and after the end the log and the end are replayed. A source that
    failed before its first element is subscribed to again by the next subscriber.

    .. marble::
        :alt: fan_out

        --a-----b---c--|
        [  fan_out()   ]
        --a-----b---c--|
             a--b---c--|

    Args:
        late: What a late subscriber gets: ``"replay"``, ``"fold"``, ``sk.tail(n)`` or ``"live"``.
        overflow: What happens when one lags: ``"pause"``, ``"coalesce"``, ``"latest"``, ``"drop_oldest"``
            or ``"error"``.
        bound: Elements that one may lag before that.
        leave: What becomes of the source when the last one leaves: ``"stop"``, ``"finish"`` or
            ``sk.grace(seconds)``.
        keep: What the log keeps: ``"all"``, or how many of the last elements.

    Returns:
        An operator that emits what the source emits.

    Raises:
        ConfigurationError: An option is none of these.
        StreamGap: By ``on_error``, to a subscriber who needs what is no longer kept.
        SlowSubscriber: By ``on_error``, to one that lags with ``overflow="error"``.
        StoppedError: By ``on_error``, behind what had come, to one that comes after the last one left.

    >>> import reactivex as rx
    >>> shared = rx.of("Io", "Europa").pipe(fan_out())
    >>> _ = shared.subscribe(print), shared.subscribe(print)
    Io
    Europa
    Io
    Europa
    """
    reading = Reading(late=late, overflow=overflow, bound=bound, leave=leave)
    kept = checked_keep(keep)
    if late == "fold" and kept != "all":
        raise ConfigurationError("fan_out(late='fold', keep=n): what is to be folded must be kept; use keep='all'.")

    def operator(source: Observable[T]) -> Observable[T]:
        return Observable(Hub(source, reading=reading, keep=kept).subscribe)

    return operator
